"""Every folder of cases: what a controller or an OSDP device said, against what it means."""

import json
from pathlib import Path

import pytest

from protocols.drivers.door.decode import door, door_samples
from protocols.drivers.door.osdp.decode import Wiring, attributes, samples
from protocols.drivers.door.osdp.reader import Identity, read_capabilities
from protocols.transports.soap.xml import parse

CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("door-*")))
def test_case_of_a_door(name: str) -> None:
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    words = door(parse((CASES / name / "input.xml").read_bytes()))
    assert [list(sample[:3]) for sample in door_samples("Gym North", words)] == expected["samples"]


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("osdp-*")))
def test_case_of_an_osdp_device(name: str) -> None:
    given = json.loads((CASES / name / "input.json").read_bytes())
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    reports = {int(code, 16): bytes.fromhex(octets) for code, octets in given["reports"].items()}
    wiring = Wiring("Dock", given["position_input"], given["open_when_active"])
    assert [list(sample[:3]) for sample in samples(reports, wiring)] == expected["samples"]
    identity = Identity(bytes.fromhex(given["pdid"]), read_capabilities(bytes.fromhex(given["pdcap"])))
    assert attributes(identity) == expected["attributes"]
