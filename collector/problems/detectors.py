"""Every detector beside the engine's own, gathered: one line each."""

from collector.problems.detector import Detector, World
from collector.problems.hvac.detector import HvacFaults


def detectors(world: World) -> list[Detector]:
    """A fresh one of each."""
    assert world.book is not None
    return [HvacFaults(world)]
