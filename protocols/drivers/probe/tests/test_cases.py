"""Every folder of cases: what was fetched, against the reading that was checked by hand."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from protocols.drivers.probe.answers import Answer
from protocols.drivers.probe.decode import decode
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.target import check_options, read_aim
from protocols.options import read_options

CASES = Path(__file__).parents[1] / "cases"
NOW_MS = 1_760_000_000_000


class Case(msgspec.Struct):
    address: str
    answer: Answer
    options: dict[str, Any] = {}


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str) -> None:
    case = msgspec.json.decode((CASES / name / "input.json").read_bytes(), type=Case)
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    aim, options = read_aim(case.address, "case"), read_options(case.options, ProbeOptions, "case")
    check_options(aim, options, "case")
    reading = decode(case.answer, aim, options, NOW_MS)
    assert [[metric, label, pytest.approx(value)] for metric, label, value, *_ in reading.samples] == expected[
        "samples"
    ]
    assert reading.attributes == expected["attributes"]
