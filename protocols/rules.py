"""The grammar of a `rules.toml`, which collector and agent both read: the words a rule may have, its limits, durations and title. Pure."""

import math
import re
import string
from collections.abc import Mapping, Set
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import msgspec

from protocols.errors import OptionError
from protocols.metrics import BY_NAME
from protocols.options import nearest, read_options

FIELDS = frozenset(("device", "building", "agent", "point", "label", "value", "limit", "size", "bound", "state"))
"""What a title may name in braces."""
OF_EVENTS = frozenset(("device", "building", "agent", "where", "count"))
"""The same of a rule on events."""
PLACES = ("door", "reader", "port", "where", "object", "name")
"""What an event's detail calls the place it speaks of; one device has several."""
_LONGEST_PLACE = 80
MOST_VALUES = 8
"""States one `is` may name."""
LEVELS = ("above", "below", "is")
WINDOWED = ("rise", "fall", "changes", "resets")
"""Judged by what came together within `per`: how much it grew or shrank, how often it changed or began anew."""
DURING = ("always", "school", "class", "closed", "night", "lock-down")
"""`class`: lessons, `school`: from an hour before them to two hours after, `closed`: not that, `night`: 22:00 to 05:00,
`lock-down`: when doors must be secured, `night` where the calendar sets nothing; by the building's calendar and its own clock."""
_CONDITIONS = (*LEVELS, *WINDOWED)
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONGEST_MS = 366 * _UNITS_MS["d"]
_DURATION = re.compile(r"(\d+)([smhd])", re.ASCII)

Severity = Literal["info", "minor", "major", "critical"]
During = Literal["always", "school", "class", "closed", "night", "lock-down"]
Text = Annotated[str, msgspec.Meta(min_length=1)]


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


Row = TypeVar("Row", bound=StateRow)


class Condition(NamedTuple):
    """What a row asks of a value: `word` of `LEVELS` or `WINDOWED`, in the metric's unit.

    `sign` is +1 where the value must lie above `limit`, -1 below, 0 for `is` (then it must be one of `values`); what holds goes on
    until it has reached `clear`.
    """

    word: str
    sign: int
    limit: float
    clear: float
    values: tuple[float, ...] = ()


def state_row(table: Mapping[str, Any], kind: type[Row], where: str) -> tuple[Row, Condition]:
    """A `[[rule]]` on values and its condition, both checked. Raises `OptionError`, which begins with `where`."""
    row = read_options(table, kind, where)
    where = f"{where}: rule {row.name!r}"
    if row.metric not in BY_NAME:
        raise OptionError(f"{where}: metric = {row.metric!r} is not in the catalogue{near(row.metric, list(BY_NAME))}")
    condition = _condition(row, where)
    if row.per is not None and condition.word not in WINDOWED:
        raise OptionError(f"{where}: per = {row.per!r} goes with {', '.join(WINDOWED)}")
    return row, condition


def place(detail: Mapping[str, Any]) -> str:
    """Which place of its device an event speaks of, on one line and at most 80 characters; "" for the device itself."""
    said = str(next((detail[name] for name in PLACES if name in detail), ""))
    kept = " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())
    return kept if len(kept) <= _LONGEST_PLACE else kept[: _LONGEST_PLACE - 1] + "…"


def duration_ms(text: str, where: str, key: str = "for") -> int:
    """`10m` as milliseconds: a whole number and s, m, h or d. Raises `OptionError`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise OptionError(
            f"{where}: {key} = {text[:40]!r} is no duration; write for instance '90s', '10m', '2h' or '1d'"
        )
    length = int(match[1][:12]) * _UNITS_MS[match[2]]
    if length > _LONGEST_MS:
        raise OptionError(f"{where}: {key} = {text[:40]!r} is longer than a year")
    return length


def duration_text(ms: int) -> str:
    """The shortest way to write it: 600,000 is `10m`."""
    unit = next((unit for unit in "dhm" if ms and ms % _UNITS_MS[unit] == 0), "s")
    return f"{ms // _UNITS_MS[unit]}{unit}"


def checked_title(text: str, where: str, known: Set[str] = FIELDS) -> str:
    """The title, which names nothing in braces but what is `known`. Raises `OptionError`."""
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


def header_lines(text: str, table: str) -> list[int]:
    """On which lines of a TOML text the tables `[[table]]` begin, in order; 1 is the first line."""
    header = re.compile(rf"\s*\[\[\s*{re.escape(table)}\s*\]\]")
    return [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]


def tables(value: Any, where: str) -> list[dict[str, Any]]:
    """What stands below `[[rule]]` headers, as a list of tables. Raises `OptionError`."""
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise OptionError(f"{where} = {str(value)[:60]!r} is no list of tables: write each rule below its own [[rule]]")
    return value


def near(word: str, known: list[str]) -> str:
    """`; did you mean 'x'?` where one is near."""
    found = nearest(word, known)
    return found if "did you mean" in found else ""


def _condition(row: StateRow, where: str) -> Condition:
    limits = {name: getattr(row, name) for name in _CONDITIONS if name != "is"}
    given = [name for name in _CONDITIONS if (row.is_ if name == "is" else limits[name]) is not None]
    if len(given) != 1:
        has = ", ".join(given) or "none"
        raise OptionError(
            f"{where}: exactly one of above, below and is; this has {has} (or with per: {', '.join(WINDOWED)})"
        )
    for name, value in (*limits.items(), ("clear", row.clear)):
        if value is not None and not math.isfinite(value):
            raise OptionError(f"{where}: {name} = {value} is no limit; write a number")
    if row.is_ is not None:
        if not 1 <= len(row.is_) <= MOST_VALUES or not all(map(math.isfinite, row.is_)):
            raise OptionError(f"{where}: is = {row.is_}; name 1 to {MOST_VALUES} values")
        if row.clear is not None:
            raise OptionError(f"{where}: clear = {row.clear} goes with above or below; what is no more is over")
        return Condition("is", 0, 0.0, 0.0, tuple(row.is_))
    name, limit = given[0], float(limits[given[0]])
    if name in WINDOWED and limit <= 0:
        raise OptionError(f"{where}: {name} = {limit} must be more than 0")
    sign = -1 if name == "below" else 1
    clear = row.clear if row.clear is not None else limit / 2 if name in WINDOWED else limit
    if sign * (limit - clear) < 0:
        raise OptionError(f"{where}: clear = {clear} must lie on the good side of {name} = {limit}")
    return Condition(name, sign, limit, clear)
