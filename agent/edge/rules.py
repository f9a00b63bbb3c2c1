"""The critical rules of a building, out of the `rules.toml` files of the drivers and of a file of one's own. Pure but for reading.

Only what can be judged on one machine is taken: a value above, below or among others, for some time, always or at night. A rule
that asks for more (a window, a count, a calendar) is left to the collector.
"""

import math
import re
import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from protocols.errors import OptionError
from protocols.metrics import BY_NAME
from protocols.registry import DRIVERS

FAMILIES = ("door.*", "ups.*", "*.temperature")
"""Metrics of doors, of power, and temperatures: what cannot wait for the collector."""
SEVERITIES = ("critical", "major")
FIELDS = frozenset(("device", "building", "agent", "point", "label", "value", "limit", "size", "bound", "state"))
NIGHT = "night"
DURING = ("always", NIGHT)
_KNOWN = frozenset(
    [
        "name",
        "metric",
        "severity",
        "title",
        "label",
        "above",
        "below",
        "is",
        "clear",
        "for",
        "advice",
        "during",
        "enabled",
        "device",
    ]
)
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_HEADER = re.compile(r"\s*\[\[\s*rule\s*\]\]")
MOST_RULES = 500


@dataclass(frozen=True, slots=True)
class EdgeRule:
    """`sign` is +1 for above, -1 for below, 0 for `is` (then `values`). `unknown`: the number of the metric's unknown state."""

    name: str
    metric: str
    severity: str
    title: str
    advice: str = ""
    label: str = "*"
    device: str = "*"
    sign: int = 0
    limit: float = 0.0
    clear: float = 0.0
    values: tuple[float, ...] = ()
    for_ms: int = 0
    during: str = "always"
    unknown: float = math.nan

    def concerns(self, device: str, label: str | None) -> bool:
        """Whether it is for this device (by key) and label."""
        return fnmatchcase(label or "", self.label) and fnmatchcase(device, self.device)

    def holds(self, value: float, active: bool) -> bool:
        """Whether a finite value meets it; what is `active` goes on until `clear`, and while the state is unknown."""
        if self.sign == 0:
            return value in self.values or (active and value == self.unknown)
        limit = self.clear if active else self.limit
        return self.sign * value > self.sign * limit


class EdgeRules(NamedTuple):
    """The rules, and one line for each that was refused: file, line, what is wrong."""

    rules: tuple[EdgeRule, ...]
    refused: tuple[str, ...]


def load(own: Path | None = None, without: Iterable[str] = (), files: Iterable[Path] | None = None) -> EdgeRules:
    """The shipped rules of `FAMILIES` that are major or critical, and all rules of one's `own` file; but those in `without`."""
    left_out, found, refused = set(without), {}, []
    shipped = sorted(DRIVERS.glob("*/rules.toml")) if files is None else list(files)
    for path in [*shipped, *([own] if own is not None else [])]:
        rules, wrong = read_file(path, every=path == own)
        refused += wrong
        found.update({rule.name: rule for rule in rules if rule.name not in left_out})
    return EdgeRules(tuple(found.values())[:MOST_RULES], tuple(refused))


def read_file(path: Path, *, every: bool) -> tuple[list[EdgeRule], list[str]]:
    """The rules of one file and what is wrong in it; a wrong rule harms no other. `every`: not only the gravest of `FAMILIES`."""
    try:
        text = path.read_text("utf-8")
        tables = tomllib.loads(text).get("rule", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return [], [f"{path}: {error}"]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return [], [f"{path}: rule: write each rule below its own [[rule]]"]
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]
    rules, refused = [], []
    for place, table in enumerate(tables):
        where = f"{path}: line {lines[place] if place < len(lines) else '?'}"
        try:
            rule = _rule(table, where, every)
        except OptionError as error:
            refused.append(str(error))
        else:
            rules += [] if rule is None else [rule]
    return rules, refused


