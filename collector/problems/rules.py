"""Rules as data: `rules.toml` of every driver's folder and the built-in ones here. A broken file harms only itself."""

import difflib
import math
import re
import string
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

import protocols
from collector.problems.finding import SEVERITIES
from protocols.errors import OptionError
from protocols.metrics import BY_NAME
from protocols.options import nearest, read_options

BUILT_IN = Path(__file__).with_name("rules.toml")
DRIVERS = Path(protocols.__file__).parent / "drivers"
FIELDS = frozenset(("device", "building", "agent", "point", "label", "value", "limit", "size", "bound", "state"))
"""What a title may name in braces; `titles.title` says what each becomes."""
MOST_VALUES = 8
"""States one `is` may name."""
EXTRA = ("what", "where", "count", "range", "since", "usual")
"""What a built-in rule's title may name besides: the detector's own words (`Finding.words`)."""
WATCHES = ("agent.silent", "device.unreachable", "device.silent", "point.silent", "agent.stream.conflict", "agent.gap")
"""What the engine itself watches; a detector's folder has its own names, in its own `rules.toml`."""
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONGEST_MS = 366 * _UNITS_MS["d"]
_DURATION = re.compile(r"(\d+)([smhd])")

Severity = Literal["info", "minor", "major", "critical"]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class StateRow(msgspec.Struct, rename={"is_": "is", "for_": "for"}, kw_only=True):
    """One `[[rule]]` as written: exactly one of `above`, `below` and `is`."""

    name: Text
    metric: Text
    severity: Severity
    title: Text
    label: str = "*"
    above: float | None = None
    below: float | None = None
    is_: list[float] | None = None
    clear: float | None = None
    for_: str = "0s"
    advice: str = ""


