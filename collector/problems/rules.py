"""Every rule: `rules.toml` of every driver's folder and the built-in ones here, with what people have set. A broken file harms only itself."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import protocols
from collector.problems.clashes import clashes
from collector.problems.fleet import Device
from collector.problems.rule import WATCHES, Rule, rank
from collector.problems.rule_rows import built_in, rule_of
from collector.problems.tunable import refusal
from collector.problems.tuning import Setting, Tuning, changed, shipped
from protocols.errors import OptionError
from protocols.options import nearest
from protocols.rules import header_lines, tables

__all__ = ["BUILT_IN", "DRIVERS", "WATCHES", "Rule", "RuleBook", "load", "rank", "read_file"]

BUILT_IN = Path(__file__).with_name("rules.toml")
DRIVERS = Path(protocols.__file__).parent / "drivers"
_TABLES = ("rule", "built-in", "for-kinds")


@dataclass
class RuleBook:
    """Every rule by name, as shipped or written; `of` gives it as it is for one device. `refused` are the files, and the rules and
    settings of people, that cannot be used, each with one line saying where and why."""

    rules: dict[str, Rule] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    defaults: list[Setting] = field(default_factory=list)
    """What is shipped for some kinds of devices."""
    tuning: Tuning = field(default_factory=Tuning)

    def __post_init__(self) -> None:
        self._shipped = dict(self.rules)

    def for_ms(self, name: str, device: Device | None = None, building: int | None = None) -> int:
        """How long it must hold by itself there (nowhere: as the district has it); for ever where there is no such rule."""
        return self.of(name, device, building).for_ms if name in self.rules else 1 << 62

    def least_ms(self, name: str) -> int:
        """The shortest `for` that there may be of it anywhere."""
        return min([self.for_ms(name), *self.tuning.spans(name)])

    def of(self, name: str, device: Device | None = None, building: int | None = None) -> Rule:
        """The rule as it is for this device, or of what is none (an agent, a heartbeat) in its building: severity, `for_ms`,
        `enabled`, `during` and limits. Raises `KeyError` when there is no such rule."""
        return self.tuning.of(self.rules[name], device, building)

    def state_rules(self) -> list[Rule]:
        """The rules that judge values."""
        return [rule for rule in self.rules.values() if rule.metric]

    def event_rules(self) -> list[Rule]:
        """The rules that judge events."""
        return [rule for rule in self.rules.values() if rule.event]

    def tune(self, settings: Iterable[Setting], own: Iterable[Mapping[str, Any]] = ()) -> list[str]:
        """Use these settings and own rules from now on, in place of those before. The lines of what cannot be used: the others go on."""
        lines: list[str] = []
        self.rules = dict(self._shipped)
        for table in own:
            try:
                rule = own_rule(table, self._shipped)
                self.rules[rule.name] = rule
            except OptionError as error:
                lines.append(str(error))
        chosen = list(settings)
        self.tuning = Tuning([*self.defaults, *chosen])
        lines += [line for setting in chosen if (line := self._unusable(setting))]
        return lines + sorted(line for rule in self.rules.values() for line in self.clashes(rule.name))

    def clashes(self, name: str, devices: Mapping[int, Device] | None = None) -> set[str]:
        """Which settings of this rule cannot go together, a line each; `devices` are those that settings name."""
        settings = self.tuning.settings
        people = any(each.rule == name and not each.shipped for each in settings)
        return clashes(self.rules[name], settings, devices or {}) if people else set()

    def _unusable(self, setting: Setting) -> str:
        """Why nothing would judge by it, in a line; empty where something does."""
        where = f"setting of {setting.rule} for {setting.scope.words}"
        rule = self.rules.get(setting.rule)
        if rule is None:
            return f"{where}: there is no such rule, or its file or table cannot be read"
        try:
            changed(rule, setting.changes, where)
        except OptionError as error:
            return str(error)
        lacking = refusal(rule, setting.scope.places, setting.changes)
        return f"{where}: {lacking[1]}" if lacking is not None else ""

    def add(self, rules: Iterable[Rule]) -> None:
        """Shipped rules, in order."""
        found = {rule.name: rule for rule in rules}
        self._shipped |= found
        self.rules |= found


def own_rule(table: Mapping[str, Any], shipped_rules: Mapping[str, Rule]) -> Rule:
    """A person's own rule. Raises `OptionError` as a file's would, and when its name is one of the product's."""
    rule = rule_of(table, "own rule")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,79}", rule.name):
        raise OptionError(f"own rule: name = {rule.name!r}: write small letters, digits, dots and hyphens, at most 80")
    if rule.name in shipped_rules:
        raise OptionError(f"own rule: name = {rule.name!r} is a rule that First Bell has; choose another name")
    return Rule(**{name: getattr(rule, name) for name in Rule.__slots__ if name != "own"}, own=True)


def load(files: Sequence[Path] | None = None) -> RuleBook:
    """The rules of `files` (default: the built-in ones and every driver's). A file with an error is refused whole."""
    book = RuleBook()
    for path in files if files is not None else [
        BUILT_IN, *sorted(BUILT_IN.parent.glob("*/rules.toml")), *sorted(DRIVERS.glob("*/rules.toml"))
    ]:  # fmt: skip
        try:
            found, defaults = read_tables(path)
            for rule in found:
                if rule.name in book.rules:
                    raise OptionError(f"{path}: rule {rule.name!r} exists already in another file; names are unique")
        except OptionError as error:
            book.refused.append(str(error))
            continue
        book.add(found)
        book.defaults += defaults
    book.tune(())
    return book


def read_file(path: Path) -> list[Rule]:
    """The rules of one file. Raises `OptionError` naming file, line and what is wrong."""
    return read_tables(path)[0]


def read_tables(path: Path) -> tuple[list[Rule], list[Setting]]:
    """The rules of one file, and what it says for kinds of devices. Raises `OptionError`."""
    try:
        text = path.read_text(encoding="utf-8")
        written = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OptionError(f"{path}: {error}") from error
    unknown = sorted(set(written) - set(_TABLES))
    if unknown:
        raise OptionError(f"{path}: unknown key {unknown[0]!r}{nearest(unknown[0], list(_TABLES))}")
    known = None if path.parent.parent == BUILT_IN.parent else WATCHES  # a detector's folder names its own
    rules: list[Rule] = []
    defaults: list[Setting] = []
    for name in _TABLES:
        lines = header_lines(text, name)
        for place, table in enumerate(tables(written.get(name, []), f"{path}: {name}")):
            where = f"{path}: line {lines[place] if place < len(lines) else '?'}"
            if name == "for-kinds":
                defaults += shipped(table, {rule.name: rule for rule in rules}, where)
                continue
            rules.append(rule_of(table, where) if name == "rule" else built_in(table, where, known))
            if len({rule.name for rule in rules}) < len(rules):
                raise OptionError(f"{where}: a second rule named {rules[-1].name!r}")
    return rules, defaults
