"""School calendars and silences over HTTP: whole documents, roles, scopes, each bad field named."""

from typing import Any

SNOW = {"first": "2026-09-01", "kind": "holiday", "name": "No school today", "late": True}
FILE = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:No School\r\nDTSTART;VALUE=DATE:20261012\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
DELAYS = FILE.replace(b"No School", b"2-hour delay").replace(b"20261012", b"20261007\r\nRRULE:FREQ=WEEKLY;COUNT=3")


async def test_a_document_is_written_whole_and_not_over_anothers(client: Any, school: Any) -> None:
    admin = await client("admin")
    first = await admin.get("/api/v1/schedules/district")
    assert first.status_code == 200
    done = await admin.put(
        "/api/v1/schedules/district", json={"half_day_closes": "11:45"}, headers={"If-Match": first.headers["etag"]}
    )
    assert done.json()["half_day_closes"] == "11:45"
    lost = await admin.put("/api/v1/schedules/district", json={}, headers={"If-Match": first.headers["etag"]})
    assert lost.status_code == 412
    again = await admin.get("/api/v1/schedules/district")
    assert again.headers["etag"] == done.headers["etag"]
    bad = await admin.put("/api/v1/schedules/district", json={"timezone": "x", "days": [{"first": "1", "kind": "y"}]})
    assert {error["field"] for error in bad.json()["errors"]} == {
        "body.timezone",
        "body.days.0.first",
        "body.days.0.kind",
    }


async def test_who_may_and_where(client: Any, school: Any) -> None:
    east, west = school["east"], school["west"]
    inside = await client("admin", [east])
    assert (await inside.put(f"/api/v1/schedules/{east}", json={})).status_code == 200
    assert (await inside.put(f"/api/v1/schedules/{west}", json={})).status_code == 404
    assert (await inside.put("/api/v1/schedules/district", json={})).status_code == 404
    assert [one["building"] for one in (await inside.get("/api/v1/schedules")).json()["items"]] == [None, east]
    operator = await client("operator")
    assert (await operator.put(f"/api/v1/schedules/{east}", json={})).status_code == 403
    said = await operator.post(f"/api/v1/schedules/{east}/today", json={"change": "closed"})
    assert [{key: day[key] for key in SNOW} for day in said.json()["days"]] == [SNOW]
    late = await operator.post(f"/api/v1/schedules/{east}/today", json={"change": "late", "at": "10:00"})
    assert [(day["kind"], day["opens"]) for day in late.json()["days"]] == [("half", "10:00")]
    assert (await operator.post(f"/api/v1/schedules/{east}/today", json={"change": "late"})).status_code == 422
    assert (await operator.post(f"/api/v1/schedules/{east}/today", json={"change": "usual"})).json()["days"] == []


async def test_an_import_changes_nothing(client: Any, school: Any) -> None:
    admin = await client("admin")
    tried = await admin.post(
        "/api/v1/schedules/district/import", content=FILE, headers={"Content-Type": "text/calendar"}
    )
    assert tried.json()["events"][0]["becomes"] == "holiday"
    assert [day["first"] for day in tried.json()["schedule"]["days"]] == ["2026-10-12"]
    assert (await admin.get("/api/v1/schedules/district")).json()["days"] == []
    bad = await admin.post(
        "/api/v1/schedules/district/import", content=b"<html>", headers={"Content-Type": "text/calendar"}
    )
    assert bad.status_code == 422
    assert "line 1" in bad.json()["detail"]


async def test_an_import_goes_by_the_hours_and_breaks_of_the_place(client: Any, school: Any) -> None:
    admin = await client("admin")
    hours = {day: {"opens": "08:30", "closes": "15:15"} for day in ("monday", "tuesday", "wednesday")}
    holiday = {"first": "2026-10-14", "kind": "holiday"}
    await admin.put("/api/v1/schedules/district", json={"hours": hours, "days": [holiday]})
    for place in ("district", school["east"]):
        tried = await admin.post(f"/api/v1/schedules/{place}/import", content=DELAYS)
        days = tried.json()["schedule"]["days"]
        assert [(day["first"], day["opens"]) for day in days if day["name"]] == [
            ("2026-10-07", "10:30"),
            ("2026-10-21", "10:30"),
        ]


async def test_silences(client: Any, school: Any) -> None:
    operator = await client("operator", [school["east"]])
    made = await operator.post(
        "/api/v1/silences", json={"reason": "Fire drill", "building": school["east"], "kind": "door", "minutes": 30}
    )
    assert made.status_code == 201
    assert made.json()["ends"] == "2026-09-01T12:30:00.000Z"
    weekly = {"days": ["sunday"], "begins": "02:00", "ends": "04:00"}
    other = await operator.post(
        "/api/v1/silences", json={"reason": "Updates", "building": school["east"], "weekly": weekly}
    )
    assert other.json()["weekly"] == weekly
    assert len((await operator.get("/api/v1/silences")).json()["items"]) == 2
    west = await client("viewer", [school["west"]])
    assert (await west.get("/api/v1/silences")).json()["items"] == []
    for body in ({"reason": "x", "minutes": 5}, {"reason": "x", "building": school["west"], "minutes": 5}, {"reason": "x", "building": school["east"]},
                 {"reason": "x", "device": school["west.ahu-1"], "minutes": 5}, {"reason": "", "building": school["east"], "minutes": 5}):  # fmt: skip
        assert (await operator.post("/api/v1/silences", json=body)).status_code == 422
    assert (await west.delete(f"/api/v1/silences/{made.json()['id']}")).status_code == 403
    assert (await operator.delete(f"/api/v1/silences/{made.json()['id']}")).status_code == 204
    assert (await operator.delete(f"/api/v1/silences/{made.json()['id']}")).status_code == 404
