"""Whatever bytes a device answers, they are values or an error that the client knows."""

import json
from pathlib import Path

import pytest
from bacpypes3.apdu import ComplexAckPDU
from bacpypes3.errors import RejectException
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.drivers.bacnet.decode import Bits, ReadError, Ref, command_priority, flags, number, objects, text
from protocols.drivers.bacnet.messages import Mismatch, multiple_answer

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


def test_an_error_is_no_bits_and_no_number() -> None:
    assert not isinstance(ReadError(2, 32), Bits)
    assert number(ReadError(2, 32)) is None
