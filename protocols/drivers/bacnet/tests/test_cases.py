"""Every folder of cases: the bytes of a ReadPropertyMultiple answer and what was asked, against what they mean; `samples`,
where a case has them, are what a poll makes of it.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from bacpypes3.apdu import APDU
from bacpypes3.pdu import PDU

from protocols.drivers.bacnet.decode import Constructed, ReadError, Ref
from protocols.drivers.bacnet.inventory import Inventory, Item
from protocols.drivers.bacnet.messages import Mismatch, multiple_answer
from protocols.drivers.bacnet.points import label
from protocols.drivers.bacnet.readings import Readings

CASES = Path(__file__).parents[1] / "cases"


def plain(answer: Any) -> Any:
    if isinstance(answer, ReadError):
        return {"error": list(answer)}
    if isinstance(answer, Constructed):
        return {"constructed": answer.number}
    if isinstance(answer, tuple):
        return [plain(item) for item in answer]
    return "nan" if isinstance(answer, float) and math.isnan(answer) else answer


def _holding(asked: list[Ref]) -> Inventory:
    """A device that has the objects asked for."""
    items = [Item(each, label(each), None, None, None) for each in dict.fromkeys(ref.object for ref in asked)]
    return Inventory((8, 1), {}, items)


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str) -> None:
    given = json.loads((CASES / name / "input.json").read_bytes())
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    asked = [Ref(tuple(item), number, *element) for item, number, *element in given["asked"]]
    answer = APDU.decode(PDU(bytes.fromhex(given["apdu"])))
    if "values" in expected:
        answers = multiple_answer(answer, asked)
        assert [plain(answers[ref]) for ref in asked] == expected["values"]
        if "samples" in expected:
            assert [list(sample[:3]) for sample in Readings(_holding(asked)).samples(answers)] == expected["samples"]
    else:
        with pytest.raises(Mismatch if "mismatch" in expected else ValueError):
            multiple_answer(answer, asked)
