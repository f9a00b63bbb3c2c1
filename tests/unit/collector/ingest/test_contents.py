"""What an agent's event of a gap must say to be one."""

import pytest

from collector.ingest.contents import gap_of
from protocols.wire.batch import Event

NOW = 1_760_000_000_000


@pytest.mark.parametrize(
    ("detail", "samples"),
    [
        ({"since": 1, "until": 2, "reason": "full", "samples": 5}, 5),
        ({"since": 1, "until": 2, "samples": -1}, 0),
        ({"since": 2, "until": 1}, None),
        ({"since": "1", "until": 2}, None),
        ({"since": True, "until": 2}, None),
        ({}, None),
    ],
)
def test_a_gap_makes_sense_or_is_none(detail: dict[str, str | int | float | bool | None], samples: int | None) -> None:
    found = gap_of("lincoln", Event(1, NOW, "agent.gap", "minor", detail))
    assert (found.samples if found else None) == samples


def test_a_gap_of_a_clock_that_was_ahead_ends_when_it_is_told() -> None:
    ahead: dict[str, str | int | float | bool | None] = {"since": NOW - 5, "until": NOW + 31_536_000_000, "samples": 7}
    assert gap_of("lincoln", Event(1, NOW, "agent.gap", "minor", ahead)) == ("lincoln", NOW - 5, NOW, "unknown", 7)
    ahead["since"] = ahead["until"] = 1 << 62
    assert gap_of("lincoln", Event(1, NOW, "agent.gap", "minor", ahead)) == ("lincoln", NOW, NOW, "unknown", 7)
