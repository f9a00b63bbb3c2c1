"""What the detector has counted and learned survives a restart; what cannot be read is refused."""

import numpy as np
import pytest

from collector.problems.hvac.detector import HvacFaults
from tests.unit.collector.problems.hvac.conftest import Bench


def _restarted(bench: Bench) -> None:
    data = bench.detector.copied(0)()
    points = list(bench.detector._points.values())
    bench.detector = HvacFaults(bench.world)
    bench.detector.learn(points[::-1])
    bench.detector.restore(data)


def test_what_was_pending_goes_on(handler: Bench) -> None:
    handler.run(40)
    handler.values["AHU-1 SA-T"] = 23.0
    assert handler.rules(40) == set()
    _restarted(handler)
    assert handler.rules(10) == {"hvac.valve.stuck"}


def test_what_was_found_is_found_and_what_was_held_is_held(handler: Bench) -> None:
    handler.run(40)
    handler.values["AHU-1 SA-T"] = 23.0
    (found,) = (each for each in handler.run(80) if each.key.rule == "hvac.valve.stuck")
    _restarted(handler)
    assert found.key in {each.key for each in handler.detector.findings(handler.now)}
    handler.values.update({"AHU-1 SF-C": 0.0, "AHU-1 SF-S": 0.0, "AHU-1 SF-SPD": 0.0, "AHU-1 DSP": 0.0})
    handler.run(120)
    _restarted(handler)
    assert found.key in handler.detector.held()


def test_learned_days_come_back(handler: Bench) -> None:
    handler.run(40)
    handler.detector.judge.usual.days[1, :, 0] = 7.0
    handler.detector.judge.drift.nights[:, 0] = 0.25
    _restarted(handler)
    assert (handler.detector.judge.usual.days[1, :, 0] == 7.0).all()
    assert (handler.detector.judge.drift.nights[:, 0] == 0.25).all()


@pytest.mark.parametrize("data", [b"", b"junk", b"PK\x03\x04" + bytes(40)])
def test_what_cannot_be_read_is_refused(handler: Bench, data: bytes) -> None:
    handler.run(5)
    with pytest.raises(ValueError, match="it is"):
        handler.detector.restore(data)
    assert np.isfinite(handler.detector.judge.minutes.last).all()
