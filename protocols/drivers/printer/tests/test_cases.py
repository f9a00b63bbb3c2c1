"""Every folder of cases: what a printer answered, against the reading that was checked by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from protocols.drivers.printer.client import Answers
from protocols.drivers.printer.decode import decode
from protocols.drivers.printer.ipp import IppAnswer
from protocols.drivers.printer.merge import Memory

CASES = Path(__file__).parents[1] / "cases"
NOW = 1_760_000_000_000


def octets(value: Any) -> Any:
    """JSON to what SNMP gives: texts are octets, `{"hex": …}` octets, `{"oid": …}` an OID."""
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"]) if "hex" in value else value["oid"]
    return value.encode() if isinstance(value, str) else value


def answers(given: dict[str, Any]) -> Answers:
    mib = {oid: octets(value) for oid, value in given["mib"].items()} if "mib" in given else None
    ipp = IppAnswer(given["ipp"], None) if "ipp" in given else None
    return Answers(mib, ipp, {})


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str) -> None:
    """`then`, where a case has it, is the poll after the first; what is expected is of the last."""
    given = json.loads((CASES / name / "input.json").read_bytes())
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    memory = Memory()
    reading = decode(answers(given), memory, 10.0, NOW, None)
    for after in given.get("then", []):
        reading = decode(answers(after), memory, 10.0, NOW, None)
    quiet = [sample for sample in reading.samples if sample.metric == "printer.error" and not sample.value]
    told = [list(sample[:3]) for sample in reading.samples if sample not in quiet]
    assert told == expected["samples"]
    assert reading.attributes == expected["attributes"]
    events = [[event.kind, event.severity, dict(event.detail), event.time] for event in reading.events]
    assert events == expected.get("events", [])
    assert sorted(str(sample.label) for sample in quiet) == expected.get(
        "over", sorted(str(sample.label) for sample in quiet)
    )
