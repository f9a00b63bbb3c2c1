"""Which rule a forecast is said by, and the finding with its evidence. Pure."""

from collections.abc import Container
from typing import Any

import numpy as np

from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device, PointRow
from collector.problems.forecast.days import Days
from collector.problems.forecast.filling import Filling
from collector.problems.forecast.forecasts import Forecast, in_words, time_in_words
from collector.problems.forecast.horizons import COUNTED, Way
from collector.problems.forecast.plain import broken
from collector.problems.rules import RuleBook, rank

SURE = 5 / 3
"""Of its horizon: what is said as `soon` is so for nine in ten by then. Three days at best and eight at worst is not soon yet."""
CLEARS = 1.3
"""What was said stays until so many times its horizon is left."""


def as_set(way: Way, book: RuleBook, device: Device | None) -> Way:
    """The way with the days left from which on it is said as people have set them for this device."""
    near, horizon = (
        book.of(rule, device).limits.get("days", usual) if rule in book.rules else usual
        for rule, usual in ((way.soon, way.near), (way.rule, way.horizon))
    )
    return way if (near, horizon) == (way.near, way.horizon) else way._replace(near=near, horizon=horizon)


def is_near(way: Way, made: Forecast) -> bool:
    """Whether any rule could speak of it."""
    return made.days is not None and made.days <= CLEARS * max(way.near, way.horizon)


def rule_of(way: Way, made: Forecast, subject: str, held: Container[Key]) -> Key | None:
    """The gravest of its rules that holds; one that holds already does until it is well beyond its horizon, and when it has run out."""
    if made.days is None:
        return None
    out = made.days <= 0 and way.days != COUNTED
    soon = made.high is not None and made.high <= SURE * way.near
    for rule, horizon, sure in ((way.soon, way.near, soon), (way.rule, way.horizon, True)):
        key = Key(rule, subject)
        if rule and (made.days <= CLEARS * horizon if key in held else made.days <= horizon and sure and not out):
            return key
    return None


def said_plainly(book: RuleBook, way: Way, level: float, device: Device | None) -> bool:
    """Whether a plain rule of this point says it as gravely."""
    if way.rule not in book.rules:
        return False
    own = rank(book.of(way.rule, device).severity)
    return any(rank(rule.severity) >= own for rule in broken(book, way, level, device))


def of_days(key: Key, since: int, point: PointRow, made: Forecast, seen: list[list[float]]) -> Finding:
    """What runs out in days."""
    assert made.days is not None
    low, high = (made.days if part is None else part for part in (made.low, made.high))
    evidence: dict[str, Any] = {"days": made.days, "low": made.low, "high": made.high, "counted_in": made.unit}
    evidence |= {"level": made.level, "rate": made.rate, "runs_out_at": made.runs_out_at, "seen": seen}
    words = {"range": in_words(made.days, low, high)}
    return Finding(key, since, "", point.device, point.id, made.level, evidence, words=words)


def of_hours(key: Key, since: int, point: PointRow, row: int, days: Days, filling: Filling) -> Finding:
    """What fills within hours."""
    hours, level = float(filling.hours[row]), float(days.last[row])
    evidence = {"hours": hours, "level": level, "from": float(filling.start[row])}
    return Finding(key, since, "", point.device, point.id, level, evidence, words={"range": time_in_words(hours)})


def seen_days(way: Way, row: int, days: Days) -> list[list[float]]:
    """The last 14 days that it was judged by: ordinal and level."""
    today = int(days.today[row])
    series = days.series(np.array([row]), np.array([way.daily]))[0]
    return [[today - 14 + at, round(float(v), 2)] for at, v in enumerate(series[-14:]) if np.isfinite(v)]
