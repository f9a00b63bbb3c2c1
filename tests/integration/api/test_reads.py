"""What each read route answers."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.api.auth import COOKIE
from collector.api.live import concerns
from collector.store import accounts, outbox, overview, problem_list
from collector.store.accounts import Caller
from collector.store.channels import NewChannel, add
from protocols.clock import utc

GONE = 2**31 - 1


async def test_a_building_with_its_counts(client, school):
    viewer = await client()
    answer = await viewer.get(f"/api/v1/buildings/{school['east']}")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": school["east"],
        "name": "east",
        "timezone": "UTC",
        "state": "problem",
        "devices": {"total": 2, "ok": 2, "problem": 0, "unreachable": 0, "unknown": 0},
        "problems": 1,
        "agents": 1,
    }


async def test_a_device(client, school):
    viewer = await client()
    answer = await viewer.get(f"/api/v1/devices/{school['west.ahu-2']}")
    assert answer.json() == {
        "id": school["west.ahu-2"],
        "key": "ahu-2",
        "building": school["west"],
        "agent": "west",
        "kind": "hvac",
        "name": "AHU 2 west",
        "room": "west 2",
        "address": "10.0.0.1",
        "parent": None,
        "state": "ok",
        "state_since": "2026-09-01T12:00:00.000Z",
        "last_seen": None,
        "attributes": {},
    }


async def test_a_point_with_its_newest_sample_and_the_catalogues_states(client, school):
    viewer = await client()
    answer = await viewer.get(f"/api/v1/devices/{school['east.ahu-1']}/points")
    points = {point["metric"]: point for point in answer.json()["items"]}
    assert points["reachable"] == {
        "id": school["east.ahu-1.reachable"],
        "device": school["east.ahu-1"],
        "metric": "reachable",
        "label": None,
        "name": None,
        "unit": "Cel",
        "states": {"0": "no", "1": "yes", "2": "unknown"},
        "last": {"time": "2026-09-01T12:00:00.000Z", "value": 21.5},
    }
    assert points["bacnet.value"]["states"] is None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("devices?kind=hvac", 4),
        ("devices?kind=printer", 0),
        ("devices?q=AHU%201", 2),
        ("devices?q=%25", 0),
        ("devices?room=east%201", 1),
        ("devices?state=unreachable", 0),
        ("points?metric=reachable", 4),
        ("points?kind=hvac&metric=bacnet.value", 8),
        ("events?kind=agent.restarted", 8),
        ("events?from=2026-09-01T10:30:00Z", 4),
        ("events?from=2026-09-01T10:30:00+00:00&to=2026-09-01T10:45:00Z", 0),
        ("problems?state=open&severity=major", 2),
        ("problems?state=resolved", 0),
        ("agents", 2),
    ],
)
async def test_filters(client, school, query, count):
    viewer = await client()
    answer = await viewer.get(f"/api/v1/{query}")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == count
    assert answer.json()["next"] is None


async def test_filters_by_building_and_device(client, school):
    viewer = await client()
    for query, count in (
        (f"devices?building={school['east']}", 2),
        (f"points?building={school['east']}", 6),
        (f"points?device={school['east.ahu-1']}", 3),
        (f"events?device={school['east.ahu-1']}", 2),
        (f"problems?device={school['east.ahu-1']}", 1),
        (f"agents?building={school['east']}", 1),
    ):
        answer = await viewer.get(f"/api/v1/{query}")
        assert len(answer.json()["items"]) == count, query


async def test_a_problem_with_its_timeline(client, school, database):
    await database.execute(
        "insert into problem_event (problem_id, time, change) values (%s, '2026-09-01T12:00Z', 'opened')",
        [school["east.problem"]],
    )
    viewer = await client()
    found = (await viewer.get(f"/api/v1/problems/{school['east.problem']}")).json()
    assert found["rule"] == "bacnet.fault"
    assert found["symptoms"] == 0
    assert found["timeline"] == [
        {"time": "2026-09-01T12:00:00.000Z", "change": "opened", "who": None, "note": ""},
    ]
    listed = (await viewer.get("/api/v1/problems")).json()["items"]
    assert {row["id"]: row for row in listed}[school["east.problem"]] == found
    assert [row["timeline"] for row in listed if row["id"] != school["east.problem"]] == [[]]


async def test_a_list_has_the_newest_steps_of_what_flaps_and_its_own_page_all(client, school, database):
    await database.execute(
        "insert into problem_event (problem_id, time, change, note)"
        " select %s, '2026-09-01T12:00Z', 'reopened', n::text from generate_series(1, 50) n",
        [school["east.problem"]],
    )
    viewer = await client()
    (listed,) = (await viewer.get(f"/api/v1/problems?building={school['east']}")).json()["items"]
    assert [step["note"] for step in listed["timeline"]] == [str(n) for n in range(31, 51)]
    found = (await viewer.get(f"/api/v1/problems/{school['east.problem']}")).json()
    assert len(found["timeline"]) == 50


async def test_an_agent_says_what_its_status_said(client, school):
    viewer = await client()
    found = (await viewer.get("/api/v1/agents/east")).json()
    assert found["state"] == "online"
    assert found["spool"] == {"batches": 1, "bytes": 9, "oldest": "2026-09-01T12:00:00.000Z"}
    assert found["clock"] == {"synchronised": None, "offset_ms": None}


@pytest.mark.parametrize(
    "path", ["buildings/{}", "devices/{}", "devices/{}/points", "points/{}", "problems/{}", "agents/{}"]
)
async def test_what_is_not_there_is_404_and_says_so(client, path):
    viewer = await client()
    answer = await viewer.get(f"/api/v1/{path.format(GONE)}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(GONE) in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("devices?limit=0", "query.limit"),
        ("devices?limit=1001", "query.limit"),
        ("devices?kind=%00", "query.kind"),
        ("devices?state=broken", "query.state"),
        ("devices?building=99999999999", "query.building"),
        ("devices/0", "path.id"),
        ("problems/99999999999999999999", "path.id"),
        ("events?from=yesterday", "query.from"),
        ("events?from=0001-01-01T00:00:00%2B14:00", "query.from"),
        ("events?from=2026-09-01T10:30:00", "query.from"),
        ("events?cursor=xx", "query.cursor"),
        ("devices?cursor=WyJhIl0", "query.cursor"),
        ("agents/%00", "path.id"),
        ("events?from=2026", "query.from"),
        ("events?from=1764000000", "query.from"),
        ("events?from=2026-09-02T00:00:00Z&to=2026-09-01T00:00:00Z", "query.from"),
        ("problems?from=2026-09-01T00:00:00Z&to=2026-09-01T00:00:00Z", "query.from"),
        ("devices?buildng=1", "query.buildng"),
        ("buildings?state=ok", "query.state"),
        ("buildings/1?x=%00", "query.x"),
        ("export?points=1", "query.points"),
        ("live?kind=reading", "query.kind"),
    ],
)
async def test_a_bad_field_is_named(client, path, field):
    viewer = await client()
    answer = await viewer.get(f"/api/v1/{path}")
    assert answer.status_code == 422, answer.text
    assert [bad["field"] for bad in answer.json()["errors"]] == [field]
    assert field in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("devices?limit=0", "query.limit should be greater than or equal to 1"),
        ("devices?q=%00", "query.q must not hold a NUL character"),
        ("devices?stat=ok", "Correct and send again: query.stat is not known here; did you mean 'state'?"),
        ("buildings?zzz=1", "query.zzz is not known here; valid keys: cursor, limit"),
        ("devices/1?zzz=1", "query.zzz is not known here; valid keys: none"),
        ("events?from=2026", "query.from must be a time such as 2026-09-01T07:25:00-04:00"),
    ],
)
async def test_the_sentence_says_what_to_correct(client, path, words):
    viewer = await client()
    assert words in (await viewer.get(f"/api/v1/{path}")).json()["detail"]


async def test_every_bad_field_is_named(client):
    viewer = await client()
    answer = await viewer.get("/api/v1/devices?limit=0&state=x&building=-1")
    assert {bad["field"] for bad in answer.json()["errors"]} == {"query.limit", "query.state", "query.building"}


async def test_the_same_answer_is_not_sent_twice(client, school):
    viewer = await client()
    first = await viewer.get("/api/v1/devices")
    again = await viewer.get("/api/v1/devices", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await viewer.get("/api/v1/devices?limit=1", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


async def test_an_unknown_path_says_where_the_docs_are(client):
    viewer = await client()
    answer = await viewer.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert "/api/v1/docs" in answer.json()["detail"]


async def _fleet(database, school) -> int:
    """The same fault at both schools: one problem of the district, with a symptom at each."""
    now = datetime(2026, 9, 1, 11, tzinfo=UTC)
    row = await database.row(
        "insert into problem (rule, subject, severity, state, title, opened_at, evidence) values ('group.fleet', 'district:x',"
        " 'major', 'open', '3 schools have the same fault', %s, '{\"members\": [\"AHU 2 east\", \"AHU 2 west\"], \"count\": 2}') returning id",
        [now],
    )
    for place in ("east", "west"):
        await database.execute(
            "insert into problem (rule, subject, severity, state, title, building_id, device_id, cause_id, symptom, opened_at)"
            " values ('bacnet.fault', %s, 'major', 'open', 'AHU 2 reports a fault', %s, %s, %s, true, %s)",
            [f"device:{school[f'{place}.ahu-2']}", school[place], school[f"{place}.ahu-2"], row["id"], now],
        )
    return row["id"]


async def test_a_fault_of_several_schools_is_seen_from_each_with_what_is_there_alone(client, school, database):
    fleet = await _fleet(database, school)
    scoped, whole = await client("operator", [school["east"]]), await client("operator")
    for asked in ("problems", f"problems?building={school['east']}", "problems?severity=major"):
        items = {row["id"]: row for row in (await scoped.get(f"/api/v1/{asked}")).json()["items"]}
        assert items[fleet]["building"] is None
        assert items[fleet]["symptoms"] == 1
        assert items[fleet]["evidence"] == {"members": ["AHU 2 east"], "count": 2}
    shown = (await whole.get(f"/api/v1/problems/{fleet}")).json()
    assert (shown["symptoms"], shown["evidence"]["members"]) == (2, ["AHU 2 east", "AHU 2 west"])
    assert (await scoped.get(f"/api/v1/problems/{fleet}")).status_code == 200
    refused = await scoped.post(f"/api/v1/problems/{fleet}/acknowledge")
    assert refused.status_code == 403
    assert "several schools" in refused.json()["detail"]
    await database.execute("delete from problem where cause_id = %s and building_id = %s", [fleet, school["east"]])
    assert (await scoped.get(f"/api/v1/problems/{fleet}")).status_code == 404
    assert (await whole.post(f"/api/v1/problems/{fleet}/acknowledge")).status_code == 200


async def test_the_pages_of_a_school_show_what_it_shares_with_others(client, school, database):
    fleet = await _fleet(database, school)
    now = datetime(2026, 9, 1, 12, tzinfo=UTC)
    for scope in ([school["east"]], None):
        found = await overview.district(database, scope, now, now - timedelta(days=1))
        listed = await problem_list.listing(database, scope, problem_list.Wanted())
        assert fleet in {row["id"] for row in found.causes} & {row["id"] for row in found.changes}
        assert fleet in {row["id"] for row in listed}
        assert len([row for row in found.symptoms if row["cause_id"] == fleet]) == (1 if scope else 2)
        assert len(await problem_list.symptoms(database, scope, [fleet])) == (1 if scope else 2)
    page = await overview.building(database, school["east"], None, now, [])
    assert page is not None
    assert fleet in {row["id"] for row in page.causes}
    assert await problem_list.visible(database, [school["east"]], [fleet]) == []


async def test_what_several_schools_share_does_not_say_which_the_others_are(client, school, database):
    fleet = await _fleet(database, school)
    scoped, whole = await client("viewer", [school["east"]]), await client("viewer")
    for place, seen in (("east", True), ("west", False)):
        asked = f"/api/v1/problems?building={school[place]}"
        wanted = problem_list.Wanted(building=school[place])
        for one, scope, there in ((whole, None, True), (scoped, [school["east"]], seen)):
            assert (fleet in {row["id"] for row in (await one.get(asked)).json()["items"]}) is there
            assert (fleet in {row["id"] for row in await problem_list.listing(database, scope, wanted)}) is there


async def test_who_was_told_of_a_shared_fault_and_wrote_what_is_for_those_who_look_after_all(client, school, database):
    fleet = await _fleet(database, school)
    now = datetime(2026, 9, 1, 11, tzinfo=UTC)
    for change, who, note in (
        ("opened", None, ""),
        ("told", None, "opened → Principal West"),
        ("acknowledged", "Dana", "I drive to west first"),
        ("noted", "Dana", "the key of west is under the mat"),
    ):
        await database.execute(
            "insert into problem_event values (default, %s, %s, %s, %s, %s)", [fleet, now, change, who, note]
        )
    async with database.transaction() as connection:
        channel = await add(database, NewChannel("Principal West", b"x", "json", "minor"))
        await connection.execute(
            "insert into outbox (problem_id, change, channel_id, created_at, next_attempt) values (%s, 'opened', %s, %s, %s)",
            [fleet, channel, now, now],
        )
    scoped, whole = await client("viewer", [school["east"]]), await client("viewer")
    assert len((await whole.get(f"/api/v1/problems/{fleet}")).json()["timeline"]) == 4
    steps = (await scoped.get(f"/api/v1/problems/{fleet}")).json()["timeline"]
    listed = (await scoped.get("/api/v1/problems")).json()["items"]
    assert [row["timeline"] for row in listed if row["id"] == fleet] == [steps]
    assert [(step["change"], step["who"], step["note"]) for step in steps] == [
        ("opened", None, ""),
        ("acknowledged", "Dana", ""),
    ]
    for one, seen in ((whole, True), (scoped, False)):
        page = (await one.get(f"/p/{fleet}")).text
        assert "3 schools have the same fault" in page
        for words in ("Principal West", "Who was told", "under the mat"):
            assert (words in page) is seen
    own = await scoped.get(f"/p/{school['east.problem']}")
    assert "Who was told" in own.text


async def test_a_fault_of_several_schools_is_told_in_the_districts_time(client, school, database):
    fleet = await _fleet(database, school)
    for name, zone in (("east", "America/New_York"), ("west", "America/Chicago"), ("north", "America/New_York")):
        await database.execute(
            "insert into building (name, timezone) values (%s, %s) on conflict (name) do update set timezone = excluded.timezone",
            [name, zone],
        )
    whole = await client("viewer")
    await database.execute("update problem set state = 'resolved' where id <> %s", [fleet])
    for path in (f"/p/{fleet}", "/", "/problems"):
        page = (await whole.get(path)).text
        assert "07:00:00 EDT" in page
        assert "UTC" not in page
    now = datetime(2026, 9, 1, 11, tzinfo=UTC)
    channel = await add(database, NewChannel("phone", b"x", "json", "minor"))
    await database.execute(
        "insert into outbox (problem_id, change, channel_id, created_at, next_attempt) values (%s, 'opened', %s, %s, %s)",
        [fleet, channel, now, now],
    )
    (row,) = await outbox.claim(database, now, timedelta(minutes=1))
    assert row["timezone"] == "America/New_York"


async def test_who_looks_after_one_school_is_not_offered_what_concerns_others_too(client, school, database, clock):
    fleet = await _fleet(database, school)
    browser, now = await client(None), utc(clock.now_ms())
    cookie, _ = await accounts.use_link(database, await accounts.create_link(database, "operator", "Ada", now), now)
    browser.cookies.set(COOKIE, cookie)
    button = f'action="/p/{fleet}/acknowledge"'
    pages = ("/", f"/b/{school['east']}")
    for path in pages:
        assert button in (await browser.get(path)).text
    await database.execute("update session set buildings = %s", [[school["east"]]])
    for path in pages:
        page = (await browser.get(path)).text
        assert f'href="/p/{fleet}"' in page
        assert button not in page
        assert f'action="/p/{school["east.problem"]}/acknowledge"' in page


async def test_that_somebody_has_a_shared_fault_reaches_the_open_pages_of_each_school(client, school, database, house):
    fleet = await _fleet(database, school)
    whole = await client("operator")
    assert (await whole.post(f"/api/v1/problems/{fleet}/acknowledge")).status_code == 200
    stream = house.hub.subscribe(lambda event: True, after=0)
    event = await anext(stream)
    await stream.aclose()
    assert event.data["state"] == "acknowledged"
    east = frozenset({school["east"]})
    for scope, building in ((None, None), (None, school["west"]), (east, None), (east, school["east"])):
        assert concerns(Caller("a", "viewer", scope), building, None)(event)
    assert not concerns(Caller("a", "viewer", frozenset({GONE})), None, None)(event)
