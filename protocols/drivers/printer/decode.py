"""What a printer answered, to one reading. Pure but for the memory of the polls before."""

from collections.abc import Iterator

from protocols.driver import DeviceEvent, Reading, Sample
from protocols.drivers.printer import from_ipp, from_mib
from protocols.drivers.printer.client import Answers
from protocols.drivers.printer.conditions import CONDITIONS
from protocols.drivers.printer.merge import UNNAMED, Memory, Merged, merge, unnamed
from protocols.drivers.printer.seen import OK, UNKNOWN, Alert, Seen
from protocols.wire.batch import Scalar

OLDEST_S = 7 * 86_400.0
"""An alert older than this when it is first seen is no news."""
_SEVERITIES = {"critical": "major", "warning": "minor"}


def decode(answers: Answers, memory: Memory, low: float, now_ms: int, heard_ms: int | None) -> Reading:
    """One reading. `heard_ms`: until when the agent knows the printer (`Target.heard`)."""
    snmp = None if answers.snmp is None else from_mib.seen(answers.snmp, low)
    ipp = None if answers.ipp is None else from_ipp.seen(answers.ipp.attributes, low)
    if snmp is None and ipp is None:  # it answers and refuses the credential: alive, and nothing is known
        return Reading([Sample("printer.status", None, UNKNOWN)], _remarks(answers, memory))
    merged = merge(snmp, ipp, memory)
    return Reading(
        samples=[*_samples(merged, ipp, memory)],
        attributes={**merged.attributes, **_remarks(answers, memory)},
        events=_events(snmp, ipp, memory, now_ms, heard_ms),
    )


def _samples(merged: Merged, ipp: Seen | None, memory: Memory) -> Iterator[Sample]:
    yield Sample("printer.status", None, merged.status)
    for label, supply in merged.supplies:
        if supply.percent is not None:
            yield Sample("printer.supply.level", label, round(supply.percent, 1))
        yield Sample("printer.supply.state", label, supply.state)
    yield from _unnamed(merged, memory)
    for label, tray in merged.trays:
        if tray.percent is not None:
            yield Sample("printer.tray.level", label, round(tray.percent, 1))
        yield Sample("printer.tray.state", label, tray.state)
    if merged.pages is not None:
        yield Sample("printer.pages", None, merged.pages)
    if ipp is not None:
        for kind, count in sorted(ipp.impressions.items()):
            yield Sample("printer.impressions", kind, count)
        if ipp.queued is not None:
            yield Sample("printer.jobs.queued", None, ipp.queued)
    yield from _conditions(merged.conditions, memory)


def _unnamed(merged: Merged, memory: Memory) -> Iterator[Sample]:
    """A supply that the printer does not name, while it is low or empty, and once when it is not any more."""
    state = unnamed(merged)
    if state is not None:
        yield Sample("printer.supply.state", UNNAMED, state)
    elif memory.unnamed and merged.conditions is not None:
        yield Sample("printer.supply.state", UNNAMED, OK)
    if merged.conditions is not None:
        memory.unnamed = state is not None


def _conditions(now: frozenset[str] | None, memory: Memory) -> Iterator[Sample]:
    """All at first; then those that are set, and once those that are not any more."""
    if now is None:
        return
    before, memory.told = memory.told, now
    for name in CONDITIONS:
        if before is None or name in now or name in before:
            yield Sample("printer.error", name, name in now)


def _events(
    snmp: Seen | None, ipp: Seen | None, memory: Memory, now_ms: int, heard_ms: int | None
) -> list[DeviceEvent]:
    """Alerts that appeared: each once, with the time that the printer gives it. At first only those that nobody was told of."""
    name, source = ("snmp", snmp) if memory.has_snmp else ("ipp", ipp)
    if source is None or source.alerts is None:
        return []
    before, others = memory.alerts.get(name), bool(memory.alerts)
    memory.alerts[name] = {each.key for each in source.alerts}
    if before is not None:
        return [_event(each, now_ms) for each in source.alerts if each.key not in before]
    if others:  # IPP's reasons were told; the same in SNMP's words is no news
        return []
    return [_event(each, now_ms) for each in source.alerts if _is_news(each, now_ms, heard_ms)]


def _remarks(answers: Answers, memory: Memory) -> dict[str, Scalar]:
    """Attributes of the asking; one that is over is None once it was something."""
    memory.remarked |= {name for name, said in answers.remarks.items() if said is not None}
    return {name: said for name, said in answers.remarks.items() if name in memory.remarked}


def _is_news(alert: Alert, now_ms: int, heard_ms: int | None) -> bool:
    if alert.age is None:
        return heard_ms is None
    return alert.age < OLDEST_S and (heard_ms is None or now_ms - alert.age * 1000 > heard_ms)


def _event(alert: Alert, now_ms: int) -> DeviceEvent:
    detail: dict[str, str | int] = {
        "code": alert.code,
        "group": alert.group,
        "index": alert.group_index,
        "text": alert.text,
    }
    at = None if alert.age is None or alert.age > OLDEST_S else round(now_ms - alert.age * 1000)
    return DeviceEvent("printer.alert", _SEVERITIES.get(alert.severity, "info"), _told(detail), at)


def _told(detail: dict[str, str | int]) -> dict[str, str | int]:
    return {name: said for name, said in detail.items() if said not in ("", 0)}
