"""A table of a rules file, or of a person's own rule, read and checked: errors say where, what is wrong and how to mend it. Pure."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from collector.problems.rule import EXTRA, WATCHES, Rule
from collector.problems.tunable import of_built_in
from protocols.errors import OptionError
from protocols.options import nearest, read_options
from protocols.rules import (
    FIELDS,
    OF_EVENTS,
    WINDOWED,
    During,
    EventRow,
    Severity,
    StateRow,
    Text,
    checked_title,
    duration_ms,
    near,
    state_row,
)

LIMITS = ("freezer_above", "cooler_above", "co2_above", "days")
_LONGEST_WINDOW_MS = 24 * 3_600_000


class BuiltInRow(msgspec.Struct, rename={"for_": "for"}, kw_only=True):
    """One `[[built-in]]` as written; its limits (`Tunable.limits`, in their units) where it has them."""

    watch: str
    severity: Severity
    title: Text
    for_: str = "0s"
    advice: str = ""
    during: During = "always"
    enabled: bool = True
    freezer_above: float | None = None
    cooler_above: float | None = None
    co2_above: float | None = None
    days: float | None = None


def rule_of(table: Mapping[str, Any], where: str) -> Rule:
    """The rule that a `[[rule]]` says. Raises `OptionError`."""
    return _event_rule(table, where) if "event" in table else _state_rule(table, where)


def built_in(table: Mapping[str, Any], where: str, known: tuple[str, ...] | None = WATCHES) -> Rule:
    """The rule that a `[[built-in]]` says; `known`: what may be watched, None: a detector's own names. Raises `OptionError`."""
    row = read_options(table, BuiltInRow, where)
    if known is not None and row.watch not in known:
        raise OptionError(f"{where}: watch = {row.watch!r} is not watched{near(row.watch, list(known))}")
    return Rule(
        row.watch,
        row.severity,
        checked_title(row.title, where, FIELDS | set(EXTRA)),
        row.advice,
        duration_ms(row.for_, where),
        during=row.during,
        enabled=row.enabled,
        limits=_limits(row, where),
        row=dict(table),
    )


def _limits(row: BuiltInRow, where: str) -> dict[str, float]:
    own = [limit.key for limit in of_built_in(row.watch).limits]
    given = {key: getattr(row, key) for key in LIMITS if getattr(row, key) is not None}
    for key, value in given.items():
        if key not in own:
            raise OptionError(f"{where}: {row.watch} has no {key}{nearest(key, own) if own else ''}")
        if not math.isfinite(value):
            raise OptionError(f"{where}: {key} = {value} is no limit; write a number")
    return given


def _event_rule(table: Mapping[str, Any], where: str) -> Rule:
    row = read_options(table, EventRow, where)
    where = f"{where}: rule {row.name!r}"
    return Rule(
        row.name,
        row.severity,
        checked_title(row.title, where, OF_EVENTS),
        row.advice,
        _window(row.within, where, "within"),
        label=row.label,
        kinds=tuple(row.kinds),
        during=row.during,
        enabled=row.enabled,
        event=row.event,
        until=row.until,
        count=row.count,
        lasts_ms=duration_ms(row.lasts, where, "lasts"),
        row=dict(table),
    )


def _state_rule(table: Mapping[str, Any], where: str) -> Rule:
    row, condition = state_row(table, StateRow, where)
    where = f"{where}: rule {row.name!r}"
    over = condition.word if condition.word in WINDOWED else ""
    return Rule(
        row.name,
        row.severity,
        checked_title(row.title, where, FIELDS | {"count"} if over else FIELDS),
        row.advice,
        duration_ms(row.for_, where),
        metric=row.metric,
        label=row.label,
        sign=condition.sign,
        limit=condition.limit,
        clear=condition.clear,
        values=condition.values,
        kinds=tuple(row.kinds),
        during=row.during,
        enabled=row.enabled,
        over=over,
        per_ms=_window(row.per or "1h", where, "per") if over else 0,
        row=dict(table),
    )


def _window(text: str, where: str, key: str) -> int:
    length = duration_ms(text, where, key)
    if not 0 < length <= _LONGEST_WINDOW_MS:
        raise OptionError(f"{where}: {key} = {text!r} must be longer than nothing and at most a day")
    return length
