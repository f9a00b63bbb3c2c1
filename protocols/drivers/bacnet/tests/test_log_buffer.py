"""Records of a trend log: what bytes mean, and which of them fill a gap."""

from typing import Any

import pytest
from bacpypes3.apdu import APCISequence, ComplexAckPDU, ConfirmedRequestPDU, ReadRangeRequest
from bacpypes3.errors import RejectException
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.drivers.bacnet.decode import MISSING, Constructed, Ref, reference
from protocols.drivers.bacnet.gaps import OUT_OF_ORDER, Gap, Walk
from protocols.drivers.bacnet.log_buffer import ReadRange, Record, records
from protocols.drivers.bacnet.messages import Mismatch
from protocols.drivers.bacnet.simulator.trend_log import Entry, encoded

LOG = (20, 7)
AT = 1_760_000_000_000
HEAD = b"\x0c\x05\x00\x00\x07\x19\x83\x3a\x05\xc0\x49\x01"
RECORD = encoded([Entry(AT, {"realValue": 21.35})])
OPEN, CLOSE = b"\x5e", b"\x5f"


def answered(content: bytes) -> list[Record]:
    answer = ComplexAckPDU(service_choice=ReadRangeRequest.service_choice, invoke_id=1)
    answer.put_data(content)
    return records(answer, LOG)


@pytest.mark.parametrize(
    ("datum", "value"),
    [
        ({"realValue": 21.35}, 21.35),
        ({"booleanValue": True}, 1.0),
        ({"enumValue": 300}, 300.0),
        ({"unsignedValue": 70_000}, 70_000.0),
        ({"signedValue": -5}, -5.0),
        ({"realValue": float("inf")}, None),
        ({"logStatus": [1, 0, 0]}, None),
        ({"bitstringValue": [1, 0, 1]}, None),
        ({"nullValue": ()}, None),
        ({"failure": {"errorClass": "object", "errorCode": "unknown-object"}}, None),
    ],
)
def test_a_record_as_another_library_encodes_it(datum: dict[str, Any], value: float | None) -> None:
    assert answered(HEAD + OPEN + encoded([Entry(AT + 250, datum)]) + CLOSE) == [Record(AT + 250, value)]


def test_a_change_of_clock_is_told_with_its_seconds() -> None:
    assert answered(HEAD + OPEN + encoded([Entry(AT, {"timeChange": -30.5})]) + CLOSE) == [Record(AT, None, -30.5)]


def test_a_double_as_any_value() -> None:
    item = RECORD[:12] + b"\x1e\xae\x55\x08" + b"\x40\x59\x00\x00\x00\x00\x00\x00" + b"\xaf\x1f"
    assert answered(HEAD + OPEN + item + CLOSE) == [Record(AT, 100.0)]


def test_a_record_without_a_whole_time_is_left_out() -> None:
    assert RECORD[:3] == b"\x0e\xa4\x7d"
    unknown = b"\x0e\xa4\xff\xff\xff\xff" + RECORD[6:]
    assert answered(HEAD + OPEN + unknown + RECORD + CLOSE) == [Record(AT, 21.35)]


def test_no_records() -> None:
    assert answered(HEAD[:-1] + b"\x00" + OPEN + CLOSE) == []


@pytest.mark.parametrize("head", [HEAD.replace(b"\x07", b"\x08", 1), HEAD.replace(b"\x83", b"\x55")])
def test_another_log_or_property_is_not_taken(head: bytes) -> None:
    with pytest.raises(Mismatch, match="not asked for"):
        answered(head + OPEN + RECORD + CLOSE)


@given(st.binary(max_size=200))
@example(b"")
@example(HEAD + OPEN)
@example(HEAD + OPEN * 200)
@example(HEAD + b"\x58")
@example(HEAD + OPEN + b"\x0e\x0f\x1e\x1f" + CLOSE)
@example(HEAD + OPEN + RECORD[:12] + b"\x1e\x2f\x1f" + CLOSE)
def test_any_bytes(content: bytes) -> None:
    for whole in (content, HEAD + OPEN + content + CLOSE, HEAD + OPEN + RECORD + content + CLOSE):
        try:
            found = answered(whole)
        except (Mismatch, RejectException, ValueError, AttributeError, TypeError):
            continue
        assert len(found) <= len(whole)


