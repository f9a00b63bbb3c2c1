"""A table of a rules file, or of a person's own rule, read and checked: errors say where, what is wrong and how to mend it. Pure."""

import difflib
import math
import string
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from collector.problems.rule import (
    EXTRA,
    FIELDS,
    LEVELS,
    MOST_VALUES,
    WATCHES,
    WINDOWED,
    During,
    Rule,
    Severity,
    duration_ms,
)
from protocols.errors import OptionError
from protocols.metrics import BY_NAME
from protocols.options import nearest, read_options

Text = Annotated[str, msgspec.Meta(min_length=1)]
_LONGEST_WINDOW_MS = 24 * 3_600_000
_CONDITIONS = (*LEVELS, *WINDOWED)
_WINDOWED = ", ".join(WINDOWED)


class StateRow(msgspec.Struct, rename={"is_": "is", "for_": "for"}, kw_only=True):
    """One `[[rule]]` on values: exactly one of `above`, `below`, `is`, and with `per` of `rise`, `fall`, `changes`, `resets`."""

    name: Text
    metric: Text
    severity: Severity
    title: Text
    label: str = "*"
    above: float | None = None
    below: float | None = None
    is_: list[float] | None = None
    rise: float | None = None
    fall: float | None = None
    changes: float | None = None
    resets: float | None = None
    per: str | None = None
    clear: float | None = None
    for_: str = "0s"
    advice: str = ""
    kinds: list[Text] = []
    during: During = "always"
    enabled: bool = True


class EventRow(msgspec.Struct, kw_only=True):
    """One `[[rule]]` on events: `count` of them `within` a time; over with the event `until`, or `lasts` after the last one."""

    name: Text
    event: Text
    severity: Severity
    title: Text
    label: str = "*"
    count: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    within: str = "5m"
    until: str = ""
    lasts: str = "1h"
    advice: str = ""
    kinds: list[Text] = []
    during: During = "always"
    enabled: bool = True


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
        _title(row.title, where, FIELDS | set(EXTRA)),
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
        _title(row.title, where, frozenset(("device", "building", "agent", "where", "count"))),
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
    row = read_options(table, StateRow, where)
    where = f"{where}: rule {row.name!r}"
    if row.metric not in BY_NAME:
        raise OptionError(f"{where}: metric = {row.metric!r} is not in the catalogue{near(row.metric, list(BY_NAME))}")
    given, sign, limit, clear = _limits(row, where)
    over = given if given in WINDOWED else ""
    if not over and row.per is not None:
        raise OptionError(f"{where}: per = {row.per!r} goes with rise, fall, changes or resets")
    return Rule(
        row.name,
        row.severity,
        _title(row.title, where, FIELDS | {"count"} if over else FIELDS),
        row.advice,
        duration_ms(row.for_, where),
        metric=row.metric,
        label=row.label,
        sign=sign,
        limit=limit,
        clear=clear,
        values=tuple(row.is_ or ()),
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


def _limits(row: StateRow, where: str) -> tuple[str, int, float, float]:
    """Which condition it has, its sign, limit and where it clears. Raises `OptionError`."""
    limits = {name: getattr(row, name) for name in _CONDITIONS if name != "is"}
    given = [name for name in _CONDITIONS if (row.is_ if name == "is" else limits[name]) is not None]
    if len(given) != 1:
        has = ", ".join(given) or "none"
        raise OptionError(f"{where}: exactly one of above, below and is; this has {has} (or with per: {_WINDOWED})")
    for name, value in (*limits.items(), ("clear", row.clear)):
        if value is not None and not math.isfinite(value):
            raise OptionError(f"{where}: {name} = {value} is no limit; write a number")
    if row.is_ is not None:
        if not 1 <= len(row.is_) <= MOST_VALUES or not all(map(math.isfinite, row.is_)):
            raise OptionError(f"{where}: is = {row.is_}; name 1 to {MOST_VALUES} values")
        if row.clear is not None:
            raise OptionError(f"{where}: clear = {row.clear} goes with above or below; what is no more is over")
        return "is", 0, 0.0, 0.0
    name, limit = given[0], float(limits[given[0]])
    if name in WINDOWED and limit <= 0:
        raise OptionError(f"{where}: {name} = {limit} must be more than 0")
    sign = -1 if name == "below" else 1
    clear = row.clear if row.clear is not None else limit / 2 if name in WINDOWED else limit
    if sign * (limit - clear) < 0:
        raise OptionError(f"{where}: clear = {clear} must lie on the good side of {name} = {limit}")
    return name, sign, limit, clear


def _title(text: str, where: str, known: frozenset[str]) -> str:
    try:
        parts = [part for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        raise OptionError(f"{where}: title {text!r}: {error}") from error
    for _, name, form, conversion in parts:
        if name not in known:
            raise OptionError(f"{where}: title names {{{name}}}; it may name {', '.join(sorted(known))}")
        if form or conversion:
            raise OptionError(f"{where}: title {text!r}: write {{{name}}} alone; figures come as a person reads them")
    return text


def near(word: str, known: list[str]) -> str:
    """`; did you mean 'x'?` where one is near."""
    return nearest(word, known) if difflib.get_close_matches(word, known, n=1, cutoff=0.5) else ""
