"""Every folder of cases: what a UPS answered, by OID or by NUT's variable, and the reading that follows."""

import json

import pytest

from protocols.drivers.ups import decode, nut_variables
from protocols.drivers.ups.mibs import MIBS
from protocols.drivers.ups.tests.conftest import CASES


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str) -> None:
    given = json.loads((CASES / name / "input.json").read_bytes())
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    if "nut" in given:
        reading = nut_variables.decode(given["nut"], "school", given["now"])
    else:
        found = given["found"]
        having = [mib for mib in MIBS if any(row.oid in found for row in mib.rows)]
        reading = decode.decode(found, having, given["alarms"], given["now"])
    assert [list(sample[:3]) for sample in reading.samples] == expected["samples"]
    assert reading.attributes == expected["attributes"]
