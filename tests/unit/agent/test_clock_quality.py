"""How far a clock is believed, and how stamps of before it was set are put right."""

import pytest

from agent.clock_quality import Correction, boot_id, correction, measure, plausible, synchronised
from agent.draft import Clocking
from protocols.clock import ManualClock

NOW = 1_760_000_000_000
HOUR = 3_600_000
BOOT, OTHER = bytes(range(16)), bytes(16)


@pytest.mark.parametrize(
    ("now", "sync", "confirmed", "believed"),
    [
        (NOW, False, 0, True),
        (NOW, False, NOW + HOUR, True),
        (NOW, False, NOW + HOUR + 1, False),
        (NOW, True, NOW + 365 * 24 * HOUR, True),
        (1_577_836_799_999, True, 0, False),
        (0, False, 0, False),
    ],
)
def test_a_clock_is_believed_from_2020_and_not_far_behind_what_is_certain(now, sync, confirmed, believed) -> None:
    assert plausible(now, sync, confirmed) is believed


@pytest.mark.parametrize(
    ("taken", "now", "wanted"),
    [
        (Clocking(False, BOOT, 0), Clocking(True, BOOT, HOUR), Correction(HOUR, True)),
        (Clocking(False, BOOT, HOUR), Clocking(True, BOOT, 0), Correction(-HOUR, True)),
        (Clocking(False, BOOT, 0), Clocking(True, BOOT, 400), Correction(0, True)),
        (Clocking(False, BOOT, 0), Clocking(False, BOOT, HOUR), Correction(HOUR, False)),
        (Clocking(False, OTHER, 0), Clocking(True, BOOT, HOUR), Correction(0, False)),
        (Clocking(True, BOOT, 0), Clocking(True, BOOT, HOUR), Correction(0, True)),
        (Clocking(True, BOOT, 0), Clocking(False, BOOT, HOUR), Correction(0, True)),
    ],
)
def test_stamps_are_moved_by_what_the_clock_was_moved_on_the_same_boot(taken, now, wanted) -> None:
    assert correction(taken, now) == wanted


async def test_the_offset_stays_while_time_passes_and_moves_with_a_step() -> None:
    clock = ManualClock(NOW)
    first = measure(clock, BOOT, False)
    await clock.advance(1234.5)
    assert measure(clock, BOOT, False).offset_ms == first.offset_ms
    clock.step(-HOUR)
    assert measure(clock, BOOT, False).offset_ms == first.offset_ms - HOUR


def test_this_machine_names_its_boot_and_says_whether_its_clock_is_disciplined(tmp_path) -> None:
    assert boot_id() == boot_id()
    assert len(boot_id(tmp_path / "absent")) == 16
    assert synchronised() in (True, False)
