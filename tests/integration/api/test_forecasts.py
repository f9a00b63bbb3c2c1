"""Forecasts as the API lists them."""

from datetime import UTC, datetime

from collector.store import forecasts

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


async def test_forecasts_by_building_kind_and_days(client, school, database):
    points = await database.rows(
        "insert into point (device_id, metric, label, unit) select id, 'printer.supply.level', 'Black', '%%' from device"
        " order by id limit 2 returning id"
    )
    one, two = (row["id"] for row in points)
    await forecasts.write(
        database,
        [
            (one, NOW, "school days", 9.0, 7.0, 13.0, NOW, 27.0, 3.0),
            (two, NOW, "school days", None, None, None, None, 80.0, None),
        ],
    )
    await forecasts.write(database, [(one, NOW, "school days", 8.0, 6.0, None, NOW, 24.0, 3.0)])
    viewer = await client()
    listed = (await viewer.get("/api/v1/forecasts?kind=supply&within_days=10")).json()["items"]
    assert [(row["point"], row["days"], row["high"]) for row in listed] == [(one, 8.0, None)]
    assert (await viewer.get("/api/v1/forecasts?kind=disk")).json()["items"] == []
    assert len((await viewer.get("/api/v1/forecasts")).json()["items"]) == 2
    assert (await viewer.get("/api/v1/forecasts?kind=ink")).status_code == 422
