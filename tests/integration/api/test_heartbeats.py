"""Heartbeats over HTTP: set up, reported to by their key alone, judged by the loop, and never seen outside their scope."""

import pytest

from collector.api.gate import BODY_LIMIT
from collector.live import Hub
from collector.problems.loop.loop import ProblemLoop
from collector.store import problems

DAY = 86_400


@pytest.fixture
async def made(client, school):
    admin = await client("admin")
    answer = await admin.post(
        "/api/v1/heartbeats",
        json={"name": "SIS roster", "building": school["east"], "every_s": DAY, "school_days": False},
    )
    assert answer.status_code == 201, answer.text
    return admin, answer.json()


def key_of(made: dict) -> str:
    return made["url"].rpartition("/")[2]


async def test_the_key_is_the_credential_and_is_shown_once(client, made) -> None:
    admin, beat = made
    stranger = await client(None)
    assert (await stranger.post(f"/api/v1/heartbeats/{key_of(beat)}")).json() == {"ok": True}
    assert (await stranger.post("/api/v1/heartbeats/" + "x" * 32)).status_code == 404
    assert (await stranger.get("/api/v1/heartbeats")).status_code == 401
    listed = (await admin.get("/api/v1/heartbeats")).json()["items"]
    assert [(row["name"], row["state"]) for row in listed] == [("SIS roster", "ok")]
    assert key_of(beat) not in str(listed)
    assert beat["command"].endswith(beat["url"])


async def test_rows_of_a_csv_are_counted_without_its_header(client, made) -> None:
    admin, beat = made
    stranger = await client(None)
    address = f"/api/v1/heartbeats/{key_of(beat)}"
    for body, rows in (("id,name\r\n1,a\r\n2,b\r\n", 2), ("id,name\n", 0), ("", 0)):
        await stranger.post(address, content=body, headers={"Content-Type": "text/csv; charset=utf-8"})
        newest = (await admin.get(f"/api/v1/heartbeats/{beat['id']}/reports")).json()["items"][0]
        assert (newest["rows"], newest["body"]) == (rows, body)


async def test_a_table_is_counted_whatever_type_its_sender_gives_it(client, made) -> None:
    admin, beat = made
    stranger = await client(None)
    address = f"/api/v1/heartbeats/{key_of(beat)}"
    for kind in ("application/x-www-form-urlencoded", "application/octet-stream", ""):
        await stranger.post(address, content="id,name\n1,a\n", headers={"Content-Type": kind})
        await stranger.post(address, content="id,name\n", headers={"Content-Type": kind})
        empty, full = (await admin.get(f"/api/v1/heartbeats/{beat['id']}/reports")).json()["items"][:2]
        assert (full["rows"], empty["rows"]) == (1, 0)


async def test_a_roster_of_many_megabytes_is_counted_and_its_beginning_kept(client, made) -> None:
    admin, beat = made
    stranger = await client(None)
    address = f"/api/v1/heartbeats/{key_of(beat)}"
    row = b"1001,Smith,Ann,4,Lincoln Elementary\r\n"

    async def roster():
        yield b"id,last,first,grade,school\r\n"
        for _ in range(400):
            yield row * 1_000

    assert (await stranger.post(address, content=roster())).status_code == 200
    newest = (await admin.get(f"/api/v1/heartbeats/{beat['id']}/reports")).json()["items"][0]
    assert (newest["rows"], newest["bytes"]) == (400_000, 28 + 400_000 * len(row))
    assert len(newest["body"]) == 10_000


async def test_a_body_beyond_the_limit_and_one_of_a_stranger_are_not_read_to_their_end(client, made) -> None:
    _, beat = made
    stranger = await client(None)
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 200:
            sent += 1
            yield b"x" * BODY_LIMIT

    answer = await stranger.post(f"/api/v1/heartbeats/{key_of(beat)}", content=endless())
    assert (answer.status_code, sent) == (413, 65)
    sent = 0
    assert (await stranger.post("/api/v1/heartbeats/" + "x" * 32, content=endless())).status_code == 404
    assert sent == 0


