"""What a NUT server says of a UPS → a reading (NUT user manual, appendix "variable names"). Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from protocols.driver import Reading
from protocols.drivers.ups import alarms
from protocols.drivers.ups.decode import Figures, finished, together
from protocols.drivers.ups.mibs import (
    ABORTED,
    BATTERY,
    BOOSTER,
    BYPASS,
    FAILED,
    LOW,
    MAINS,
    MISSING,
    NONE,
    NORMAL,
    NOT_YET,
    PASSED,
    REDUCER,
    REPLACE,
    RUNNING,
    WARNING,
)
from protocols.drivers.ups.quantities import (
    CELSIUS,
    HERTZ,
    LOAD,
    PERCENT,
    SECONDS,
    VOLT,
    WATT,
    Read,
    day,
    days_since,
)
from protocols.transports.snmp.values import text
from protocols.wire.batch import Scalar


class Row(NamedTuple):
    """One figure and the variable that has it."""

    metric: str
    label: str | None
    variable: str
    read: Read


ROWS = (
    Row("ups.battery.charge", None, "battery.charge", PERCENT),
    Row("ups.runtime", None, "battery.runtime", SECONDS),
    Row("ups.battery.voltage", None, "battery.voltage", VOLT),
    Row("ups.battery.temperature", None, "battery.temperature", CELSIUS),
    Row("ups.input.voltage", "1", "input.voltage", VOLT),
    *(Row("ups.input.voltage", str(line), f"input.L{line}-N.voltage", VOLT) for line in (1, 2, 3)),
    Row("ups.input.frequency", None, "input.frequency", HERTZ),
    Row("ups.output.voltage", "1", "output.voltage", VOLT),
    *(Row("ups.output.voltage", str(line), f"output.L{line}-N.voltage", VOLT) for line in (1, 2, 3)),
    Row("ups.output.power", None, "ups.realpower", WATT),
    Row("ups.load", None, "ups.load", LOAD),
    *(Row("ups.load", str(line), f"output.L{line}.power.percent", LOAD) for line in (1, 2, 3)),
)
ATTRIBUTES = (
    ("vendor", ("device.mfr", "ups.mfr")),
    ("model", ("device.model", "ups.model")),
    ("serial", ("device.serial", "ups.serial")),
    ("firmware", ("ups.firmware",)),
    ("location", ("device.location",)),
    ("mac", ("device.macaddr",)),
    ("nut_driver", ("driver.name",)),
)
SOURCES = (
    ("OFF", NONE),
    ("BYPASS", BYPASS),
    ("OB", BATTERY),
    ("TRIM", REDUCER),
    ("BOOST", BOOSTER),
    ("OL", MAINS),
)
"""The first that stands in `ups.status` is meant."""
BATTERIES = (("LB", LOW), ("NOBATT", MISSING), ("RB", REPLACE), ("OL", NORMAL), ("OB", NORMAL))
RESULTS = (
    ("no test", NOT_YET),
    ("progress", RUNNING),
    ("abort", ABORTED),
    ("warn", WARNING),
    ("fail", FAILED),
    ("error", FAILED),
    ("pass", PASSED),
    ("ok", PASSED),
)
"""Words of `ups.test.result`, which every driver writes in its own way."""


def decode(variables: Mapping[str, str], name: str, now_ms: int) -> Reading:
    """The reading of the UPS that the server calls `name`."""
    figures: Figures = {}
    for metric, label, variable, read in ROWS:
        if (
            (metric, label) not in figures
            and variable in variables
            and (value := read(variables[variable])) is not None
        ):
            figures[metric, label] = value
    figures = together(figures)
    status = variables.get("ups.status", "")
    tokens = status.split()
    for metric, meanings in (("ups.source", SOURCES), ("ups.battery.state", BATTERIES)):
        for token, state in meanings:
            if token in tokens:
                figures[metric, None] = state
                break
    _test(figures, variables, now_ms)
    for metric, variable, sign in (
        ("ups.battery.age", "battery.date", 1),
        ("ups.battery.due", "battery.date.maintenance", -1),
    ):
        if (days := days_since(variables.get(variable), now_ms)) is not None and (sign < 0 or days >= 0):
            figures[metric, None] = sign * days
    present = alarms.from_tokens(status)
    if not tokens or "WAIT" in tokens:
        present.add(alarms.LOST)
    figures["ups.alarms", None] = float(len(present))
    return Reading(samples=finished(figures, present, alarms.USUAL_OF_NUT), attributes=_attributes(variables, name))


def _test(figures: Figures, variables: Mapping[str, str], now_ms: int) -> None:
    words = variables.get("ups.test.result", "").lower()
    if words:
        figures["ups.test.result", None] = next((state for word, state in RESULTS if word in words), 255)
    if (days := days_since(variables.get("ups.test.date"), now_ms)) is not None and days >= 0:
        figures["ups.test.age", None] = days


def _attributes(variables: Mapping[str, str], name: str) -> dict[str, Scalar]:
    said: dict[str, Scalar] = {"name": text(name), "alarm": text(variables.get("ups.alarm")) or None}
    for fact, names in ATTRIBUTES:
        if words := next((words for each in names if (words := text(variables.get(each)))), ""):
            said[fact] = words.lower() if fact == "mac" else words
    if then := day(variables.get("battery.date")):
        said["battery_replaced"] = then.isoformat()
    return said
