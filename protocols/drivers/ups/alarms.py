"""The alarms of a UPS by one name each, whoever tells them. Pure.

UPS-MIB: upsWellKnownAlarms (RFC 1628). APC: the flags of upsBasicStateOutputState (PowerNet-MIB), counted from 1.
XUPS-MIB: the identities below xupsAlarm. NUT: tokens of `ups.status` (NUT developer guide, "status data").
"""

from collections.abc import Iterable
from typing import NamedTuple


class Alarm(NamedTuple):
    """One alarm: its label, the well-known alarm's number, APC's flags, NUT's token, Eaton's alarms. `usual`: told as no, too."""

    label: str
    well_known: int | None = None
    apc: tuple[int, ...] = ()
    nut: str | None = None
    xups: tuple[int, ...] = ()
    usual: bool = False


ALARMS = (
    Alarm("on-battery", 2, (2,), "OB", xups=(3,), usual=True),
    Alarm("low-battery", 3, (3,), "LB", xups=(4,), usual=True),
    Alarm("battery-depleted", 4, (11,), xups=(9,)),
    Alarm("replace-battery", 1, (5,), "RB", xups=(23,), usual=True),
    Alarm("no-battery", None, (33,)),
    Alarm("overload", 8, (9,), "OVER", xups=(7,), usual=True),
    Alarm("bypass", 9, (12, 13, 14, 15, 16), "BYPASS", xups=(11,), usual=True),
    Alarm("bypass-bad", 10, xups=(12,)),
    Alarm("temperature", 5, (26, 28, 45), xups=(29, 31), usual=True),
    Alarm("charger-failed", 13, (25,), xups=(32,), usual=True),
    Alarm("fan-failed", 16, (41,), xups=(33,)),
    Alarm("fuse-failed", 17, xups=(34,)),
    Alarm("input-bad", 6, xups=(14,)),
    Alarm("output-bad", 7, (24,)),
    Alarm("output-off", 14, (58,), "OFF", xups=(13,)),
    Alarm("emergency-off", None, (53,)),
    Alarm("off", 15),
    Alarm("fault", 18, (23, 37, 38, 39, 42, 43, 48, 49, 50, 56), "ALARM", xups=(8, 10, 36), usual=True),
    Alarm("test-failed", 19, xups=(25,)),
    Alarm("communication-lost", 20, xups=(26,), usual=True),
    Alarm("battery-communication-lost", None, (21,)),
    Alarm("awaiting-power", 21, (18,)),
    Alarm("shutdown", 22, (22, 31, 32), "FSD", xups=(27,)),
    Alarm("shutdown-imminent", 23, xups=(16,)),
    Alarm("testing", 24, (29,), xups=(28,)),
    Alarm("calibrating", None, (10,), "CAL"),
)
"""Left out: output or UPS off as requested (11, 12), which is what somebody wanted."""
WELL_KNOWN = "1.3.6.1.2.1.33.1.6.3."
WANTED = {f"{WELL_KNOWN}11", f"{WELL_KNOWN}12"}
XUPS = "1.3.6.1.4.1.534.1.7."
REMARKS = {f"{XUPS}{number}" for number in (5, 6, 17, 21, 22, 24, 39)}
"""Eaton's that are no alarms: power restored, low battery over, on inverter, entry added, removed, off as requested, notice."""
OTHER = "other"
LOST = "communication-lost"


def from_oids(told: Iterable[str]) -> set[str]:
    """The labels of the OIDs of upsAlarmDescr and xupsAlarmDescr; a vendor's own is `other`."""
    names = {f"{WELL_KNOWN}{alarm.well_known}": alarm.label for alarm in ALARMS if alarm.well_known}
    names |= {f"{XUPS}{number}": alarm.label for alarm in ALARMS for number in alarm.xups}
    return {names.get(oid, OTHER) for oid in (each.removesuffix(".0") for each in told) if oid not in WANTED | REMARKS}


ON_BATTERY, ON_LINE, SERIAL = 2, 4, 6
"""APC's flags: what feeds the load, and that the card and the UPS speak with each other."""


def from_flags(flags: str) -> set[str]:
    """The labels of APC's 64 characters of 0 and 1.

    The card has lost its UPS when it says so and knows no source; all zeros are an agent that does not fill the flags.
    """
    up = {number for number, sign in enumerate(flags, 1) if sign == "1"}
    present = {alarm.label for alarm in ALARMS if up.intersection(alarm.apc)}
    return present | {LOST} if up and not up & {ON_BATTERY, ON_LINE, SERIAL} else present


def from_tokens(status: str) -> set[str]:
    """The labels of NUT's status."""
    tokens = status.split()
    return {alarm.label for alarm in ALARMS if alarm.nut in tokens}


USUAL = frozenset(alarm.label for alarm in ALARMS if alarm.usual)
USUAL_OF_NUT = frozenset(alarm.label for alarm in ALARMS if alarm.usual and (alarm.nut or alarm.label == LOST))
"""Of what a source has no word for, it does not say no."""
