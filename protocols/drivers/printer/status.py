"""What the printer says it does, as `printer.status`, from what either protocol says. Pure."""

import re
from collections.abc import Iterable

from protocols.drivers.printer.seen import ASLEEP, IDLE, OTHER, PRINTING, STOPPED, UNKNOWN, WARMING, Alert

_SLEEP = re.compile(
    r"\b(sleep(ing)?( mode)?( on)?|deep sleep|energy sav(er|ing)( mode)?|power ?sav(e|er|ing)( mode)?|low power( mode)?"
    r"|stand-?by( mode)?|hibernat(e|ing|ion))\b",
    re.IGNORECASE,
)
"""Words by which displays say that the printer sleeps; some say it nowhere else."""
_ASLEEP_REASONS = frozenset({"standby", "suspend", "hibernate", "power-down", "deep-sleep", "sleep", "sleeping"})
_WARMING_REASONS = frozenset({"power-up", "resuming", "warming-up"})
_STRENGTH = (STOPPED, PRINTING, WARMING, ASLEEP, IDLE, OTHER, UNKNOWN)

_RUNNING, _WARNING, _TESTING, _DOWN = 2, 3, 4, 5
"""hrDeviceStatus."""
_PRINTER_OTHER, _PRINTER_IDLE, _PRINTING, _WARMUP = 1, 3, 4, 5
"""hrPrinterStatus."""


def says_sleep(display: str) -> bool:
    """Whether a display's text says that the printer sleeps. The text itself goes no further: it may name a person or a job."""
    return len(display) <= 80 and _SLEEP.search(display) is not None


def of_mib(device: int | None, printer: int | None, sleeps: bool, alerts: Iterable[Alert]) -> int:
    """hrDeviceStatus and hrPrinterStatus together, as the table of RFC 3805 section 2.2.13.2.1 reads them.

    down: stopped by an alert or offline, unless it warms up; running and other: standby. `sleeps`: its display says so.
    """
    codes = {each.code for each in alerts if each.group in ("generalPrinter", "hostResourcesMIBDeviceTable")}
    if printer == _PRINTING and device != _DOWN:
        return PRINTING
    if printer == _WARMUP:
        return WARMING
    if sleeps or "subunitPowerSaver" in codes:
        return ASLEEP
    if device == _DOWN:
        return STOPPED
    if printer == _PRINTER_IDLE:
        return IDLE
    if printer == _PRINTER_OTHER:
        return ASLEEP if device == _RUNNING else OTHER
    return OTHER if device == _TESTING else UNKNOWN


def of_ipp(state: int | None, reasons: Iterable[str]) -> int:
    """printer-state (3 idle, 4 processing, 5 stopped) and printer-state-reasons without their suffixes."""
    said = set(reasons)
    if state == 4:
        return PRINTING
    if said & _WARMING_REASONS:
        return WARMING
    if said & _ASLEEP_REASONS:
        return ASLEEP
    return {3: IDLE, 5: STOPPED}.get(state or 0, UNKNOWN)


def stronger(statuses: Iterable[int]) -> int:
    """Of what the sources say that which matters most: stopped, printing, warming up, asleep, idle, other, unknown."""
    return min(statuses, key=_STRENGTH.index, default=UNKNOWN)
