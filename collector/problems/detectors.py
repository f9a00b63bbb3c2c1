"""Every detector beside the engine's own, gathered: one line each."""

from collector.problems.alarms.detector import Alarms
from collector.problems.beats.detector import Beats
from collector.problems.channel_watch.detector import ChannelWatch
from collector.problems.detector import Detector, World
from collector.problems.forecast.detector import Forecasts
from collector.problems.hvac.detector import HvacFaults
from collector.problems.learned.detector import LearnedNormal
from collector.problems.own.detector import Own


def detectors(world: World) -> list[Detector]:
    """A fresh one of each."""
    return [
        Alarms(world),
        Beats(world),
        ChannelWatch(world),
        Forecasts(world),
        HvacFaults(world),
        LearnedNormal(world),
        Own(world),
    ]