def _rule(table: Mapping[str, Any], where: str, every: bool) -> EdgeRule | None:
    """The rule, None where it is none of ours. Raises `OptionError`."""
    metric, severity = str(table.get("metric", "")), str(table.get("severity", ""))
    if not every and not _ours(table, metric, severity):
        return None
    name = _text(table, "name", where)
    where = f"{where}: rule {name!r}"
    if every:
        for key in table:
            if key not in _KNOWN:
                raise OptionError(f"{where}: {key} is not judged here; it may have {', '.join(sorted(_KNOWN))}")
        if severity not in ("critical", "major", "minor", "info"):
            raise OptionError(f"{where}: severity = {severity!r}: critical, major, minor or info")
    if metric not in BY_NAME:
        raise OptionError(f"{where}: metric = {metric!r} is not in the catalogue (protocols/README.md)")
    during = table.get("during", "always")
    if during not in DURING:
        raise OptionError(f"{where}: during = {during!r}: the agent knows {' and '.join(DURING)} alone")
    sign, limit, clear, values = _limits(table, where)
    states = BY_NAME[metric].states or {}
    return EdgeRule(
        name, metric, severity, _title(table, where), str(table.get("advice", "")), str(table.get("label", "*")),
        str(table.get("device", "*")), sign, limit, clear, values, duration_ms(table.get("for", "0s"), where), during,
        next((float(number) for number, text in states.items() if text == "unknown"), math.nan),
    )  # fmt: skip


def _ours(table: Mapping[str, Any], metric: str, severity: str) -> bool:
    """Whether a shipped rule is of a family, grave, on, and asks for nothing that only the collector can judge."""
    grave = severity in SEVERITIES and any(fnmatchcase(metric, family) for family in FAMILIES)
    judged = set(table) <= _KNOWN and table.get("during", "always") in DURING
    return grave and judged and table.get("enabled", True) is not False


def _limits(table: Mapping[str, Any], where: str) -> tuple[int, float, float, tuple[float, ...]]:
    given = [key for key in ("above", "below", "is") if key in table]
    if len(given) != 1:
        raise OptionError(f"{where}: exactly one of above, below and is; this has {', '.join(given) or 'none'}")
    key = given[0]
    if key == "is":
        values = table["is"]
        if not isinstance(values, list) or not values:
            raise OptionError(f"{where}: is = {str(values)[:60]}: a list of numbers, for example [1, 2]")
        return 0, 0.0, 0.0, tuple(_number(value, "is", where) for value in values)
    limit, sign = _number(table[key], key, where), 1 if key == "above" else -1
    clear = _number(table.get("clear", limit), "clear", where)
    if sign * (limit - clear) < 0:
        raise OptionError(f"{where}: clear = {clear:g} must lie on the good side of {key} = {limit:g}")
    return sign, limit, clear, ()


def _number(value: Any, key: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise OptionError(f"{where}: {key} = {str(value)[:60]!r}: write a number")
    return float(value)


def duration_ms(text: Any, where: str) -> int:
    """`10m` as milliseconds: a whole number and s, m, h or d. Raises `OptionError`."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", str(text))
    if match is None:
        raise OptionError(f"{where}: for = {str(text)[:40]!r}: write for instance '90s', '10m' or '2h'")
    return int(match[1]) * _UNITS_MS[match[2]]


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise OptionError(f"{where}: {key} is missing: every rule has a {key}")
    return value


def _title(table: Mapping[str, Any], where: str) -> str:
    title = _text(table, "title", where)
    try:
        named = [(field, form, turn) for _, field, form, turn in string.Formatter().parse(title) if field is not None]
    except ValueError as error:
        raise OptionError(f"{where}: title {title!r}: {error}") from error
    for field, form, turn in named:
        if field not in FIELDS or form or turn:
            raise OptionError(f"{where}: title names {{{field}}}; it may name {', '.join(sorted(FIELDS))}, each alone")
    return title
