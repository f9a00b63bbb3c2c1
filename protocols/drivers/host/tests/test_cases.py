"""Every folder of cases: a snapshot and the one before it, against the reading that was checked by hand."""

import json
from pathlib import Path

import msgspec
import pytest

from protocols.drivers.host.decode import decode
from protocols.drivers.host.snapshot import Snapshot

CASES = Path(__file__).parents[1] / "cases"


class Pair(msgspec.Struct):
    previous: Snapshot | None
    current: Snapshot


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str) -> None:
    pair = msgspec.json.decode((CASES / name / "input.json").read_bytes(), type=Pair)
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    reading = decode(pair.previous, pair.current)
    assert [list(sample[:3]) for sample in reading.samples] == expected["samples"]
    assert reading.attributes == expected["attributes"]
