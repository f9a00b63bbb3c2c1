"""Who may ask what: every route against no credential, each role and each scope."""

from datetime import timedelta

import pytest

from collector.api.auth import COOKIE
from collector.api.schema import described, operations
from collector.store import accounts
from protocols.clock import utc

OPEN = {"/heartbeats/{key}", "/healthz", "/readyz", "/enrol"}
"""Health, and enrolment, whose single-use token comes in the body."""
OPERATORS = {"acknowledge", "snooze", "note", "resolve"}
NOW = 1_788_264_000_000


def routes(app):
    """Every operation of the API: (method, path, schema path)."""
    return [(method, path, operation) for path, method, operation in operations(described(app))]


def filled(path, school, place):
    """The path with the ids of one building's things."""
    ids = {
        "buildings": school[place],
        "devices": school[f"{place}.ahu-1"],
        "points": school[f"{place}.ahu-1.reachable"],
        "problems": school[f"{place}.problem"],
        "agents": place,
        "channels": 1,
    }
    resource = path.split("/")[3]
    path = path.replace("{command}", "00000000-0000-4000-8000-000000000000")
    return path.replace("{id}", str(ids.get(resource, 1)))


async def test_without_a_credential_only_health_answers(app, client, school):
    nobody = await client(None)
    for method, path, operation in routes(app):
        if not operation.get("security"):
            continue
        answer = await nobody.request(method, filled(path, school, "east"))
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "firstbell token create" in answer.json()["detail"]
    for path in ("/api/v1/openapi.json", "/api/v1/docs", "/metrics"):
        assert (await nobody.get(path)).status_code == 401, path


async def test_the_routes_without_a_credential_are_these(app):
    bare = {path.removeprefix("/api/v1") for _, path, operation in routes(app) if not operation.get("security")}
    assert bare == OPEN


async def test_a_viewer_changes_nothing(app, client, school):
    viewer = await client("viewer")
    for method, path, operation in routes(app):
        if method == "GET" or not operation.get("security"):
            continue
        body = {"until": "2027-01-01T00:00:00Z", "note": "x"}
        answer = await viewer.request(method, filled(path, school, "east"), json=body)
        assert answer.status_code == 403, (method, path)
        assert "needs the role" in answer.json()["detail"]


async def test_an_operator_may_do_what_operators_do(app, client, school):
    operator = await client("operator")
    done = set()
    for method, path, _ in routes(app):
        action = path.rsplit("/", 1)[-1]
        if method == "POST" and action in OPERATORS:
            body = {"until": "2027-01-01T00:00:00Z", "note": "x"} if action == "snooze" else {"note": "x"}
            answer = await operator.post(filled(path, school, "east"), json=body)
            assert answer.status_code == 200, (path, answer.text)
            done.add(action)
    assert done == OPERATORS


async def test_outside_its_buildings_a_credential_finds_nothing(app, client, school):
    scoped = await client("operator", [school["east"]])
    seen = 0
    for method, path, operation in routes(app):
        if "{id}" not in path or "/channels/" in path or not operation.get("security"):
            continue
        body = (
            None
            if method != "POST"
            else {"name": "poll", "devices": ["ahu-1"]}
            if path.endswith("/commands")
            else {"note": "x"} | ({"until": "2027-01-01T00:00:00Z"} if path.endswith("/snooze") else {})
        )
        if (await scoped.request(method, filled(path, school, "east"), json=body)).status_code == 403:
            continue
        answer = await scoped.request(method, filled(path, school, "west"), json=body)
        assert answer.status_code == 404, (method, path)
        seen += 1
    assert seen >= 10


@pytest.mark.parametrize("resource", ["buildings", "devices", "points", "events", "problems", "agents"])
async def test_a_list_holds_the_scope_alone(client, school, resource):
    scoped, whole = await client("viewer", [school["east"]]), await client("viewer")
    inside = (await scoped.get(f"/api/v1/{resource}")).json()["items"]
    everything = (await whole.get(f"/api/v1/{resource}")).json()["items"]
    assert 0 < len(inside) < len(everything)
    assert [item for item in everything if item in inside] == inside
    if resource != "buildings":
        asked = await scoped.get(f"/api/v1/{resource}?building={school['west']}")
        assert asked.json()["items"] == []


async def test_a_scope_of_no_building_sees_nothing(client, school):
    nowhere = await client("viewer", [])
    assert (await nowhere.get("/api/v1/devices")).json()["items"] == []


