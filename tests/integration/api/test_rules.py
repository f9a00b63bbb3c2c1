"""Rules over the API: set, tried on the past, refused with the words of a rules file, and only where the caller may."""

import numpy as np

from collector.store.samples import write_samples

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