async def test_a_long_body_is_cut_and_a_hostile_one_kept_as_text(client, made) -> None:
    admin, beat = made
    stranger = await client(None)
    await stranger.post(f"/api/v1/heartbeats/{key_of(beat)}?state=fail", content=b"\x00\xff<script>" + b"a" * 50_000)
    newest = (await admin.get(f"/api/v1/heartbeats/{beat['id']}/reports")).json()["items"][0]
    assert newest["state"] == "fail"
    assert newest["body"].startswith("\ufffd\ufffd<script>")
    assert (len(newest["body"]), newest["bytes"]) == (10_000, 50_010)


async def test_only_the_newest_reports_are_kept(client, made) -> None:
    admin, beat = made
    stranger = await client(None)
    for rows in range(70):
        assert (await stranger.post(f"/api/v1/heartbeats/{key_of(beat)}?rows={rows}")).status_code in (200, 429)
        stranger_clock = admin._transport.app.state.house.clock
        await stranger_clock.advance(1)
    kept = (await admin.get(f"/api/v1/heartbeats/{beat['id']}/reports")).json()["items"]
    assert [row["rows"] for row in kept] == list(range(69, 9, -1))


@pytest.mark.parametrize("query", ["state=maybe", "rows=-1", "as_of=yesterday"])
async def test_a_report_that_makes_no_sense(client, made, query) -> None:
    _, beat = made
    answer = await (await client(None)).post(f"/api/v1/heartbeats/{key_of(beat)}?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text


async def test_a_name_is_taken_once_and_another_buildings_is_not_seen(client, made, school) -> None:
    admin, beat = made
    assert (await admin.post("/api/v1/heartbeats", json={"name": "SIS roster"})).status_code == 409
    west = await client("admin", [school["west"]])
    assert (await west.get("/api/v1/heartbeats")).json()["items"] == []
    assert (await west.delete(f"/api/v1/heartbeats/{beat['id']}")).status_code == 404
    assert (await west.post("/api/v1/heartbeats", json={"name": "x"})).status_code == 422
    assert (await (await client("operator")).post("/api/v1/heartbeats", json={"name": "x"})).status_code == 403


async def test_a_missing_one_is_a_problem_and_is_over_when_it_comes(client, made, house, database) -> None:
    _, beat = made
    stranger = await client(None)
    address = f"/api/v1/heartbeats/{key_of(beat)}"
    loop = ProblemLoop(database, Hub(), house.clock)

    async def rules() -> list[tuple[str, str]]:
        await loop.tick()
        rows = await problems.live(database)
        return [(row["rule"], row["title"]) for row in rows if row["rule"].startswith("beat.")]

    await stranger.post(address)
    await loop.tick()
    await house.clock.advance(DAY + DAY // 4 - 60)
    assert await rules() == []
    await house.clock.advance(120)
    ((rule, title),) = await rules()
    assert (rule, title.partition(";")[0]) == ("beat.missing", "east: SIS roster: did not come")
    loop = ProblemLoop(database, Hub(), house.clock)
    assert len(await rules()) == 1
    await stranger.post(address + "?rows=0")
    await house.clock.advance(6)
    ((rule, title),) = await rules()
    assert (rule, title) == ("beat.content", "east: SIS roster said it succeeded, but brought no rows but the header")
    await stranger.post(address + "?rows=100")
    await house.clock.advance(6)
    assert await rules() == []


async def test_a_change_and_a_removal_are_in_the_audit_log(client, made, database) -> None:
    admin, beat = made
    changed = await admin.put(f"/api/v1/heartbeats/{beat['id']}", json={"name": "Roster", "least_rows": 10})
    assert changed.json()["name"] == "Roster"
    assert (await admin.delete(f"/api/v1/heartbeats/{beat['id']}")).status_code == 204
    rows = await database.rows(
        "select action, before->>'name' as before from audit where action like 'heartbeat.%' order by id"
    )
    assert [(row["action"], row["before"]) for row in rows] == [
        ("heartbeat.create", None), ("heartbeat.change", "SIS roster"), ("heartbeat.remove", None)
    ]  # fmt: skip
