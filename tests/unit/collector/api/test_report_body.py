"""What is counted of a report's body, however it is cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.api.report_body import KEPT, ReportBody


def body(*chunks: bytes) -> ReportBody:
    made = ReportBody()
    for chunk in chunks:
        made.take(chunk)
    return made


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("id,name\n", 0),
        ("id,name\r\n1,a\r\n2,b", 2),
        ("\ufeffid;name\n1;a\n", 1),
        ('"Student ID","First Name","DOB (m/d/y)"\n', 0),
        ("id\tname\r1\ta\r", 1),
        ("\n\nid|name\n\n1|a\n   \n2|b\n\n", 2),
        ("", None),
        ("ok", None),
        ("Backup finished, 3 files\n", None),
        ("Backup finished, 3 files\nall is well, too\n", None),
        ('{"rows":1,"files":2}\n', None),
        ("rows=5,files=2\n", None),
        ("2026-11-30 10:00:00,123 INFO done\n2026-11-30 10:00:01,009 INFO bye\n", None),
        ("1001,Smith\n1002,Jones\n", None),
        ("id,name", None),
        ("done,OK\n", None),
        ("<p>a,b</p>\n", None),
    ],
)
def test_rows_are_those_of_what_begins_as_a_table(text: str, rows: int | None) -> None:
    assert body(text.encode()).rows(is_csv=False) == rows
    assert body("\ufeff".encode("utf-16-le"), text.encode("utf-16-le")).rows(is_csv=False) == rows


@pytest.mark.parametrize(("text", "rows"), [("", 0), ("1,2\n", 0), ("Name\nAnn\nBob\n", 2)])
def test_what_is_said_to_be_csv_is_counted_as_it_is(text: str, rows: int) -> None:
    assert body(text.encode()).rows(is_csv=True) == rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["\u010aensu", "\u0a05\u0a2e\u0a30", "\u0d00", "\u0d0a\u0a0d", "\u2020", "\ufffe"])
def test_a_letter_of_which_half_looks_like_the_end_of_a_line_ends_none(encoding: str, name: str) -> None:
    whole = f"\ufeffid,name\r\n1,{name}\r\n{name}\r\n\r\n".encode(encoding)
    for size in (1, 2, 3, len(whole)):
        pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
        assert (body(*pieces).rows(is_csv=False), body(*pieces).size) == (2, len(whole))


@given(
    st.text(alphabet="a,\r\n \t\u010a\u0a05\u0d0d\U0001f40a", max_size=60),
    st.sampled_from(["utf-16-le", "utf-16-be"]),
    st.lists(st.integers(0, 140), max_size=6),
)
def test_in_utf_16_the_rows_are_those_of_the_same_text_in_utf_8(text: str, encoding: str, cuts: list[int]) -> None:
    whole = f"\ufeff{text}".encode(encoding)
    ends = sorted(min(cut, len(whole)) for cut in cuts)
    cut = body(*(whole[start:end] for start, end in zip([0, *ends], [*ends, len(whole)], strict=True)))
    plain = body(text.encode())
    assert (cut.text, cut.rows(True), cut.rows(False)) == (text, plain.rows(True), plain.rows(False))


@given(st.text(alphabet="a,\r\n \t\x85\u2028é", max_size=60), st.lists(st.integers(0, 70), max_size=6))
def test_where_it_is_cut_changes_nothing(text: str, cuts: list[int]) -> None:
    whole = text.encode()
    ends = sorted(min(cut, len(whole)) for cut in cuts)
    pieces = [whole[start:end] for start, end in zip([0, *ends], [*ends, len(whole)], strict=True)]
    cut, at_once = body(*pieces), body(whole)
    assert (cut.size, cut.text, cut.rows(True), cut.rows(False)) == (
        len(whole), text, at_once.rows(True), at_once.rows(False)
    )  # fmt: skip


def test_only_the_beginning_is_held() -> None:
    long = body(*["é".encode() * 100_000] * 10)
    assert long.text == "é" * KEPT
    assert len(long._head) == 4 * KEPT


def test_half_a_pair_of_utf_16_is_no_end() -> None:
    assert body(b"\xff\xfe", b"a\0,\0\x00\xd8\n\0", b"1\0\n\0", b"\x0a").rows(is_csv=True) == 1
