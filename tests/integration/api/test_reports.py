"""The First Bell report over the API: its settings, the mornings kept, the budget."""

from collector.house import House
from collector.store import channels
from collector.store.channels import NewChannel
from protocols.clock import ManualClock


async def _made(house: House, clock: ManualClock) -> None:
    """Tuesday 06:45 (UTC, the zone of these buildings) comes."""
    await clock.advance(18 * 3600 + 45 * 60)
    await house.reporter.make_due()


async def test_a_morning_is_listed_and_read_inside_the_callers_buildings_alone(client, school, house, clock):
    await _made(house, clock)
    viewer = await client()
    [entry] = (await viewer.get("/api/v1/reports")).json()["items"]
    assert (entry["day"], entry["buildings"], entry["grave"]) == ("2026-09-02", 2, 2)
    report = (await viewer.get("/api/v1/reports/2026-09-02")).json()
    assert report["sentence"].startswith("2 things are broken at east and west: ")
    assert [section["name"] for section in report["sections"]] == ["broken", "changed"]
    one = (await viewer.get(f"/api/v1/reports/2026-09-02?building={school['west']}")).json()
    assert one["sentence"] == "1 thing is broken at west: AHU 1 reports a fault."
    narrow = await client("viewer", [school["east"]])
    assert "west" not in (await narrow.get("/api/v1/reports/2026-09-02")).text
    assert (await narrow.get(f"/api/v1/reports/2026-09-02?building={school['west']}")).status_code == 404
    assert (await viewer.get("/api/v1/reports/2026-09-05")).status_code == 404
    assert (await viewer.get("/api/v1/reports/monday")).status_code == 422


async def test_what_was_made_stays_as_it_was(client, school, house, clock, database):
    await _made(house, clock)
    await database.execute("update problem set state = 'resolved', resolved_at = now()")
    await house.reporter.make_due()
    report = (await (await client()).get("/api/v1/reports/2026-09-02")).json()
    assert report["sentence"].startswith("2 things are broken")


async def test_settings_are_read_and_replaced_by_an_administrator(client, school, database):
    made = await channels.add(database, NewChannel("Phone", b"x", "ntfy", "minor"))
    admin, operator = await client("admin"), await client("operator")
    before = (await admin.get("/api/v1/reports/settings")).json()
    assert (before["at"], before["calm"], before["budget"], before["times"]) == ("06:45:00", True, 20, [])
    assert before["channels"] == [{"channel": made, "wanted": None, "buildings": [], "name": "Phone", "gets": False}]
    wanted = {
        "at": "06:30", "off_days": True, "calm": False, "budget": 12, "times": [{"building": school["east"], "at": "07:00"}],
        "channels": [{"channel": made, "wanted": True, "buildings": [school["west"]]}],
    }  # fmt: skip
    after = (await admin.put("/api/v1/reports/settings", json=wanted)).json()
    assert (after["at"], after["budget"], after["times"][0]["at"]) == ("06:30:00", 12, "07:00:00")
    assert after["channels"][0]["gets"] is True
    [line] = await database.rows("select who, action, before, after from audit where action = 'report.change'")
    assert (line["before"]["at"], line["after"]["at"]) == ("06:45", "06:30")
    assert (await operator.put("/api/v1/reports/settings", json=wanted)).status_code == 403
    for wrong in (
        {"at": "25:00"}, {"budget": 0}, {"times": [{"building": 999, "at": "07:00"}]}, {"channels": [{"channel": 999}]},
        {"channels": [{"channel": made}, {"channel": made}]}, {"soon": True},
    ):  # fmt: skip
        assert (await admin.put("/api/v1/reports/settings", json=wrong)).status_code == 422, wrong
    assert (await admin.get("/api/v1/reports/settings")).json() == after


async def test_the_budget_counts_by_channel_and_a_persons_channels_together(client, school, database, clock):
    problem = (await database.row("select id from problem limit 1"))["id"]
    person = (await database.row("insert into person (name) values ('Kim') returning id"))["id"]
    for name in ("Mail", "Phone"):
        made = await channels.add(database, NewChannel(name, b"x", "ntfy", "minor"))
        await database.execute("insert into person_channel values (%s, %s)", [person, made])
        for change, at in (("opened", "2026-09-01"), ("resolved", "2026-08-30"), ("reopened", "2026-09-06T23:59:59Z")):
            await database.execute(
                "insert into outbox (problem_id, change, channel_id, created_at, next_attempt, delivered_at)"
                " values (%s, %s, %s, %s, %s, %s)",
                [problem, change, made, at, at, at],
            )
    admin = await client("admin")
    rows = (await admin.get("/api/v1/reports/budget")).json()["items"]
    assert [(row["name"], row["person"], row["told"], row["over"]) for row in rows] == [
        ("Kim", True, 2, False), ("Mail", False, 2, False), ("Phone", False, 2, False)
    ]  # fmt: skip
    assert rows[0]["rules"] == [{"name": "bacnet.fault", "told": 2}]
    rows = (await admin.get("/api/v1/reports/budget?week=2026-08-30")).json()["items"]
    assert [row["told"] for row in rows] == [1, 1, 1]
    assert (await admin.get("/api/v1/reports/budget?week=9999-12-31")).status_code == 200
    assert (await admin.get("/api/v1/reports/budget?week=0001-01-01")).status_code == 200


async def test_who_is_no_administrator_sees_their_own_budget_alone(client, school, database):
    problem = (await database.row("select id from problem limit 1"))["id"]
    viewer = await client("viewer")
    assert (await viewer.get("/api/v1/reports/budget")).json()["items"] == []
    for name, account, told in (("Kim", "viewer 1", True), ("Ann", "viewer 1", False), ("Lee", "other", True)):
        person = (
            await database.row("insert into person (name, account) values (%s, %s) returning id", [name, account])
        )["id"]
        made = await channels.add(database, NewChannel(name, b"x", "ntfy", "minor"))
        await database.execute("insert into person_channel values (%s, %s)", [person, made])
        if told:
            await database.execute(
                "insert into outbox (problem_id, change, channel_id, created_at, next_attempt, delivered_at)"
                " select %s, 'opened', %s, at, at, at from (values ('2026-09-01'::timestamptz)) t (at)",
                [problem, made],
            )
    rows = (await viewer.get("/api/v1/reports/budget")).json()["items"]
    assert [(row["name"], row["person"], row["told"]) for row in rows] == [("Ann", True, 0), ("Kim", True, 1)]
    page = (await viewer.get("/reports/budget")).text
    assert "Kim" in page
    assert "Lee" not in page
    assert "/settings/rules/bacnet.fault" in page
