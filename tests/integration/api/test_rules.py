"""Rules over the API: set, tried on the past, refused with the words of a rules file, and only where the caller may."""

from datetime import timedelta

import numpy as np

from collector.store import rule_settings as store
from collector.store.samples import write_samples
from protocols.clock import utc

DISK = {"metric": "host.disk.utilization", "above": 90, "severity": "minor", "title": "{device} {value}"}


async def _disk(database, school) -> int:
    row = await database.row(
        "insert into point (device_id, metric, label, unit)"
        " select id, 'host.disk.utilization', '/', '%' from device order by id limit 1 returning id"
    )
    return row["id"]


async def test_a_rule_is_set_shown_and_taken_away(client, school):
    admin = await client("admin")
    answer = await admin.put("/api/v1/rules/host.disk.full/settings", json={"kind": "host", "changes": {"above": 80}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["set"][0]["changes"] == {"above": 80}
    listed = (await admin.get("/api/v1/rules?q=host.disk.full")).json()["items"]
    assert [(row["name"], row["settings"]) for row in listed] == [("host.disk.full", 1)]
    assert (await admin.delete("/api/v1/rules/host.disk.full/settings?kind=host")).json()["set"] == []
    assert (await admin.delete("/api/v1/rules/host.disk.full/settings?kind=host")).status_code == 404


async def test_what_cannot_be_is_refused_with_the_field_and_the_fix(client, school):
    admin = await client("admin")
    for changes, says in (
        ({"abov": 80}, "unknown key 'abov' = '80'; did you mean 'above'?"),
        ({"for": "soon"}, "for = 'soon' is no duration"),
        ({"clear": 99}, "clear = 99.0 must lie on the good side"),
        ({"metric": "host.load"}, "is what the rule is about"),
        ({}, "changes is empty"),
    ):
        answer = await admin.put("/api/v1/rules/host.disk.full/settings", json={"changes": changes})
        assert answer.status_code == 422, changes
        assert says in answer.json()["detail"], answer.text
    assert (await admin.put("/api/v1/rules/no.such/settings", json={"changes": {"for": "1m"}})).status_code == 404
    lincoln = next(iter(school.ids.values()))
    scoped = await client("admin", [lincoln])
    assert (
        await scoped.put("/api/v1/rules/host.disk.full/settings", json={"changes": {"above": 80}})
    ).status_code == 403
    assert (await (await client("operator")).put("/api/v1/rules/x/settings", json={"changes": {}})).status_code == 403


async def test_settings_that_cannot_go_together_are_refused_when_the_second_is_made(client, school):
    admin, url = await client("admin"), "/api/v1/rules/host.disk.full/settings"
    assert (await admin.put(url, json={"changes": {"above": 80}})).status_code == 200
    answer = await admin.put(url, json={"kind": "host", "changes": {"clear": 85, "severity": "major"}})
    assert answer.status_code == 422, "alone it would do: above is 90 as shipped"
    said = answer.json()["detail"]
    assert "clear = 85.0 must lie on the good side of above = 80.0" in said
    assert "as set for the district" in said
    assert (await admin.put(url, json={"kind": "host", "changes": {"severity": "major"}})).status_code == 200
    assert (await admin.put(url, json={"kind": "host", "changes": {"above": 95, "clear": 85}})).status_code == 200
    answer = await admin.put(url, json={"building": next(iter(school.ids.values())), "changes": {"clear": 70}})
    assert answer.status_code == 200, answer.text


async def test_a_rule_of_ones_own(client, school):
    admin = await client("admin")
    assert (await admin.put("/api/v1/rules/own.disk", json=DISK)).json()["own"] is True
    assert "a rule that First Bell has" in (await admin.put("/api/v1/rules/host.disk.full", json=DISK)).json()["detail"]
    assert (await admin.delete("/api/v1/rules/own.disk")).status_code == 204
    assert (await admin.get("/api/v1/rules/own.disk")).status_code == 404


async def test_a_preview_counts_what_it_would_have_opened(client, school, database, clock):
    point, now = await _disk(database, school), clock.now_ms()
    times = np.arange(now - 6 * 3_600_000, now, 60_000)
    values = np.where((times // 3_600_000) % 2 == 0, 92.0, 50.0)
    async with database.transaction() as connection:
        await write_samples(connection, np.full(len(times), point, np.int32), times, values)
    admin = await client("admin")
    answer = await admin.post("/api/v1/rules/host.disk.full/preview", json={"changes": {"above": 95}})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["now"]["problems"], found["then"]["problems"], found["by"]) == (3, 0, "samples")
    assert found["says"] == "Would have opened 0 problems instead of 3."
    answer = await admin.post("/api/v1/rules/host.disk.full/preview", json={"device": 1, "changes": {"for": "2h"}})
    assert answer.json()["then"]["problems"] == 0
    answer = await admin.post("/api/v1/rules/device.unreachable/preview", json={"changes": {"for": "2h"}})
    assert answer.json()["by"] == "reach"
    assert (await admin.get("/api/v1/rules/host.disk.full")).json()["set"] == []


async def test_what_a_rule_has_no_use_for_is_refused_with_the_reason(client, school):
    admin = await client("admin")
    east, device = school["east"], school["east.ahu-1"]
    for name, asked, field, says in (
        ("agent.silent", {"kind": "hvac", "changes": {"for": "30m"}}, "body.kind", "for the district or a building"),
        ("agent.gap", {"device": device, "changes": {"severity": "minor"}}, "body.device", "has no device"),
        ("collector.disk.full", {"building": east, "changes": {"for": "1h"}}, "body.building", "whole district alone"),
        ("forecast.disk", {"changes": {"for": "1h"}}, "body.changes", "has no for: a forecast changes by the day"),
        ("hvac.sensor", {"changes": {"co2_above": 900}}, "body.changes", "hvac.sensor has no co2_above"),
    ):
        for way, path in (("PUT", "settings"), ("POST", "preview")):
            answer = await admin.request(way, f"/api/v1/rules/{name}/{path}", json=asked)
            assert answer.status_code == 422, answer.text
            assert says in answer.json()["detail"]
            assert answer.json()["errors"][0]["field"] == field
    for name, asked in (
        ("agent.silent", {"building": east, "changes": {"for": "30m"}}),
        ("hvac.cold-storage", {"device": device, "changes": {"freezer_above": -12, "for": "20m"}}),
    ):
        answer = await admin.put(f"/api/v1/rules/{name}/settings", json=asked)
        assert answer.status_code == 200, answer.text
    shown = (await admin.get("/api/v1/rules/hvac.cold-storage")).json()
    assert shown["keys"][:2] == ["freezer_above", "cooler_above"]
    assert shown["table"] == {"freezer_above": -13, "cooler_above": 7, "for": "0s"}
    assert (await admin.get("/api/v1/rules/agent.silent")).json()["places"] == ["building"]
    assert (await admin.get("/api/v1/rules/forecast.disk")).json()["table"] == {"days": 14}


async def test_what_cannot_be_used_is_said_with_the_rules(client, school, database, clock):
    admin = await client("admin")
    assert (await admin.get("/api/v1/rules")).json()["refused"] == []
    now = utc(clock.now_ms())
    await store.put_own_rule(database, "own.bad", {"name": "own.bad"}, "kim", now)
    await store.put_setting(database, store.Place("agent.silent", kind="hvac"), {"for": "1h"}, "kim", now)
    first, second = (await admin.get("/api/v1/rules")).json()["refused"]
    assert "own rule" in first
    assert "setting of agent.silent for kind hvac: agent.silent is about an agent" in second
    for other in (await client("viewer"), await client("admin", [school["west"]])):
        assert (await other.get("/api/v1/rules")).json()["refused"] == [], "they name places and files"


async def test_a_rule_of_ones_own_is_tried_before_it_is_written(client, school, database, clock):
    point, now = await _disk(database, school), clock.now_ms()
    times = np.arange(now - 6 * 3_600_000, now, 60_000)
    values = np.where((times // 3_600_000) % 2 == 0, 92.0, 50.0)
    async with database.transaction() as connection:
        await write_samples(connection, np.full(len(times), point, np.int32), times, values)
    admin, path = await client("admin"), "/api/v1/rules/own.disk/preview"
    found = (await admin.post(path, json={"table": DISK})).json()
    assert (found["now"]["problems"], found["then"]["problems"], found["by"]) == (0, 3, "samples")
    assert (await admin.get("/api/v1/rules/own.disk")).status_code == 404, "nothing was written"
    await admin.put("/api/v1/rules/own.disk", json=DISK)
    found = (await admin.post(path, json={"table": DISK | {"above": 95}})).json()
    assert (found["now"]["problems"], found["then"]["problems"]) == (3, 0)
    other = school["west"]
    assert (await admin.post(path, json={"table": DISK, "building": other})).json()["then"]["problems"] == 0
    for name, body, status in (
        ("own.new", {"changes": {"for": "1m"}}, 404),
        ("own.new", {"table": {"metric": "host.load"}}, 422),
        ("host.disk.full", {"table": DISK}, 422),
        ("own.disk", {"table": DISK, "changes": {"above": 3}}, 422),
    ):
        assert (await admin.post(f"/api/v1/rules/{name}/preview", json=body)).status_code == status, (name, body)
    assert (await (await client("admin", [other])).post(path, json={"table": DISK})).status_code == 403


async def test_a_rule_on_events_is_tried_on_the_events(client, school, database, clock):
    admin, device = await client("admin"), school["east.ahu-1"]
    now = utc(clock.now_ms())
    for hours, minutes in ((30, 0), (30, 1), (30, 2), (10, 0)):
        await database.execute(
            "insert into event (device_id, time, kind, severity, detail) values (%s, %s, 'door.knock', 'info', '{}')",
            [device, now - timedelta(hours=hours, minutes=minutes)],
        )
    await database.execute(
        "insert into event (device_id, time, kind, severity, detail) select %s, %s::timestamptz - n * interval '1 second',"
        " 'door.knock', 'info', '{}' from generate_series(1, 60000) n",
        [school["west.ahu-1"], now],
    )
    table = {"event": "door.knock", "count": 3, "lasts": "15m", "severity": "minor", "title": "{device}: {count}"}
    path = "/api/v1/rules/own.knock/preview"
    assert (await admin.post(path, json={"table": table})).json()["since"] > (now - timedelta(days=1)).isoformat()
    found = (
        await admin.post(path, json={"table": table, "device": device})
    ).json()  # chatter elsewhere takes none of one's own days
    assert (found["by"], found["now"]["problems"], found["then"]["problems"]) == ("events", 0, 1)
    assert found["then"]["by_device"] == {"east: AHU 1 east": 1}
    await admin.put("/api/v1/rules/own.knock", json=table)
    for changes, problems in (({"count": 1}, 2), ({"within": "1m"}, 0), ({"lasts": "1d"}, 1), ({"enabled": False}, 0)):
        found = (await admin.post(path, json={"changes": changes, "device": device})).json()
        assert (found["now"]["problems"], found["then"]["problems"]) == (1, problems), changes


async def _opened(
    database, rule: str, place: str, building: int, device: int | None, start, minutes: int | None
) -> None:
    await database.execute(
        "insert into problem (rule, subject, severity, state, title, building_id, device_id, opened_at, resolved_at)"
        " values (%s, %s, 'major', %s, 'x', %s, %s, %s, %s)",
        [
            *(rule, place, "open" if minutes is None else "resolved", building, device, start),
            None if minutes is None else start + timedelta(minutes=minutes),
        ],
    )


async def test_built_in_rules_are_tried_on_the_problems_that_they_opened(client, school, database, clock):
    """Short ones and long ones, of devices and of agents, each as its own place has it."""
    admin, now = await client("admin"), utc(clock.now_ms())
    east, west, device = school["east"], school["west"], school["east.ahu-1"]
    for days, minutes in ((1, 20), (2, 90)):
        at = now - timedelta(days=days)
        await _opened(database, "agent.silent", "agent:east", east, None, at, minutes)
        await _opened(database, "agent.silent", "agent:west", west, None, at, minutes)
        await _opened(database, "device.silent", f"device:{device}", east, device, at, minutes)
        await _opened(database, "agent.gap", "agent:east", east, None, at - timedelta(days=days), 24 * 60)
        await _opened(database, "hvac.cold-storage", "point:1", east, device, at, minutes)
    for name, asked, before, then in (
        ("agent.silent", {"changes": {"for": "30m"}}, 4, {"east": 1, "west": 1}),
        ("agent.silent", {"building": east, "changes": {"for": "30m"}}, 2, {"east": 1}),
        ("agent.silent", {"building": west, "changes": {"enabled": False}}, 2, {}),
        ("agent.silent", {"changes": {"for": "90s"}}, 4, {"east": 2, "west": 2}),
        ("device.silent", {"device": device, "changes": {"for": "30m"}}, 2, {"east: AHU 1 east": 1}),
        ("device.silent", {"building": west, "changes": {"for": "30m"}}, 0, {}),
        ("agent.gap", {"changes": {"for": "3d"}}, 2, {"east": 1}),
        ("hvac.cold-storage", {"changes": {"for": "1h"}}, 2, {"east: AHU 1 east": 1}),
    ):
        found = (await admin.post(f"/api/v1/rules/{name}/preview", json=asked)).json()
        assert (found["by"], found["now"]["problems"], found["then"]["by_device"]) == ("problems", before, then), asked
    answer = await admin.post("/api/v1/rules/hvac.cold-storage/preview", json={"changes": {"freezer_above": -12}})
    assert "What freezer_above would have changed is not in it" in answer.json()["says"]
    scoped = await client("admin", [west])
    found = (
        await scoped.post("/api/v1/rules/agent.silent/preview", json={"building": west, "changes": {"for": "30m"}})
    ).json()
    assert found["now"]["by_device"] == {"west": 2}
