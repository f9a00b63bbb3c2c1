"""What is forecast, as data: a table from a metric to how it runs out and when that is said."""

from typing import NamedTuple

import numpy as np

SCHOOL, CALENDAR, COUNTED = "school days", "days", "counted days"
"""How days are counted: of school, of the calendar, or by the point itself, which says how many are left."""


class Way(NamedTuple):
    """How one metric runs out.

    `limit` is where it has run out; `sign` -1: it empties towards it, +1: it fills. `daily` is what stands for a day: its `low`,
    `high` or `mean`. `rule` is said when at most `horizon` days are left (where nobody has set its `days`), `soon` instead when at most `near`; empty: never.
    `least` are the days that must have been seen (more than a week where a weekly clean-up is usual), `jump` is the change against its way that begins anew (refilled, tidied up,
    replaced), `top` the greatest figure that can be. `hours`: judged by the minute too, for what fills within `hours`, as `fast`.
    `fast_from`: the level below which that says nothing (a scope fills every morning, as devices come).
    `unless`: not said of a device that has a point of this metric, which knows better.
    """

    metric: str
    sign: int
    limit: float
    days: str
    daily: str
    rule: str = ""
    horizon: float = 0.0
    soon: str = ""
    near: float = 0.0
    least: int = 5
    jump: float = 5.0
    top: float = 100.0
    fast: str = ""
    hours: float = 0.0
    fast_from: float = 0.0
    unless: str = ""


_DAY_S = 86_400.0
WAYS: tuple[Way, ...] = (
    Way("printer.supply.level", -1, 0, SCHOOL, "low", "forecast.supply", 10, "forecast.supply.soon", 3),
    Way("printer.tray.level", -1, 0, SCHOOL, "low"),  # filled by hand every few days: shown, never said
    Way("host.disk.utilization", 1, 100, CALENDAR, "mean", "forecast.disk", 14, least=8, fast="forecast.disk.soon", hours=2),
    Way("host.disk.inodes.utilization", 1, 100, CALENDAR, "mean", "forecast.disk", 14, least=8, fast="forecast.disk.soon", hours=2),
    Way("host.disk.wear", 1, 100, CALENDAR, "high", "forecast.wear", 90, least=30),
    Way("ups.runtime", -1, 300, CALENDAR, "high", "forecast.battery", 60, least=30, jump=300, top=7 * _DAY_S),
    Way("ups.battery.charge", -1, 50, CALENDAR, "high", "forecast.battery", 30, least=21),
    Way("ups.battery.due", -1, 0, COUNTED, "low", "forecast.battery", 30, top=20_000),
    Way("ups.battery.age", 1, 1_461, COUNTED, "high", "forecast.battery", 30, top=20_000, unless="ups.battery.due"),
    Way("probe.certificate.remaining", -1, 0, COUNTED, "low", "forecast.certificate", 30, top=20_000),
    Way("probe.expiry.remaining", -1, 0, COUNTED, "low", "forecast.expiry", 30, "forecast.expiry.soon", 14, top=20_000),
    Way("lan.dhcp.scope.utilization", 1, 100, CALENDAR, "high", "forecast.dhcp", 14, least=8, fast="forecast.dhcp.soon", hours=2, fast_from=85),
)  # fmt: skip
"""A UPS's battery is used up at 5 min of runtime, or when it charges no more than half; lead batteries last four years."""

METRICS = tuple(way.metric for way in WAYS)
PLACE = {way.metric: place for place, way in enumerate(WAYS)}
"""By metric: its row in `WAYS`."""
KINDS = {
    "supply": ("printer.supply.level", "printer.tray.level"),
    "disk": ("host.disk.utilization", "host.disk.inodes.utilization"),
    "wear": ("host.disk.wear",),
    "battery": ("ups.runtime", "ups.battery.charge", "ups.battery.due", "ups.battery.age"),
    "certificate": ("probe.certificate.remaining",),
    "expiry": ("probe.expiry.remaining",),
    "dhcp": ("lan.dhcp.scope.utilization",),
}
"""What a person asks for by one word, and the metrics of it."""

TOPS = np.array([way.top for way in WAYS])
LIMITS = np.array([way.limit for way in WAYS])
COUNTED_WAYS = np.array([way.days == COUNTED for way in WAYS])
FAST = np.array([bool(way.fast) for way in WAYS])
"""The columns of the table as arrays, by its row."""
DIRTY = np.array([0.4 * (60 if way.metric == "ups.runtime" else 1) for way in WAYS])
"""A change of the level (percent, days; seconds of runtime) that is worth another forecast the same day."""
