"""Every folder of cases: the answers of a display, against the reading that was checked by hand."""

import json
from pathlib import Path

import pytest

from protocols.drivers.display.decode import decode

CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str) -> None:
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    reading = decode(json.loads((CASES / name / "input.json").read_bytes()))
    assert [list(sample[:3]) for sample in reading.samples] == expected["samples"]
    assert reading.attributes == expected["attributes"]
