"""What outlasts its cause because it is slow is told when it has had its time, with the real loop on a real database."""

from collector.problems.rules import load
from tests.integration.problems.conftest import World

AIR = {"AHU-1 SF-C": "1", "AHU-1 SF-S": "1", "AHU-1 OCC": "1", "VAV-1 ZN-CO2": "[ppm]", "VAV-2 ZN-CO2": "[ppm]"}
FAN, AIRLESS = "hvac.fan.failed", "hvac.ventilation"


async def _points(world: World) -> list[int]:
    world.book = load()
    world.restart()
    made = []
    for name, unit in AIR.items():
        row = await world.database.row(
            "insert into point (device_id, metric, label, unit, name) values (2, 'bacnet.value', %s, %s, %s) returning id",
            [name, unit, name],
        )
        assert row is not None
        made.append(row["id"])
    return made


async def _run(world: World, minutes: int, points: list[int], runs: float, *co2: float) -> None:
    await world.minutes(minutes, *zip(points, (1.0, runs, 1.0, *co2), strict=True))


async def _live(world: World) -> list[str]:
    return sorted(key.split()[0] for key in await world.live())


async def test_used_air_has_an_hour_once_its_fan_runs_again_over_a_restart_too(world: World) -> None:
    """One room was found while the fan stood, the other only when that was over."""
    points = await _points(world)
    await _run(world, 40, points, 0.0, 2500.0, 800.0)
    assert await _live(world) == [FAN, AIRLESS]
    fan = [(FAN, "opened"), (FAN, "resolved")]
    await _run(world, 18, points, 1.0, 2500.0, 800.0)
    await _run(world, 15, points, 1.0, 2500.0, 2500.0)
    assert (await _live(world), await world.outbox()) == ([AIRLESS], fan)
    world.restart()
    await _run(world, 50, points, 1.0, 2500.0, 2500.0)
    assert (await _live(world), await world.outbox()) == ([AIRLESS, AIRLESS], fan)
    await _run(world, 12, points, 1.0, 2500.0, 2500.0)
    assert await world.outbox() == [*fan, (AIRLESS, "opened"), (AIRLESS, "opened")]
