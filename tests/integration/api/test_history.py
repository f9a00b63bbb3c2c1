"""History and export: what comes back, in which form, and from whom."""

import csv
import io
import json
import tracemalloc
from datetime import timedelta

import numpy as np
import pytest

from collector.api.export import Form, _lines, _page
from collector.api.fields import stamp
from collector.api.span import Span
from collector.store.accounts import Caller
from collector.store.points import Chosen, PointFilter
from collector.store.samples import write_samples
from protocols.clock import utc

NAMES = ("east.ahu-1.analog-input,1", "east.ahu-1.analog-input,2")


@pytest.fixture
async def figures(database, school, clock):
    """An hour of one sample a minute of two points, up to now: the value is the minute."""
    now = clock.now_ms()
    times = np.array([now - (60 - minute) * 60_000 for minute in range(60)], dtype=np.int64)
    async with database.transaction() as connection:
        for name in NAMES:
            points = np.full(60, school[name], dtype=np.int32)
            await write_samples(connection, points, times, np.arange(60, dtype=np.float64))
    return [utc(int(time)) for time in times]


async def test_raw_history_of_a_point(client, school, figures):
    viewer = await client()
    point = school[NAMES[0]]
    answer = (await viewer.get(f"/api/v1/points/{point}/history")).json()
    assert {name: answer[name] for name in ("point", "unit", "resolution", "step", "columns")} == {
        "point": point, "unit": "Cel", "resolution": "raw", "step": 0, "columns": ["time", "value"],
    }  # fmt: skip
    assert answer["rows"] == [[stamp(time), float(value)] for value, time in enumerate(figures)]


async def test_the_span_is_kept_to(client, school, figures):
    viewer = await client()
    query = f"from={stamp(figures[10])}&to={stamp(figures[20])}"
    answer = (await viewer.get(f"/api/v1/points/{school[NAMES[0]]}/history?{query}")).json()
    assert [row[1] for row in answer["rows"]] == list(range(10, 20))


async def test_a_resolution_is_chosen_that_fits(client, school, figures):
    viewer = await client()
    answer = (await viewer.get(f"/api/v1/points/{school[NAMES[0]]}/history?max_points=30")).json()
    assert answer["columns"] == ["time", "min", "avg", "max", "count"]
    assert 0 < len(answer["rows"]) <= 30
    assert sum(row[4] for row in answer["rows"]) == 60


async def test_several_points_on_common_buckets(client, school, figures):
    viewer = await client()
    ids = [school[name] for name in NAMES]
    span = f"from={stamp(figures[0])}&to={stamp(figures[-1] + timedelta(minutes=1))}"
    one = (await viewer.get(f"/api/v1/history?point={ids[1]}&point={ids[0]}&{span}&max_points=10")).json()
    assert [series["point"] for series in one["series"]] == [ids[1], ids[0]]
    assert len(one["times"]) <= 10
    assert {len(series[name]) for series in one["series"] for name in ("min", "avg", "max", "count")} == {
        len(one["times"])
    }
    assert sum(one["series"][0]["count"]) == 60
    query = f"device={school['east.ahu-1']}&metric=bacnet.value&{span}&max_points=10"
    same = (await viewer.get(f"/api/v1/history?{query}")).json()
    assert [series["point"] for series in same["series"]] == ids


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("", 422, "query.point"),
        ("point=2147483647", 404, "2147483647"),
        ("device=2147483647", 404, "2147483647"),
        ("point=1&from=2026-09-02T00:00:00Z&to=2026-09-01T00:00:00Z", 422, "query.from must be before"),
        ("point=1&max_points=0", 422, "query.max_points"),
        ("point=0", 422, "query.point"),
    ],
)
async def test_a_question_that_makes_no_sense(client, school, query, status, words):
    answer = await (await client()).get(f"/api/v1/history?{query}")
    assert answer.status_code == status
    assert words in answer.json()["detail"]


async def test_too_many_rows_of_a_forced_resolution_say_what_to_do(client, school):
    query = "from=1990-01-01T00:00:00Z&resolution=5m"
    answer = await (await client()).get(f"/api/v1/points/{school[NAMES[0]]}/history?{query}&to=2020-01-01T00:00:00Z")
    assert answer.status_code == 422
    assert "export" in answer.json()["detail"]


async def test_a_csv_of_everything(client, school, figures, database):
    await database.execute("update device set name = '=cmd|x' where id = %s", [school["east.ahu-1"]])
    answer = await (await client()).get(f"/api/v1/export?device={school['east.ahu-1']}")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 120
    assert rows[0] == {
        "time": stamp(figures[0]), "building": str(school["east"]), "device": str(school["east.ahu-1"]),
        "device_name": "'=cmd|x", "point": str(school[NAMES[0]]), "metric": "bacnet.value",
        "label": "analog-input,1", "unit": "Cel", "value": "0.0",
    }  # fmt: skip


async def test_an_ndjson_by_the_accept_header(client, school, figures):
    viewer = await client()
    query = f"/api/v1/export?point={school[NAMES[1]]}&resolution=5m"
    answer = await viewer.get(query, headers={"Accept": "application/x-ndjson"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert sum(line["count"] for line in lines) == 60
    assert set(lines[0]) == {
        "time",
        "building",
        "device",
        "device_name",
        "point",
        "metric",
        "label",
        "unit",
        "min",
        "avg",
        "max",
        "count",
    }


async def test_an_export_goes_on_over_many_pages_of_points(client, school, figures, monkeypatch):
    monkeypatch.setattr("collector.api.export._POINTS", 1)
    answer = await (await client()).get("/api/v1/export?kind=hvac&format=ndjson")
    assert len(answer.text.splitlines()) == 120


async def test_an_export_of_nothing_is_404_and_of_another_building_too(client, school, figures):
    scoped = await client("viewer", [school["west"]])
    for query in (f"point={school[NAMES[0]]}", "metric=nothing", f"building={school['east']}"):
        assert (await scoped.get(f"/api/v1/export?{query}")).status_code == 404


async def test_no_more_exports_at_once_than_connections_allow(client, house, school):
    for _ in range(3):
        await house.exports.acquire()
    answer = await (await client()).get("/api/v1/export")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"


async def test_an_export_takes_the_same_memory_however_long_it_is(house, school, database, clock, monkeypatch):
    """A hundred pages go by; no more than a few of them are ever held."""
    monkeypatch.setattr("collector.store.export.PAGE", 500)
    count = 50_000
    times = clock.now_ms() - np.arange(count, 0, -1, dtype=np.int64) * 1000
    points = np.full(count, school[NAMES[0]], dtype=np.int32)
    async with database.transaction() as connection:
        await write_samples(connection, points, times, np.arange(count, dtype=np.float64))
    span = Span(utc(int(times[0])), utc(clock.now_ms()))
    first = await _page(house, Caller("a", "viewer"), Chosen([school[NAMES[0]]], PointFilter()), None)

    async def pages():
        yield first.items

    lines = _lines(house, Form(format="csv", resolution="raw", accept=""), span, pages())
    await anext(lines)
    await anext(lines)
    size = 0
    tracemalloc.start()
    async for chunk in lines:
        size += len(chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 3_000_000
    assert peak < 1_000_000
