"""A list of devices as people write it: matched, refused by line, and harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.fleet.device_list import Outcome, judge
from collector.store.links import Link

KNOWN = [
    {"id": 1, "building": "Lincoln MS", "kind": "switch", "key": "idf", "name": "IDF-2", "address": "10.0.0.1", "mac": None},
    {"id": 2, "building": "Lincoln MS", "kind": "printer", "key": "p4", "name": "Printer 4", "address": "10.0.0.4", "mac": "02:00:00:00:00:04"},
    {"id": 3, "building": "Lincoln MS", "kind": "ups", "key": "ups", "name": "UPS", "address": None, "mac": None},
    {"id": 4, "building": "East", "kind": "switch", "key": "idf", "name": "IDF-2", "address": "10.0.0.1", "mac": None},
]  # fmt: skip
HEADER = "building,kind,name,address,room,parent,options\n"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_row_is_matched_whatever_a_spreadsheet_made_of_the_file(mark: str, separator: str, end: str) -> None:
    text = HEADER + "lincoln ms,printer,'=Front office,02-00-00-00-00-04,112,IDF-2,power=UPS\n"
    found = judge((mark + text.replace(",", separator).replace("\n", end)).encode(), KNOWN)
    assert found.flaws == []
    assert found.wanted == [(2, "=Front office", "112", (Link(1, "uplink"), Link(3, "power")), ())]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("West,,Printer 4,,,,", "building", "no building 'West'"),
        ("Lincoln MS,switch,Printer 4,,,,", "kind", "it is a printer"),
        ("Lincoln MS,,Printer 4,,,IDF-9,", "parent", "is 'IDF-9'"),
        ("Lincoln MS,,Printer 4,,,Printer 4,", "parent", "the device itself"),
        ("Lincoln MS,,Printer 4,,,,power", "options", "none of power="),
        ("Lincoln MS,,Printer 4,,", "", "5 cells"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(row: str, column: str, words: str) -> None:
    (flaw,) = judge((HEADER + row + "\n").encode(), KNOWN).flaws
    assert (flaw.line, flaw.column) == (2, column)
    assert words in flaw.detail


def test_a_device_that_nobody_reads_is_reported_and_no_error() -> None:
    found = judge((HEADER + "Lincoln MS,printer,Printer 9,10.0.0.9,,,\n").encode(), KNOWN)
    assert (found.flaws, found.wanted, len(found.unmatched)) == ([], [], 1)


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: (HEADER + text).encode("utf-8", "replace")))
def test_whatever_is_sent_is_judged(raw: bytes) -> None:
    assert isinstance(judge(raw, KNOWN), Outcome)
