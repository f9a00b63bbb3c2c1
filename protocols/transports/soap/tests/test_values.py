"""XML Schema values, well and badly written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.transports.soap.values import boolean, date_time_ms, duration_s, written

NOON = 1_760_011_200_000


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2025-10-09T12:00:00Z", NOON),
        ("2025-10-09T12:00:00", NOON),
        ("2025-10-09T12:00:00.250Z", NOON + 250),
        ("2025-10-09T12:00:00,123456Z", NOON + 123),
        ("2025-10-09T14:00:00+02:00", NOON),
        ("2025-10-09T07:30:00-0430", NOON),
        (" 2025-10-09T12:00:00Z\n", NOON),
        ("2025-10-08T24:00:00Z", NOON - 43_200_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("1970-01-01T00:00:00Z", 0),
    ],
)
def test_a_date_and_time(text: str, ms: int) -> None:
    assert date_time_ms(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2025-13-01T00:00:00Z",
        "2025-02-30T00:00:00Z",
        "2025-10-09",
        "٢٠٢٥-10-09T12:00:00Z",
        "2025-10-09T12:00:00+99:99",
        "9999-12-31T24:00:00Z",
    ],
)
def test_no_date_and_time(text: str) -> None:
    assert date_time_ms(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT20S", 20),
        ("PT1M30.5S", 90.5),
        ("P1DT1H", 90_000),
        ("-PT5S", -5),
        ("P1Y", 31_556_952),
        ("PT0S", 0),
        ("P2M", 5_259_492),
    ],
)
def test_a_duration(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "20", "P1S", "PT1X", "P-1D"])
def test_no_duration(text: str) -> None:
    assert duration_s(text) is None


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("true", True),
        ("1", True),
        (" True ", True),
        ("false", False),
        ("0", False),
        ("", None),
        ("2", None),
        ("yes", None),
    ],
)
def test_a_boolean(text: str, is_so: bool | None) -> None:
    assert boolean(text) is is_so


@given(st.integers(0, 253_402_300_799_999))
def test_what_is_written_is_read(ms: int) -> None:
    assert date_time_ms(written(ms)) == ms


@given(st.text("0123456789-:TZ.+PYMDHS ", max_size=40))
def test_any_text_is_a_value_or_none(text: str) -> None:
    for read in (date_time_ms, duration_s, boolean):
        assert read(text) is None or isinstance(read(text), int | float)