async def test_a_token_that_expired_or_was_revoked_is_401(app, client, database, clock):
    nobody = await client(None)
    now = utc(clock.now_ms())
    brief = await accounts.create_token(database, "brief", "viewer", None, now + timedelta(hours=1), now)
    headers = {"Authorization": f"Bearer {brief}"}
    assert (await nobody.get("/api/v1/buildings", headers=headers)).status_code == 200
    clock.step(3_600_000)
    assert (await nobody.get("/api/v1/buildings", headers=headers)).status_code == 401
    kept = await accounts.create_token(database, "kept", "viewer", None, None, now)
    headers = {"Authorization": f"Bearer {kept}"}
    assert (await nobody.get("/api/v1/buildings", headers=headers)).status_code == 200
    await accounts.revoke_token(database, "kept", now)
    assert (await nobody.get("/api/v1/buildings", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Bearer fb_x", "Basic eDp5", "fb_x", "Bearer \u00e9", "Bearer fb_" + "x" * 5000]
)
async def test_a_credential_that_is_none_is_401(client, value):
    nobody = await client(None)
    answer = await nobody.get("/api/v1/buildings", headers={"Authorization": value.encode()})
    assert answer.status_code == 401


async def test_a_sessions_write_needs_its_csrf_token(client, database, school, clock):
    browser = await client(None)
    now = utc(clock.now_ms())
    link = await accounts.create_link(database, "operator", "Ada", now)
    cookie, caller = await accounts.use_link(database, link, now)
    browser.cookies.set(COOKIE, cookie)
    path = f"/api/v1/problems/{school['east.problem']}/acknowledge"
    assert (await browser.get("/api/v1/problems")).status_code == 200
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": caller.csrf[:-1]}):
        refused = await browser.post(path, headers=headers)
        assert refused.status_code == 403
        assert "CSRF" in refused.json()["detail"]
    done = await browser.post(path, headers={"X-CSRF-Token": caller.csrf})
    assert done.status_code == 200
    assert done.json()["acknowledged_by"] == "Ada"
    assert await accounts.use_link(database, link, now) is None


async def test_who_asks_too_often_is_told_to_wait(client, clock):
    eager, other = await client(), await client()
    answers = [(await eager.get("/api/v1/nothing-to-count")).status_code for _ in range(3)]
    assert answers == [404, 404, 404]
    codes = [(await eager.get("/api/v1/buildings")).status_code for _ in range(121)]
    assert codes[:120] == [200] * 120
    assert codes[120] == 429
    answer = await eager.get("/api/v1/buildings")
    assert answer.headers["retry-after"] == "1"
    assert "60 requests a second" in answer.json()["detail"]
    assert (await other.get("/api/v1/buildings")).status_code == 200
    await clock.advance(1)
    assert (await eager.get("/api/v1/buildings")).status_code == 200


async def test_changes_of_a_problem_are_kept_with_who_and_when(client, database, school):
    operator = await client("operator")
    path = f"/api/v1/problems/{school['east.problem']}"
    await operator.post(f"{path}/acknowledge", json={"note": "on my way"})
    again = await operator.post(f"{path}/acknowledge", json={"note": "on my way"})
    until = "2026-09-02T06:00:00.000Z"
    await operator.post(f"{path}/snooze", json={"until": until})
    assert (await operator.post(f"{path}/snooze", json={"until": until})).json()["snoozed_until"] == until
    await operator.post(f"{path}/note", json={"note": "belt"})
    await operator.post(f"{path}/note", json={"note": "belt", "until": None})
    last = (await operator.post(f"{path}/resolve")).json()
    assert again.json()["state"] == "acknowledged"
    assert last["state"] == "resolved"
    assert [step["change"] for step in last["timeline"]] == ["acknowledged", "snoozed", "noted", "resolved"]
    assert {step["who"] for step in last["timeline"]} == {"operator 1"}
    written = await database.rows("select who, action, target, before from audit order by id")
    assert [row["action"].partition(".")[2] for row in written] == ["acknowledged", "snoozed", "noted", "resolved"]
    assert written[0]["before"] == {"state": "open"}


async def test_a_note_sent_again_is_one_and_the_same_words_on_another_day_are_another(client, clock, school):
    operator = await client("operator")
    path = f"/api/v1/problems/{school['east.problem']}/note"
    for later in (0, 59, 3 * 86_400):
        await clock.advance(later)
        answer = await operator.post(path, json={"note": "still broken"})
    assert [step["note"] for step in answer.json()["timeline"]] == ["still broken"] * 2


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("snooze", {}, "body.until"),
        ("snooze", {"until": None}, "body.until"),
        ("acknowledge", {"note": "x", "until": "2027-01-01T00:00:00Z"}, "body.until"),
        ("note", {"note": "x", "until": "2027-01-01T00:00:00Z"}, "body.until"),
        ("resolve", {"until": "2027-01-01T00:00:00Z"}, "body.until"),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}, "body.until"),
        ("note", {"note": ""}, "body.note"),
        ("note", {"note": "a\x00b"}, "body.note"),
        ("acknowledge", {"note": "x" * 2001}, "body.note"),
        ("acknowledge", {"notes": "on my way"}, "body.notes"),
        ("snooze", {"until": "2027-01-01T00:00:00Z", "unitl": 1}, "body.unitl"),
    ],
)
async def test_a_change_with_a_bad_field_names_it(client, school, action, body, field):
    operator = await client("operator")
    answer = await operator.post(f"/api/v1/problems/{school['east.problem']}/{action}", json=body)
    assert answer.status_code == 422
    assert [bad["field"] for bad in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("action", ["acknowledge", "resolve", "note", "snooze"])
async def test_every_change_takes_the_same_body(client, school, action):
    operator = await client("operator")
    body = {"note": "on my way", "until": "2027-01-01T00:00:00Z" if action == "snooze" else None}
    answer = await operator.post(f"/api/v1/problems/{school['east.problem']}/{action}", json=body)
    assert answer.status_code == 200
    assert "on my way" in [step["note"] for step in answer.json()["timeline"]]