class BuiltInRow(msgspec.Struct, rename={"for_": "for"}, kw_only=True):
    """One `[[built-in]]` as written."""

    watch: str
    severity: Severity
    title: Text
    for_: str = "0s"
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule ready for use. `sign` is +1 for above, -1 below, 0 for `is` (then `values`) or a built-in (then no metric)."""

    name: str
    severity: str
    title: str
    advice: str
    for_ms: int
    metric: str = ""
    label: str = "*"
    sign: int = 0
    limit: float = 0.0
    clear: float = 0.0
    values: tuple[float, ...] = ()


@dataclass
class RuleBook:
    """Every rule by name; `refused` are the files that cannot be read, each with one line saying where and why."""

    rules: dict[str, Rule] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def for_ms(self, name: str) -> int:
        """How long it must hold; for ever where there is no such rule."""
        return self.rules[name].for_ms if name in self.rules else 1 << 62

    def state_rules(self) -> list[Rule]:
        """The rules that judge values."""
        return [rule for rule in self.rules.values() if rule.metric]


def load(files: Sequence[Path] | None = None) -> RuleBook:
    """The rules of `files` (default: the built-in ones and every driver's). A file with an error is refused whole."""
    book = RuleBook()
    for path in files if files is not None else [
        BUILT_IN, *sorted(BUILT_IN.parent.glob("*/rules.toml")), *sorted(DRIVERS.glob("*/rules.toml"))
    ]:  # fmt: skip
        try:
            found = read_file(path)
            for rule in found:
                if rule.name in book.rules:
                    raise OptionError(f"{path}: rule {rule.name!r} exists already in another file; names are unique")
        except OptionError as error:
            book.refused.append(str(error))
            continue
        book.rules.update({rule.name: rule for rule in found})
    return book


def read_file(path: Path) -> list[Rule]:
    """The rules of one file. Raises `OptionError` naming file, line and what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OptionError(f"{path}: {error}") from error
    unknown = sorted(set(tables) - {"rule", "built-in"})
    if unknown:
        raise OptionError(f"{path}: unknown key {unknown[0]!r}{nearest(unknown[0], ['rule', 'built-in'])}")
    rules: list[Rule] = []
    for name, convert in (("rule", _state_rule), ("built-in", _built_in)):
        header = re.compile(rf"\s*\[\[\s*{name}\s*\]\]")
        lines = [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]
        for place, table in enumerate(_tables(tables.get(name, []), f"{path}: {name}")):
            where = f"{path}: line {lines[place] if place < len(lines) else '?'}"
            rules.append(convert(table, where))
            if len({rule.name for rule in rules}) < len(rules):
                raise OptionError(f"{where}: a second rule named {rules[-1].name!r}")
    return rules


def duration_ms(text: str, where: str) -> int:
    """`10m` as milliseconds: a whole number and s, m, h or d. Raises `OptionError`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise OptionError(f"{where}: for = {text!r} is no duration; write for instance '90s', '10m', '2h' or '1d'")
    length = int(match[1]) * _UNITS_MS[match[2]]
    if length > _LONGEST_MS:
        raise OptionError(f"{where}: for = {text!r} is longer than a year")
    return length


def _tables(value: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise OptionError(f"{where} = {str(value)[:60]!r} is no list of tables: write each rule below its own [[rule]]")
    return value


def _state_rule(table: dict[str, Any], where: str) -> Rule:
    row = read_options(table, StateRow, where)
    where = f"{where}: rule {row.name!r}"
    if row.metric not in BY_NAME:
        raise OptionError(f"{where}: metric = {row.metric!r} is not in the catalogue{_near(row.metric, list(BY_NAME))}")
    sign, limit, clear = _limits(row, where)
    return Rule(
        name=row.name,
        severity=row.severity,
        title=_title(row.title, where),
        advice=row.advice,
        for_ms=duration_ms(row.for_, where),
        metric=row.metric,
        label=row.label,
        sign=sign,
        limit=limit,
        clear=clear,
        values=tuple(row.is_ or ()),
    )


def _limits(row: StateRow, where: str) -> tuple[int, float, float]:
    """The rule's sign, limit and where it clears. Raises `OptionError`."""
    given = [name for name, value in (("above", row.above), ("below", row.below), ("is", row.is_)) if value is not None]
    if len(given) != 1:
        raise OptionError(f"{where}: exactly one of above, below and is; this has {', '.join(given) or 'none'}")
    for name, value in (("above", row.above), ("below", row.below), ("clear", row.clear)):
        if value is not None and not math.isfinite(value):
            raise OptionError(f"{where}: {name} = {value} is no limit; write a number")
    if row.is_ is not None:
        if not 1 <= len(row.is_) <= MOST_VALUES or not all(map(math.isfinite, row.is_)):
            raise OptionError(f"{where}: is = {row.is_}; name 1 to {MOST_VALUES} values")
        if row.clear is not None:
            raise OptionError(f"{where}: clear = {row.clear} goes with above or below; what is no more is over")
        return 0, 0.0, 0.0
    sign, limit = (1, row.above) if row.above is not None else (-1, row.below)
    assert limit is not None
    clear = limit if row.clear is None else row.clear
    if sign * (limit - clear) < 0:
        raise OptionError(f"{where}: clear = {clear} must lie on the good side of {given[0]} = {limit}")
    return sign, limit, clear


def _built_in(table: dict[str, Any], where: str) -> Rule:
    row = read_options(table, BuiltInRow, where)
    of_detector = Path(where.partition(": ")[0]).parent.parent == BUILT_IN.parent  # a detector's folder names its own
    if row.watch not in WATCHES and not of_detector:
        raise OptionError(f"{where}: watch = {row.watch!r} is not watched{_near(row.watch, list(WATCHES))}")
    return Rule(
        row.watch, row.severity, _title(row.title, where, FIELDS | set(EXTRA)), row.advice, duration_ms(row.for_, where)
    )


def _title(text: str, where: str, known: frozenset[str] = FIELDS) -> str:
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


def _near(word: str, known: list[str]) -> str:
    """`; did you mean 'x'?` where one is near."""
    return nearest(word, known) if difflib.get_close_matches(word, known, n=1, cutoff=0.5) else ""


def rank(severity: str) -> int:
    """0 for info to 3 for critical."""
    return SEVERITIES.index(severity)
