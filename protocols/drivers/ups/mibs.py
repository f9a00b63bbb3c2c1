"""The MIBs that UPSs have, as rows: metric, OID, how its number is meant. Pure data.

UPS-MIB: RFC 1628. PowerNet-MIB: APC's powernet455.mib. XUPS-MIB: Eaton's EATON-XUPS-MIB (Powerware).
The first row of a metric that the device answers is taken: the more precise ones stand first.
"""

from typing import NamedTuple

from protocols.drivers.ups.quantities import (
    CELSIUS,
    HERTZ,
    LOAD,
    MINUTES,
    PERCENT,
    SECONDS,
    TENTHS_CELSIUS,
    TENTHS_HERTZ,
    TENTHS_LOAD,
    TENTHS_PERCENT,
    TENTHS_VOLT,
    TICKS,
    VOLT,
    WATT,
    Read,
    states,
)


class Row(NamedTuple):
    """One figure: where it is, and how it is meant."""

    metric: str
    label: str | None
    oid: str
    read: Read


class Mib(NamedTuple):
    """What one MIB tells. `attributes`: fact → OID. `dates`: metric → OID of a date; `sign` 1: days since, −1: until."""

    name: str
    rows: tuple[Row, ...]
    attributes: tuple[tuple[str, str], ...]
    dates: tuple[tuple[str, str, int], ...] = ()
    flags: str | None = None
    """APC: upsBasicStateOutputState."""
    vendor: str | None = None


MAINS, BATTERY, BYPASS, NONE, REDUCER, BOOSTER, BATTERY_TEST = range(7)
NORMAL, LOW, DEPLETED, REPLACE, FAULT, MISSING = range(6)
PASSED, WARNING, FAILED, ABORTED, RUNNING, NOT_YET = range(6)
WORSE = (255, NORMAL, REPLACE, FAULT, LOW, DEPLETED, MISSING)
"""States of a battery, where several are told at once the later is meant: an old one that is low is low."""

SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SYSTEM = (
    ("name", "1.3.6.1.2.1.1.5.0"),
    ("location", "1.3.6.1.2.1.1.6.0"),
    ("serial", "1.3.6.1.2.1.47.1.1.1.1.11.1"),  # ENTITY-MIB, entPhysicalSerialNum
)
MACS = ("1.3.6.1.2.1.2.2.1.6.1", "1.3.6.1.2.1.2.2.1.6.2")
"""ifPhysAddress of the first two interfaces: loopback may be one."""

_U = "1.3.6.1.2.1.33.1."
ALARMS_PRESENT = f"{_U}6.1.0"
ALARM_TABLE = f"{_U}6.2.1.2"
TEST_START = f"{_U}7.5.0"
TEST_RESULT = f"{_U}7.3.0"
UPS_MIB = Mib(
    "UPS-MIB",
    (
        Row("ups.battery.state", None, f"{_U}2.1.0", states({2: NORMAL, 3: LOW, 4: DEPLETED})),
        Row("ups.battery.time", None, f"{_U}2.2.0", SECONDS),
        Row("ups.runtime", None, f"{_U}2.3.0", MINUTES),
        Row("ups.battery.charge", None, f"{_U}2.4.0", PERCENT),
        Row("ups.battery.voltage", None, f"{_U}2.5.0", TENTHS_VOLT),
        Row("ups.battery.temperature", None, f"{_U}2.7.0", CELSIUS),
        Row("ups.input.frequency", None, f"{_U}3.3.1.2.1", TENTHS_HERTZ),
        *(Row("ups.input.voltage", str(line), f"{_U}3.3.1.3.{line}", VOLT) for line in (1, 2, 3)),
        Row(
            "ups.source", None, f"{_U}4.1.0",
            states({2: NONE, 3: MAINS, 4: BYPASS, 5: BATTERY, 6: BOOSTER, 7: REDUCER}),
        ),
        *(Row("ups.output.voltage", str(line), f"{_U}4.4.1.2.{line}", VOLT) for line in (1, 2, 3)),
        *(Row("ups.output.power", str(line), f"{_U}4.4.1.4.{line}", WATT) for line in (1, 2, 3)),
        *(Row("ups.load", str(line), f"{_U}4.4.1.5.{line}", LOAD) for line in (1, 2, 3)),
        Row(
            "ups.test.result", None, TEST_RESULT,
            states({1: PASSED, 2: WARNING, 3: FAILED, 4: ABORTED, 5: RUNNING, 6: NOT_YET}),
        ),
    ),
    (("vendor", f"{_U}1.1.0"), ("model", f"{_U}1.2.0"), ("firmware", f"{_U}1.3.0"), ("ups_name", f"{_U}1.5.0")),
)  # fmt: skip

