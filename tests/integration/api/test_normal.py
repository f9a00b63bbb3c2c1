"""What is usual for a point, as the API tells it."""

from datetime import timedelta

import numpy as np

from collector.api.fields import stamp
from collector.store.samples import write_samples
from protocols.clock import utc

NAME = "east.ahu-1.analog-input,1"
DAY_MS = 86_400_000


async def test_the_band_of_a_point_that_has_learned(client, house, school, database, clock):
    viewer, now = await client(), clock.now_ms()
    times = np.arange(now - 28 * DAY_MS, now, 600_000, dtype=np.int64)
    values = 15 + np.random.default_rng(1).normal(size=len(times))
    point = school[NAME]
    async with database.transaction() as connection:
        await write_samples(connection, np.full(len(times), point, np.int32), times, values)
        await connection.execute(
            "insert into point_last values (%s, %s, 15) on conflict (point_id) do update set time = excluded.time",
            [point, utc(int(times[-1]))],
        )
    await house.problems.tick()
    await house.problems.tick()
    span = f"from={stamp(utc(now - DAY_MS))}&to={stamp(utc(now))}"
    answer = (await viewer.get(f"/api/v1/points/{point}/normal?{span}")).json()
    assert (answer["point"], answer["unit"], answer["step"], len(answer["times"])) == (point, "Cel", 3600, 24)
    assert all(10 > low > 0 and 20 < high < 30 for low, high in zip(answer["low"], answer["high"], strict=True))


async def test_a_long_span_has_at_most_a_thousand_entries(client, school, clock):
    now = utc(clock.now_ms())
    span = f"from={stamp(now - timedelta(days=365))}&to={stamp(now)}"
    answer = (await (await client()).get(f"/api/v1/points/{school[NAME]}/normal?{span}")).json()
    assert len(answer["times"]) <= 1001
    assert set(answer["low"]) == {None}


async def test_a_point_of_another_building_is_not_there(client, school):
    elsewhere = await client(buildings=[school["west"]])
    assert (await elsewhere.get(f"/api/v1/points/{school[NAME]}/normal")).status_code == 404
