"""Whatever bytes a device answers, they are values or an error that the client knows."""

import json
import math
from pathlib import Path

import pytest
from bacpypes3.apdu import ComplexAckPDU
from bacpypes3.errors import RejectException
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.drivers.bacnet.decode import (
    MISSING,
    Bits,
    ReadError,
    Ref,
    command_priority,
    flags,
    number,
    objects,
    text,
)
from protocols.drivers.bacnet.inventory import Inventory, Item
from protocols.drivers.bacnet.messages import Mismatch, multiple_answer
from protocols.drivers.bacnet.points import STATE, label, polled
from protocols.drivers.bacnet.readings import Readings

CASES = Path(__file__).parents[1] / "cases"
VALID = [bytes.fromhex(json.loads(path.read_bytes())["apdu"])[3:] for path in sorted(CASES.glob("*/input.json"))]
ASKED = [Ref((0, 1), 85), Ref((0, 1), 111), Ref((1, 1), 87), Ref((19, 1), 110), Ref((8, 1), 76)]


def understand(content: bytes) -> None:
    answer = ComplexAckPDU(service_choice=14, invoke_id=1)
    answer.put_data(content)
    try:
        answers = multiple_answer(answer, ASKED)
    except (Mismatch, RejectException, ValueError, AttributeError, TypeError):
        return
    for said in answers.values():
        for meaning in (number, text, flags, objects, command_priority):
            meaning(said)


@given(st.binary(max_size=300))
@example(b"\x0c")
@example(b"\x0c\x00\x00\x00\x01\x1e\x29\x55\x4e")
@example(b"\x0e" * 300)
@example(b"\xfd\xff\xff\xff\xff\xff\xff")
def test_any_bytes(content: bytes) -> None:
    understand(content)


@given(st.sampled_from(VALID), st.integers(0, 400), st.integers(0, 255), st.integers(0, 3))
def test_valid_answers_with_a_byte_changed_and_an_end_cut(valid: bytes, place: int, byte: int, cut: int) -> None:
    place %= len(valid)
    understand((valid[:place] + bytes((byte,)) + valid[place + 1 :])[: len(valid) - cut])


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '=HYPERLINK("x")', "\x1b[31mred", "\u202egnp.exe", "x" * 100_000, "\ud800"]
)
def test_hostile_names_stay_text_and_short(name: str) -> None:
    content = b"\x00" + name.encode("utf-8", "surrogatepass")
    answer = ComplexAckPDU(service_choice=14, invoke_id=1)
    length = (
        b"\x75\xfe" + len(content).to_bytes(2, "big")
        if len(content) < 65536
        else b"\x75\xff" + len(content).to_bytes(4, "big")
    )
    answer.put_data(b"\x0c\x00\x00\x00\x01\x1e\x29\x4d\x4e" + length + content + b"\x4f\x1f")
    said = text(multiple_answer(answer, [Ref((0, 1), 77)])[Ref((0, 1), 77)])
    assert said is not None
    assert len(said) <= 200
    said.encode()


NUMBERS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(10**300, 10**400), st.floats(), st.just(10**400), st.binary()
)
ANSWERS = st.one_of(
    NUMBERS,
    st.text(),
    st.just(MISSING),
    st.builds(Bits, st.lists(st.booleans(), max_size=8)),
    st.tuples(NUMBERS, NUMBERS),
)
ITEMS = [(0, 1), (4, 1), (19, 1), (30, 1), (33, 1)]


@given(st.data())
def test_whatever_a_device_says_a_poll_makes_samples_of_it_or_none(data: st.DataObject) -> None:
    """Not only well-formed nonsense: a door whose state is a text, a reliability of a hundred digits, a date for a number."""
    memory = Readings(Inventory((8, 1), {}, [Item(each, label(each), None, None, None) for each in ITEMS]))
    for _ in range(2):
        answers = {Ref(each, which): data.draw(ANSWERS) for each in ITEMS for which in polled(each)}
        made = memory.samples(answers)
        made += memory.device({Ref((8, 1), which): data.draw(ANSWERS) for which in STATE}, 1_760_000_000_000)
        made += memory.overrides({Ref(each, 87): data.draw(ANSWERS) for each in ITEMS})
        assert all(math.isfinite(sample.value) for sample in made)


def test_an_error_is_no_bits_and_no_number() -> None:
    assert not isinstance(ReadError(2, 32), Bits)
    assert number(ReadError(2, 32)) is None