_A = "1.3.6.1.4.1.318.1.1.1."
APC_REPLACE = f"{_A}2.2.4.0"
"""upsAdvBatteryReplaceIndicator: 2 batteryNeedsReplacing."""
POWERNET = Mib(
    "PowerNet-MIB",
    (
        Row("ups.battery.state", None, f"{_A}2.1.1.0", states({2: NORMAL, 3: LOW, 4: FAULT, 5: MISSING})),
        Row("ups.battery.time", None, f"{_A}2.1.2.0", TICKS),
        Row("ups.battery.charge", None, f"{_A}2.3.1.0", TENTHS_PERCENT),
        Row("ups.battery.charge", None, f"{_A}2.2.1.0", PERCENT),
        Row("ups.battery.temperature", None, f"{_A}2.3.2.0", TENTHS_CELSIUS),
        Row("ups.battery.temperature", None, f"{_A}2.2.2.0", CELSIUS),
        Row("ups.battery.voltage", None, f"{_A}2.3.4.0", TENTHS_VOLT),
        Row("ups.battery.voltage", None, f"{_A}2.2.8.0", VOLT),
        Row("ups.runtime", None, f"{_A}2.2.3.0", TICKS),
        Row("ups.input.voltage", "1", f"{_A}3.3.1.0", TENTHS_VOLT),
        Row("ups.input.voltage", "1", f"{_A}3.2.1.0", VOLT),
        Row("ups.input.frequency", None, f"{_A}3.3.4.0", TENTHS_HERTZ),
        Row("ups.input.frequency", None, f"{_A}3.2.4.0", HERTZ),
        Row(
            "ups.source", None, f"{_A}4.1.1.0",
            states({
                2: MAINS, 3: BATTERY, 4: BOOSTER, 5: NONE, 6: BYPASS, 7: NONE, 8: NONE, 9: BYPASS, 10: BYPASS, 11: NONE,
                12: REDUCER, 13: MAINS, 14: MAINS, 15: BATTERY_TEST, 16: BYPASS, 17: BYPASS, 18: MAINS, 19: MAINS, 20: MAINS,
                28: BATTERY_TEST,
            }),
        ),
        Row("ups.output.voltage", "1", f"{_A}4.3.1.0", TENTHS_VOLT),
        Row("ups.output.voltage", "1", f"{_A}4.2.1.0", VOLT),
        Row("ups.load", None, f"{_A}4.3.3.0", TENTHS_LOAD),
        Row("ups.load", None, f"{_A}4.2.3.0", LOAD),
        Row("ups.output.power", None, f"{_A}4.2.8.0", WATT),
        Row("ups.test.result", None, f"{_A}7.2.3.0", states({1: PASSED, 2: FAILED, 4: RUNNING})),
    ),
    (("model", f"{_A}1.1.1.0"), ("ups_name", f"{_A}1.1.2.0"), ("firmware", f"{_A}1.2.1.0"), ("serial", f"{_A}1.2.3.0")),
    (
        ("ups.battery.age", f"{_A}2.1.3.0", 1),
        ("ups.battery.due", f"{_A}2.2.21.0", -1),
        ("ups.test.age", f"{_A}7.2.4.0", 1),
    ),
    f"{_A}11.1.1.0",
    "APC",
)  # fmt: skip

