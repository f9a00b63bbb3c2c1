"""Identities in the spellings that devices have for them, and what identifies nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.identity.who import MOST_MACS, NOBODY, Identity, joined, macs_of, read_identity, same, serial_of, uuid_of

MAC, OTHER = frozenset({"00:1b:a9:11:22:33"}), frozenset({"00:1b:a9:44:55:66"})


@pytest.mark.parametrize("text", ["CNB1234567", " cnb1234567 ", "Cnb1234567\n"])
def test_a_serial_is_one_in_every_spelling(text: str) -> None:
    assert serial_of(text) == "CNB1234567"


@pytest.mark.parametrize(
    "text",
    [None, "", "0", "00000000", "XXXXXXXX", "xxx-000", "N/A", "Unknown", "123456789", "0123456789", "None", "ab",
     "To Be Filled By O.E.M.", "System Serial Number", "Serial No.", "7" * 101],
)  # fmt: skip
def test_a_serial_that_every_unit_has_is_none(text: object) -> None:
    assert serial_of(text) == ""


@pytest.mark.parametrize(
    "text",
    ["urn:uuid:4509A320-00a0-008f-00b6-002507510eca", "{4509a320-00a0-008f-00b6-002507510eca}", "4509a32000a0008f00b6002507510eca"],
)  # fmt: skip
def test_a_uuid_is_one_in_every_spelling(text: str) -> None:
    assert uuid_of(text) == "4509a320-00a0-008f-00b6-002507510eca"


@pytest.mark.parametrize("text", [None, "", "no", "0" * 32, "ffffffff-ffff-ffff-ffff-ffffffffffff"])
def test_a_uuid_that_every_unit_has_is_none(text: object) -> None:
    assert uuid_of(text) == ""


def test_macs_are_read_from_a_list_without_those_that_are_shared() -> None:
    text = "00-1B-A9-11-22-33, 001ba9445566,00:00:00:00:00:00,ff:ff:ff:ff:ff:ff,00:00:5e:00:01:0a,01:00:5e:00:00:fb,x"
    assert macs_of(text) == MAC | OTHER


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        (Identity("A11"), Identity("A11"), True),
        (Identity("A11"), Identity("B22"), False),
        (Identity("A11", macs=MAC), Identity("B22", macs=MAC), True),
        (Identity("A11", "u", MAC), Identity("A11", "v", OTHER), True),
        (Identity("A11"), Identity("", "u"), None),
        (Identity(macs=MAC), Identity(macs=OTHER), False),
        (NOBODY, Identity("A11"), None),
    ],
)
def test_what_agrees_makes_one_thing_and_only_what_both_say_makes_two(
    one: Identity, other: Identity, says: bool | None
) -> None:
    assert same(one, other) is says
    assert same(other, one) is says


def test_what_is_found_last_stands_before_what_was_known() -> None:
    assert joined(Identity("A11", "u", MAC), Identity("A11", "v", OTHER)) == Identity("A11", "v", MAC | OTHER)
    assert joined(Identity("A11"), NOBODY) == Identity("A11")


def test_a_list_without_signs_and_without_end_is_bounded() -> None:
    assert len(macs_of("".join(f"001ba9{number:06x}" for number in range(500)))) == MOST_MACS


@given(st.dictionaries(st.sampled_from(["serial", "uuid", "mac"]), st.text() | st.integers() | st.none() | st.binary()))
def test_any_attributes_make_an_identity_of_bounded_size(attributes: dict[str, object]) -> None:
    found = read_identity(attributes)
    assert len(found.serial) <= 100
    assert len(found.macs) <= 64
    assert found.words
