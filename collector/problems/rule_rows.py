"""A table of a rules file, or of a person's own rule, read and checked: errors say where, what is wrong and how to mend it. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from collector.problems.rule import EXTRA, WATCHES, Rule
from protocols.errors import OptionError
from protocols.options import read_options
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

_LONGEST_WINDOW_MS = 24 * 3_600_000


class BuiltInRow(msgspec.Struct, rename={"for_": "for"}, kw_only=True):
    """One `[[built-in]]` as written."""

    watch: str
    severity: Severity
    title: Text
    for_: str = "0s"
    advice: str = ""
    during: During = "always"
    enabled: bool = True


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
        row=dict(table),
    )


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
