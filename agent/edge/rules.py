"""The critical rules of a building, out of the `rules.toml` files of the drivers and of a file of one's own. Pure but for reading.

Only what can be judged on one machine is taken: a value above, below or among others, for some time, always or at night, or an
event that came. A rule that asks for more (a window, a count, a calendar) is left to the collector.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from protocols.errors import OptionError
from protocols.metrics import BY_NAME
from protocols.options import read_options
from protocols.registry import DRIVERS
from protocols.rules import (
    LEVELS,
    OF_EVENTS,
    EventRow,
    StateRow,
    checked_title,
    duration_ms,
    header_lines,
    state_row,
    tables,
)

FAMILIES = ("door.*", "ups.*", "*.temperature")
"""Metrics and events of doors, of power, and temperatures: what cannot wait for the collector."""
GRAVE = ("critical", "major")
NIGHT = ("night", "lock-down")
"""The agent knows no school calendar: lock-down hours are the night here, as they are at the collector where nobody has set others."""
DURING = ("always", *NIGHT)
_COLLECTORS = frozenset(("kinds", "per", "rise", "fall", "changes", "resets", "count", "within"))
"""What a rule has that one machine cannot judge, or does not."""
MOST_RULES = 500


class EdgeRow(StateRow, kw_only=True):
    """A rule as one may write it in the agent's own file: as for the collector, and for which device (a key of agent.toml)."""

    device: str = "*"


class EdgeEventRow(EventRow, kw_only=True):
    """The same of a rule on events."""

    device: str = "*"


@dataclass(frozen=True, slots=True)
class EdgeRule:
    """`sign` is +1 for above, -1 for below, 0 for `is` (then `values`). `unknown`: the number of the metric's unknown state.

    A rule on events has no metric: it holds from an `event` on, for `lasts_ms` after the last one or until the event `until`.
    """

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
    event: str = ""
    until: str = ""
    lasts_ms: int = 0

    def concerns(self, device: str, label: str | None) -> bool:
        """Whether it is for this device (by key) and label, or place of an event."""
        return fnmatchcase(label or "", self.label) and fnmatchcase(device, self.device)

    def holds(self, value: float, active: bool) -> bool:
        """Whether a finite value meets it; what is `active` goes on until `clear`, and while the state is unknown."""
        if self.sign == 0:
            return value in self.values or (active and value == self.unknown)
        limit = self.clear if active else self.limit
        return self.sign * value > self.sign * limit


COLD_STORAGE = EdgeRule(
    "hvac.cold-storage",
    "",
    "critical",
    "{device}: {point} is too warm: {value}",
    "Is its door shut, does the compressor run, is it in defrost? Move the food before it is unsafe: kitchen staff first.",
    for_ms=600_000,
)
"""Freezers and coolers, which the collector judges by the role of a point: `cold.py` finds the points and sets the limit of each."""


class EdgeRules(NamedTuple):
    """The rules, and one line for each that was refused: file, line, what is wrong."""

    rules: tuple[EdgeRule, ...]
    refused: tuple[str, ...]


def load(own: Path | None = None, without: Iterable[str] = (), files: Iterable[Path] | None = None) -> EdgeRules:
    """The shipped rules of `FAMILIES` that are major or critical, that of cold storage, and all rules of one's `own` file; but
    those in `without`."""
    left_out, refused = set(without), []
    found = {rule.name: rule for rule in (COLD_STORAGE,) if files is None and rule.name not in left_out}
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
        written = tables(tomllib.loads(text).get("rule", []), f"{path}: rule")
    except OptionError as error:
        return [], [str(error)]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return [], [f"{path}: {error}"]
    lines = header_lines(text, "rule")
    rules, refused = [], []
    for place, table in enumerate(written):
        where = f"{path}: line {lines[place] if place < len(lines) else '?'}"
        try:
            rule = _read(table, where) if every or _ours(table) else None
        except OptionError as error:
            refused.append(str(error))
        else:
            rules += [rule] if rule is not None and table.get("enabled", True) else []
    return rules, refused


def _read(table: Mapping[str, Any], where: str) -> EdgeRule:
    """The rule that a table says. Raises `OptionError`."""
    for key in table:
        if key in _COLLECTORS:
            raise OptionError(
                f"{where}: {key} is judged by the collector alone; here it is {', '.join(LEVELS)}, with for and clear, or one event"
            )
    rule = _of_events(table, where) if "event" in table else _of_values(table, where)
    if rule.during not in DURING:
        raise OptionError(
            f"{where}: rule {rule.name!r}: during = {rule.during!r}: the agent knows {', '.join(DURING)} alone"
        )
    return rule


def _of_events(table: Mapping[str, Any], where: str) -> EdgeRule:
    row = read_options(table, EdgeEventRow, where)
    where = f"{where}: rule {row.name!r}"
    return EdgeRule(
        row.name, "", row.severity, checked_title(row.title, where, OF_EVENTS), row.advice, row.label, row.device,
        during=row.during, event=row.event, until=row.until, lasts_ms=duration_ms(row.lasts, where, "lasts"),
    )  # fmt: skip


def _of_values(table: Mapping[str, Any], where: str) -> EdgeRule:
    row, condition = state_row(table, EdgeRow, where)
    where = f"{where}: rule {row.name!r}"
    states = BY_NAME[row.metric].states or {}
    return EdgeRule(
        row.name, row.metric, row.severity, checked_title(row.title, where), row.advice, row.label, row.device,
        condition.sign, condition.limit, condition.clear, condition.values, duration_ms(row.for_, where), row.during,
        next((float(number) for number, text in states.items() if text == "unknown"), math.nan),
    )  # fmt: skip


def _ours(table: Mapping[str, Any]) -> bool:
    """Whether a shipped rule is of a family, grave, and asks for nothing that only the collector can judge."""
    about = str(table.get("metric", table.get("event", "")))
    grave = table.get("severity") in GRAVE and any(fnmatchcase(about, family) for family in FAMILIES)
    return grave and _COLLECTORS.isdisjoint(table) and table.get("during", "always") in DURING