_X = "1.3.6.1.4.1.534.1."
XUPS = Mib(
    "XUPS-MIB",
    (
        Row("ups.runtime", None, f"{_X}2.1.0", SECONDS),
        Row("ups.battery.voltage", None, f"{_X}2.2.0", VOLT),
        Row("ups.battery.charge", None, f"{_X}2.4.0", PERCENT),
        Row(
            "ups.battery.state", None, f"{_X}2.5.0",
            states({1: NORMAL, 2: NORMAL, 3: NORMAL, 4: NORMAL, 6: MISSING, 7: NORMAL, 8: REPLACE}),
        ),
        Row("ups.input.frequency", None, f"{_X}3.1.0", TENTHS_HERTZ),
        *(Row("ups.input.voltage", str(line), f"{_X}3.4.1.2.{line}", VOLT) for line in (1, 2, 3)),
        Row("ups.load", None, f"{_X}4.1.0", LOAD),
        *(Row("ups.output.voltage", str(line), f"{_X}4.4.1.2.{line}", VOLT) for line in (1, 2, 3)),
        *(Row("ups.output.power", str(line), f"{_X}4.4.1.4.{line}", WATT) for line in (1, 2, 3)),
        Row(
            "ups.source", None, f"{_X}4.5.0",
            states({
                2: NONE, 3: MAINS, 4: BYPASS, 5: BATTERY, 6: BOOSTER, 7: REDUCER, 8: MAINS, 9: MAINS, 10: MAINS, 11: BYPASS,
                12: MAINS,
            }),
        ),
        Row("ups.test.result", None, f"{_X}8.2.0", states({2: PASSED, 3: FAILED, 4: RUNNING})),
    ),
    (("vendor", f"{_X}1.1.0"), ("model", f"{_X}1.2.0"), ("firmware", f"{_X}1.3.0"), ("serial", f"{_X}1.6.0")),
    (("ups.battery.age", f"{_X}2.6.0", 1),),
    vendor="Eaton",
)  # fmt: skip
XUPS_ALARMS = f"{_X}7.1.0"
XUPS_ALARM_TABLE = f"{_X}7.2.1.2"
SAID = (
    (APC_REPLACE, 2, "replace-battery"),
    (f"{_X}2.7.0", 1, "replace-battery"),  # xupsBatteryFailure: yes
    (f"{_X}2.8.0", 1, "no-battery"),  # xupsBatteryNotPresent
    (f"{_X}2.9.0", 1, "replace-battery"),  # xupsBatteryAged
)
"""Alarms that are a figure of their own: OID, the number that says it, label."""

MIBS = (POWERNET, XUPS, UPS_MIB)
"""In the order in which they are believed."""
TRAPS = ("1.3.6.1.2.1.33.2.", "1.3.6.1.4.1.318.0.", "1.3.6.1.4.1.534.1.11.4.")
"""Where the notifications of these MIBs are."""


def polled(mib: Mib) -> list[str]:
    """The OIDs of a MIB's figures."""
    own = [row.oid for row in mib.rows] + [oid for _, oid, _ in mib.dates]
    if mib.flags:
        own += [mib.flags, APC_REPLACE]
    if mib is UPS_MIB:
        own += [SYS_UPTIME, ALARMS_PRESENT, TEST_START]
    if mib is XUPS:
        own += [XUPS_ALARMS, *(oid for oid, _, _ in SAID if oid.startswith(_X))]
    return own


def identity(mib: Mib) -> list[str]:
    """The OIDs of a MIB's facts, with those that every device has."""
    return [*(oid for _, oid in mib.attributes), *(oid for _, oid in SYSTEM), *MACS]
