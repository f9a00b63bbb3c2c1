"""What a UPS answered → a reading. Pure.

Every alarm that is usual is told as no, too, so that it is seen to end; not where nobody tells alarms at all. Where the UPS and its own card or server have lost each
other the figures are yesterday's: source and battery are unknown then, and no gauge and no other alarm is told.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from protocols.driver import Reading, Sample
from protocols.drivers.ups import alarms, mibs
from protocols.drivers.ups.mibs import Mib
from protocols.drivers.ups.quantities import day, days_since
from protocols.transports.snmp.values import Value, text
from protocols.wire.batch import Scalar

UNKNOWN = 255.0
STATES = ("ups.source", "ups.battery.state")
ENUMERATED = (*STATES, "ups.test.result")
TOGETHER: dict[str, Callable[[list[float]], float]] = {"ups.load": max, "ups.output.power": sum}
"""What is told by phase and wanted for the whole UPS."""
BATTERY_ALARMS = (("no-battery", mibs.MISSING), ("low-battery", mibs.LOW), ("replace-battery", mibs.REPLACE))
COUNTS = (mibs.ALARMS_PRESENT, mibs.XUPS_ALARMS)
TEST_DONE = (mibs.PASSED, mibs.WARNING, mibs.FAILED)
Figures = dict[tuple[str, str | None], float]


def decode(found: Mapping[str, Value], having: Sequence[Mib], told: Iterable[str], now_ms: int) -> Reading:
    """`found` by OID, from the MIBs that the device has; `told`: the OIDs of upsAlarmDescr and xupsAlarmDescr."""
    figures: Figures = {}
    for mib in having:
        _take(figures, _figures(mib, found, now_ms))
    present = _alarms(found, having, told)
    usual = alarms.USUAL if _tells_alarms(found, having) else frozenset[str]()
    if usual or present:
        figures["ups.alarms", None] = _count(found, len(present))
    return Reading(samples=finished(figures, present, usual), attributes=_attributes(found, having))


def finished(figures: Figures, present: set[str], usual: frozenset[str]) -> list[Sample]:
    """The figures with the alarms, and what follows from these; `usual` are told as no where they are not present."""
    for metric in STATES:
        figures.setdefault((metric, None), UNKNOWN)
    for label, state in BATTERY_ALARMS:
        if label in present:
            figures["ups.battery.state", None] = _worse(figures["ups.battery.state", None], state)
    testing = figures.get(("ups.test.result", None)) == mibs.RUNNING or present & {"testing", "calibrating"}
    if testing and figures["ups.source", None] == mibs.BATTERY:
        figures["ups.source", None] = mibs.BATTERY_TEST  # no outage: whoever started it knows
    if alarms.LOST in present:
        figures = {(metric, None): UNKNOWN for metric in STATES}
        present, usual = {alarms.LOST}, frozenset()
    flags: Figures = {("ups.alarm", label): float(label in present) for label in sorted(present | usual)}
    return [Sample(metric, label, float(value)) for (metric, label), value in {**figures, **flags}.items()]


def _worse(one: float, other: float) -> float:
    return max(one, other, key=mibs.WORSE.index)


def _take(figures: Figures, more: Figures) -> None:
    """Add what is not there, or is there as unknown; phases of a figure that is there as a whole are not needed.

    Of the battery's state the worse is taken: Eaton's own says that it discharges, and only UPS-MIB that it is low.
    """
    have = {metric for metric, _ in figures}
    for (metric, label), value in more.items():
        if metric in TOGETHER and metric in have:
            continue
        if figures.get((metric, label)) == UNKNOWN and metric in ENUMERATED:
            figures[metric, label] = value
        if metric == "ups.battery.state":
            figures[metric, label] = _worse(figures.get((metric, label), UNKNOWN), value)
        figures.setdefault((metric, label), value)


def _figures(mib: Mib, found: Mapping[str, Value], now_ms: int) -> Figures:
    figures: Figures = {}
    for metric, label, oid, read in mib.rows:
        if (metric, label) not in figures and oid in found and (value := read(found[oid])) is not None:
            figures[metric, label] = value
    figures = together(figures)
    for metric, oid, sign in mib.dates:
        if (days := days_since(found.get(oid), now_ms)) is not None and (sign < 0 or days >= 0):
            figures[metric, None] = sign * days
    if mib is mibs.UPS_MIB and (age := _test_age(found, figures)) is not None:
        figures["ups.test.age", None] = age
    return figures


def together(figures: Figures) -> Figures:
    """What is told by phase and wanted for the whole: the busiest phase's load, the sum of the power."""
    kept = {key: value for key, value in figures.items() if key[0] not in TOGETHER or key[1] is None}
    for metric, join in TOGETHER.items():
        phases = [value for (name, label), value in figures.items() if name == metric and label is not None]
        if phases and (metric, None) not in kept:
            kept[metric, None] = join(phases)
    return kept


def _test_age(found: Mapping[str, Value], figures: Figures) -> float | None:
    """upsTestStartTime is sysUpTime as it was; some tell a later one, or 0 for none: unknown."""
    now, then = found.get(mibs.SYS_UPTIME), found.get(mibs.TEST_START)
    is_done = figures.get(("ups.test.result", None)) in TEST_DONE
    if is_done and isinstance(now, int) and isinstance(then, int) and 0 < then <= now:
        return round((now - then) / 8_640_000, 2)
    return None


def _alarms(found: Mapping[str, Value], having: Sequence[Mib], told: Iterable[str]) -> set[str]:
    present = alarms.from_oids(told)
    for mib in having:
        if mib.flags:
            present |= alarms.from_flags(text(found.get(mib.flags)))
    return present | {label for oid, number, label in mibs.SAID if found.get(oid) == number}


def _tells_alarms(found: Mapping[str, Value], having: Sequence[Mib]) -> bool:
    """Whether it is known that an alarm that is not told is none: it counts them, or fills APC's flags."""
    counted = (found.get(oid) for oid in COUNTS)
    return any(isinstance(count, int) for count in counted) or any(
        "1" in text(found.get(mib.flags)) for mib in having if mib.flags
    )


def _count(found: Mapping[str, Value], present: int) -> float:
    """As the device counts; never fewer than are known here."""
    told = [found.get(oid) for oid in COUNTS]
    return float(max([present, *(each for each in told if isinstance(each, int) and 0 <= each < 1000)]))


def _attributes(found: Mapping[str, Value], having: Sequence[Mib]) -> dict[str, Scalar]:
    said: dict[str, Scalar] = {}
    for mib in having:
        for fact, oid in mib.attributes:
            if words := text(found.get(oid)):
                said.setdefault(fact, words)
        if mib.vendor:
            said.setdefault("vendor", mib.vendor)
        for metric, oid, _ in mib.dates:
            if metric == "ups.battery.age" and (then := day(found.get(oid))):
                said.setdefault("battery_replaced", then.isoformat())
    for fact, oid in mibs.SYSTEM:
        if words := text(found.get(oid)):
            said.setdefault(fact, words)
    if said.get("ups_name") == said.get("name"):
        said.pop("ups_name", None)
    macs = [mac for oid in mibs.MACS if (mac := _mac(found.get(oid)))]
    if macs:
        said["mac"] = ",".join(dict.fromkeys(macs))
    return said


def _mac(said: Value | None) -> str | None:
    return said.hex(":") if isinstance(said, bytes) and len(said) == 6 and any(said) else None
