"""Signing in and out, who sees what, and errors that are pages: asked over HTTP, without a browser."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from collector.console.assets import ASSETS
from collector.store import accounts
from collector.store.database import Database
from protocols.clock import ManualClock, utc


@pytest.fixture
async def client(site: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a session."""
    async with httpx.AsyncClient(base_url=site.url) as made:
        yield made


async def test_a_stranger_is_sent_to_sign_in_and_comes_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/d/3?range=7d")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fd%2F3%3Frange%3D7d")
    assert (await client.get("/")).headers["location"] == "/sign-in"


async def test_a_link_is_used_by_its_button_alone_and_once(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    link = await accounts.create_link(database, "viewer", "Sam", utc(clock.now_ms()))
    for _ in range(3):
        assert "Sign in" in (await client.get(f"/sign-in?link={link}")).text
    answer = await client.post("/sign-in", data={"link": link, "next": "/d/3"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/d/3")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await client.get("/")).status_code == 200
    again = await client.post("/sign-in", data={"link": link, "next": "/d/3"})
    assert (again.status_code, again.headers["location"]) == (303, "/d/3")
    client.cookies.clear()
    stranger = await client.post("/sign-in", data={"link": link})
    assert stranger.status_code == 401
    assert "used already" in stranger.text
    assert "firstbell token create --role admin --name you" in stranger.text
    assert "set-cookie" not in stranger.headers


async def test_over_https_the_cookie_stays_there(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    for scheme, secure in (("https", True), ("http", False)):
        link = await accounts.create_link(database, "viewer", "Sam", utc(clock.now_ms()))
        answer = await client.post("/sign-in", data={"link": link}, headers={"X-Forwarded-Proto": scheme})
        assert ("Secure" in answer.headers["set-cookie"]) is secure


async def test_guessing_is_slow(client: httpx.AsyncClient, database: Database, clock: ManualClock) -> None:
    codes = [(await client.post("/sign-in", data={"token": f"fb_{number}"})).status_code for number in range(21)]
    assert codes == [401] * 20 + [429]
    token = await accounts.create_token(database, "Kim", "viewer", None, None, utc(clock.now_ms()))
    waiting = await client.post("/sign-in", data={"token": token})
    assert (waiting.status_code, waiting.headers["retry-after"]) == (429, "5")
    assert "Wait 5 s" in waiting.text
    await clock.advance(5)
    assert (await client.post("/sign-in", data={"token": token})).status_code == 303


async def test_a_token_signs_in_and_a_wrong_one_is_told(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    wrong = await client.post("/sign-in", data={"token": "fb_wrong"})
    assert wrong.status_code == 401
    assert "unknown, revoked or expired" in wrong.text
    token = await accounts.create_token(database, "Kim", "viewer", None, None, utc(clock.now_ms()))
    answer = await client.post("/sign-in", data={"token": f" {token} ", "next": "https://evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_another_site_cannot_sign_anybody_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sign-in", data={"token": "fb_x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")


async def test_signing_out_needs_the_sessions_own_form(site: Any, client: httpx.AsyncClient) -> None:
    client.cookies.set("firstbell_session", site.cookie)
    assert (await client.post("/sign-out")).status_code == 403
    page = (await client.get("/")).text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    assert (await client.post("/sign-out", data={"csrf": csrf})).status_code == 303
    client.cookies.set("firstbell_session", site.cookie)
    assert (await client.get("/")).status_code == 303


async def test_outside_a_scope_there_is_nothing(
    site: Any, client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    east = site.ids["Elementary East"]
    token = await accounts.create_token(database, "East", "viewer", [east], None, utc(clock.now_ms()))
    client.headers["Authorization"] = f"Bearer {token}"
    page = (await client.get("/")).text
    assert "Elementary East is fine." in page
    assert "Middle School" not in page
    assert "IDF-2" not in page
    assert (await client.get(f"/b/{east}")).status_code == 200
    for path in (
        f"/b/{site.ids['Middle School']}",
        f"/d/{site.ids['IDF-2']}",
        "/b/0",
        "/d/99999999999",
        "/d/2147483647",
    ):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert "<h1>Nothing here</h1>" in answer.text


async def test_a_district_without_buildings_says_what_to_do(
    site: Any, client: httpx.AsyncClient, database: Database
) -> None:
    client.cookies.set("firstbell_session", site.cookie)
    await database.execute("truncate building, agent, device, problem, point, event, gap cascade")
    page = (await client.get("/")).text
    assert "No buildings yet." in page
    assert "firstbell enrol --building" in page


async def test_while_it_starts_the_page_says_so(site: Any, client: httpx.AsyncClient) -> None:
    site.house.starting = "waiting for the database: connection refused"
    answer = await client.get("/")
    assert answer.status_code == 503
    assert "waiting for the database" in answer.text
    site.house.starting = None


@pytest.mark.parametrize(
    "path", ["/nothing", "/b/abc", "/d/1%00", "/assets/", "/sign-out", "/d/1?point=abc", "/d/1?live=x"]
)
async def test_a_person_astray_gets_a_page_and_a_program_a_problem(
    site: Any, client: httpx.AsyncClient, path: str
) -> None:
    client.cookies.set("firstbell_session", site.cookie)
    page = await client.get(path, headers={"Accept": "text/html,*/*"})
    assert page.status_code in (404, 422)
    assert page.headers["content-type"].startswith("text/html")
    assert 'href="/"' in page.text
    if "?" not in path:
        answer = await client.get(path, headers={"Accept": "application/json"})
        assert answer.headers["content-type"] == "application/problem+json"
    answer = await client.get("/api/v1/nothing", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_page_that_fails_says_so_as_a_page(site: Any, client: httpx.AsyncClient, monkeypatch: Any) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError("of this test")

    monkeypatch.setattr("collector.store.overview.district", broken)
    client.cookies.set("firstbell_session", site.cookie)
    page = await client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 500
    assert "its log says why" in page.text
    assert page.headers["content-type"].startswith("text/html")
    assert "of this test" not in page.text
    assert (await client.get("/")).headers["content-type"] == "application/problem+json"


async def test_a_form_that_cannot_be_read_is_answered_with_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sign-in", data={"link": "x" * 300})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


async def test_pages_forbid_inline_code_and_assets_are_kept(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/sign-in")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    asset = await client.get(ASSETS.url("live.js"))
    assert asset.status_code == 200
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-encoding"] == "gzip"
    for path in (
        "/assets/000000000000/live.js",
        f"/assets/{ASSETS.hash}/%2e%2e/page.py",
        f"/assets/{ASSETS.hash}/README.md",
    ):
        assert (await client.get(path)).status_code == 404
