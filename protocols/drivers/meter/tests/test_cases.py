"""Every folder of cases: a map and registers, against the reading that was worked out by hand."""

import json
from pathlib import Path

import pytest

from protocols.drivers.meter.decode import decode
from protocols.drivers.meter.register_map import read_map

CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str) -> None:
    given = json.loads((CASES / name / "input.json").read_bytes())
    chosen = read_map("\n".join(given["map"]), name)
    words = {
        int(at, 0) + place: int(word, 16)
        for at, line in given["registers"].items()
        for place, word in enumerate(line.split())
    }
    reading = decode(chosen.register, words, chosen.word_order)
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    assert [list(sample[:3]) for sample in reading.samples] == expected["samples"]
    assert reading.attributes == expected["attributes"]
