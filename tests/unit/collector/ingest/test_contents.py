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
        ({"since": 1, "until": 1 << 62}, None),
        ({}, None),
    ],
)
def test_a_gap_makes_sense_or_is_none(detail: dict[str, str | int | float | bool | None], samples: int | None) -> None:
    found = gap_of("lincoln", Event(1, NOW, "agent.gap", "minor", detail))
    assert (found.samples if found else None) == samples
