"""Every detector beside the engine's own, gathered: one line each."""

from collector.problems.channel_watch.watch import ChannelWatch
from collector.problems.detector import Detector, World


def detectors(world: World) -> list[Detector]:
    """A fresh one of each."""
    return [ChannelWatch(world)]
