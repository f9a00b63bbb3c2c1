"""Every folder of cases: polls as they were fetched, against the last reading, which was worked out by hand.

An input names columns as `oids.py` does, or by their OID. A later poll says what is other than in the one before. Texts are
octets; `0x…` are octets in hexadecimal, `oid:…` is an OBJECT IDENTIFIER.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from protocols.drivers.network import oids
from protocols.drivers.network.columns import said, scalar
from protocols.drivers.network.decode import Fetched, Memory
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.profile import built_in, choose
from protocols.transports.snmp.values import Value

CASES = Path(__file__).parents[1] / "cases"


def value(written: int | str) -> Value:
    if isinstance(written, int):
        return written
    if written.startswith("oid:"):
        return written[4:]
    return bytes.fromhex(written[2:]) if written.startswith("0x") else written.encode()


def read(polls: list[dict[str, Any]]) -> list[Any]:
    columns: dict[str, dict[str, Value]] = {}
    memory, readings = None, []
    for poll in polls:
        for name, cells in poll["values"].items():
            oid = name if "." in name else getattr(oids, name)
            columns[oid] = columns.get(oid, {}) | {index: value(each) for index, each in cells.items()}
        if memory is None:
            memory = Memory(NetworkOptions(), choose(built_in(), said(scalar(columns, oids.SYS_OBJECT_ID)) or ""))
        if poll.get("inventory"):
            memory.learn({oid: dict(cells) for oid, cells in columns.items()})
        fetched = Fetched(poll["at"], columns, poll.get("inventory", False), poll.get("slow", False))
        readings.append(memory.read(fetched))
    return readings


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str) -> None:
    polls = json.loads((CASES / name / "input.json").read_bytes())["polls"]
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    readings = read(polls)
    last = readings[-1]
    rows = [[*sample[:3], *([sample.unit] if sample.unit else [])] for sample in last.samples]
    assert [[row[0], row[1], *row[3:]] for row in rows] == [[row[0], row[1], *row[3:]] for row in expected["samples"]]
    assert [row[2] for row in rows] == pytest.approx([row[2] for row in expected["samples"]])
    assert {key: told for each in readings for key, told in each.attributes.items()} == expected["attributes"]
    if "events" in expected:
        assert [event.kind for event in last.events] == expected["events"]
    if "neighbours" in expected:
        assert [list(row) for row in last.neighbours] == expected["neighbours"]
