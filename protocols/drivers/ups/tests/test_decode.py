"""Numbers, dates, alarms and addresses; and that whatever a UPS says, a reading is made of it or nothing."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.address import Place
from protocols.drivers.ups import decode, nut_variables
from protocols.drivers.ups.address import Where, read_address
from protocols.drivers.ups.alarms import ALARMS, from_flags, from_oids, from_tokens
from protocols.drivers.ups.mibs import MIBS, identity, polled
from protocols.drivers.ups.nut import words
from protocols.drivers.ups.quantities import MINUTES, PERCENT, TENTHS_VOLT, TICKS, day, days_since
from protocols.errors import OptionError
from protocols.metrics import BY_NAME

NOW = 1_767_000_000_000


@pytest.mark.parametrize(
    ("read", "said", "value"),
    [
        (MINUTES, 31, 1860.0),
        (MINUTES, -1, None),
        (MINUTES, 2**31 - 1, None),
        (TICKS, 222_000, 2220.0),
        (TENTHS_VOLT, 1213, 121.3),
        (TENTHS_VOLT, 0, 0.0),
        (PERCENT, "91", 91.0),
        (PERCENT, "nan", None),
        (PERCENT, b"12", 12.0),
        (PERCENT, 101, None),
        (PERCENT, "1e999", None),
    ],
)
def test_numbers(read, said, value) -> None:  # type: ignore[no-untyped-def]
    assert read(said) == value


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ("03/14/2023", date(2023, 3, 14)),
        ("3/4/23", date(2023, 3, 4)),
        ("31/01/2025", date(2025, 1, 31)),
        ("2025/01/31", date(2025, 1, 31)),
        ("2025-01-31 07:00", date(2025, 1, 31)),
        (b"12/30/99\0", date(1999, 12, 30)),
        ("00/00/0000", None),
        ("13/13/2020", None),
        ("unknown", None),
        ("", None),
        (7, None),
    ],
)
def test_dates(said: str | bytes | int, then: date | None) -> None:
    assert day(said) == then


def test_days_since_a_date() -> None:
    assert days_since("12/22/2025", NOW) == 7
    assert days_since("12/31/2025", NOW) == -2


def test_alarms_have_one_name_each() -> None:
    assert len({alarm.label for alarm in ALARMS}) == len(ALARMS)
    assert from_oids(["1.3.6.1.2.1.33.1.6.3.2", "1.3.6.1.2.1.33.1.6.3.11", "1.3.6.1.4.1.9.9"]) == {
        "on-battery",
        "other",
    }
    assert from_flags("01" + "0" * 62) == {"on-battery"}
    assert from_flags("") == from_flags("x" * 64) == set()
    assert from_tokens("OB LB OVER") == {"on-battery", "low-battery", "overload"}


@pytest.mark.parametrize(
    ("address", "protocol", "where"),
    [
        ("10.1.2.3", "auto", Where(Place("10.1.2.3", 161), Place("10.1.2.3", 3493), None)),
        ("10.1.2.3:1161", "snmp", Where(Place("10.1.2.3", 1161), None, None)),
        ("nut://server", "auto", Where(None, Place("server", 3493), None)),
        ("nut://[fd00::1]:13493/ups", "nut", Where(None, Place("fd00::1", 13493), "ups")),
        ("server/ups", "nut", Where(None, Place("server", 3493), "ups")),
    ],
)
def test_addresses(address: str, protocol: str, where: Where) -> None:
    assert read_address(address, protocol, "x") == where


@pytest.mark.parametrize(
    ("address", "protocol"),
    [
        ("", "auto"),
        ("nut://", "auto"),
        ("nut://x/ups", "snmp"),
        ("nut://x/a b", "nut"),
        ('nut://x/a"\nSET', "nut"),
        ("a/b", "snmp"),
    ],
)
def test_wrong_addresses(address: str, protocol: str) -> None:
    with pytest.raises(OptionError, match="address"):
        read_address(address, protocol, "device 'x'")


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (r'VAR ups device.mfr "a \"b\" \\ c"', ["VAR", "ups", "device.mfr", r'a "b" \ c']),
        ('VAR ups x ""', ["VAR", "ups", "x", ""]),
        ("", []),
        ('"open', ["open"]),
        ("end\\", ["end"]),
    ],
)
def test_a_line_of_nut(line: str, parts: list[str]) -> None:
    assert words(line) == parts


ANYTHING = st.one_of(st.integers(), st.floats(), st.text(), st.binary(), st.sampled_from([10**400, -1, 2**64]))
OIDS = st.sampled_from([oid for mib in MIBS for oid in (*polled(mib), *identity(mib))])
VARIABLES = [row.variable for row in nut_variables.ROWS] + [
    "ups.status",
    "battery.date",
    "ups.test.result",
    "ups.alarm",
]


@given(st.dictionaries(OIDS, ANYTHING), st.lists(st.text(max_size=30)))
def test_whatever_an_agent_says_can_be_sent(found: dict[str, object], told: list[str]) -> None:
    check(decode.decode(found, MIBS, told, NOW))  # type: ignore[arg-type]


@given(st.dictionaries(st.sampled_from(VARIABLES), st.text()))
def test_whatever_a_server_says_can_be_sent(variables: dict[str, str]) -> None:
    check(nut_variables.decode(variables, "ups", NOW))


def check(reading) -> None:  # type: ignore[no-untyped-def]
    keys = [(sample.metric, sample.label) for sample in reading.samples]
    assert len(set(keys)) == len(keys)
    for sample in reading.samples:
        metric = BY_NAME[sample.metric]
        assert math.isfinite(sample.value)
        assert metric.states is None or int(sample.value) in metric.states
        assert (sample.label is None) == (metric.label is None)
    for value in reading.attributes.values():
        assert value is None or (len(str(value)) <= 200 and str(value).isprintable())