@given(st.integers(0, len(RECORD) * 3 - 1), st.integers(0, 255))
def test_records_with_a_byte_changed(place: int, byte: int) -> None:
    items = bytearray(RECORD * 3)
    items[place] = byte
    try:
        answered(HEAD + OPEN + bytes(items) + CLOSE)
    except (Mismatch, RejectException, ValueError, AttributeError, TypeError):
        return


@pytest.mark.parametrize(("first", "count"), [(1, 1), (255, 60), (256, 2), (70_000, 127)])
def test_the_request_is_the_librarys_own(first: int, count: int) -> None:
    request = ReadRange(LOG, first, count)
    copy = ConfirmedRequestPDU(service_choice=request.apduService)
    copy.put_data(bytes(request.pduData))
    read = APCISequence.decode(copy)
    assert isinstance(read, ReadRangeRequest)
    assert (int(read.objectIdentifier[1]), int(read.propertyIdentifier)) == (7, 131)
    assert (int(read.range.byPosition.referenceIndex), int(read.range.byPosition.count)) == (first, count)


def test_which_property_a_log_records() -> None:
    point, property_id, device = Constructed(0, b"\x00\x00\x00\x01"), Constructed(1, b"\x55"), b"\x02\x00\x03\xe9"
    assert reference((point, property_id)) == (Ref((0, 1), 85), None)
    assert reference((point, property_id, Constructed(2, b"\x08"))) == (Ref((0, 1), 85, 8), None)
    assert reference((point, property_id, Constructed(3, device))) == (Ref((0, 1), 85), (8, 1001))
    assert [reference(each) for each in (MISSING, None, (), point, "text", (1, 2), 5)] == [None] * 7


def minutes(*places: float) -> list[Record]:
    return [Record(AT + round(place * 60_000), place) for place in places]


def walked(page: list[Record], *gaps: tuple[int, int], ahead: float = 0.0) -> list[tuple[float, float]]:
    """Minute and value of what fills the gaps, which are given in minutes."""
    walk = Walk([Gap(AT + start * 60_000, AT + end * 60_000) for start, end in gaps], ahead)
    return [((at - AT) / 60_000, value) for at, value in walk.take(page)]


def test_only_what_lies_within_a_gap() -> None:
    assert walked(minutes(*range(10)), (2, 5), (7, 9)) == [(8, 8), (4, 4), (3, 3)]


def test_a_clock_ahead_is_taken_off() -> None:
    assert walked(minutes(100, 101, 102), (0, 10), ahead=99 * 60_000) == [(3, 102), (2, 101), (1, 100)]


def test_records_before_a_change_of_clock_are_moved_with_it() -> None:
    """At minute 4 the clock was set one hour ahead: what it calls 2 and 3 was at 62 and 63."""
    page = [*minutes(2, 3), Record(AT + 64 * 60_000, None, 3600.0), *minutes(65, 66)]
    assert walked(page, (0, 100)) == [(66, 66), (65, 65), (63, 3), (62, 2)]


def test_nothing_before_a_change_that_is_not_known() -> None:
    page = [*minutes(2, 3), Record(AT + 64 * 60_000, None, 0.0), *minutes(65, 66)]
    assert walked(page, (0, 100)) == [(66, 66), (65, 65)]


def test_records_seen_twice_are_told_once() -> None:
    walk = Walk([Gap(AT, AT + 3_600_000)], 0.0)
    assert len(walk.take(minutes(5, 6, 7))) == 3
    assert walk.take(minutes(4, 5, 6)) == [(AT + 240_000, 4)]
    assert not walk.is_over


def test_a_clock_that_was_set_back_untold_ends_the_walk() -> None:
    walk = Walk([Gap(AT, AT + 3_600_000)], 0.0)
    walk.take(minutes(5))
    assert walk.take(minutes(1, 2, *range(10, 11 + OUT_OF_ORDER))) == []
    assert walk.is_over


def test_a_walk_is_over_where_the_gap_begins() -> None:
    walk = Walk([Gap(AT, AT + 3_600_000)], 0.0)
    walk.take(minutes(1, 2))
    assert not walk.is_over
    walk.take(minutes(-1, 0))
    assert walk.is_over
