"""What people have set of a rule, for the district, a kind, a building or a device: the most specific says. Pure.

A setting is the keys of the rule's own table that are to be otherwise (`above`, `for`, `severity`, …), so that it is read and refused
as the file would be.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from collector.problems.fleet import Device
from collector.problems.rule import Rule
from collector.problems.rule_rows import built_in, rule_of
from collector.problems.tunable import keys_of, refusal
from protocols.errors import OptionError
from protocols.options import nearest
from protocols.rules import WINDOWED, duration_ms

_LIMITS = ("above", "below", *WINDOWED)
_NEVER = ("name", "metric", "event", "watch", "title", "advice", "label", "kinds", "until")


class Scope(NamedTuple):
    """What a setting is for; all None: the district."""

    building: int | None = None
    kind: str | None = None
    device: int | None = None

    @property
    def rank(self) -> int:
        """device > building and kind > building > kind > district."""
        return 4 if self.device is not None else 2 * (self.building is not None) + (self.kind is not None)

    @property
    def words(self) -> str:
        """As a line of a log names it."""
        said = [f"{name} {value}" for name, value in self._asdict().items() if value is not None]
        return ", ".join(said) or "the district"

    @property
    def places(self) -> list[str]:
        """What it names: none for the district."""
        return [name for name, value in self._asdict().items() if value is not None]

    def holds(self, device: Device | None, building: int | None = None) -> bool:
        """Whether it is for this device; what is no device is of no kind, and in its building where it has one."""
        if device is None:
            return self.device is None and self.kind is None and self.building in (None, building)
        if self.device is not None:
            return self.device == device.id
        return self.building in (None, device.building) and self.kind in (None, device.kind)


class Setting(NamedTuple):
    """`changes`: keys of the rule's table. `shipped` ones are below all of people's."""

    rule: str
    scope: Scope
    changes: Mapping[str, Any]
    shipped: bool = False


@dataclass
class Tuning:
    """Settings, and the rules made with them, kept by where they are for: few, however many devices."""

    settings: list[Setting] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_rule: dict[str, list[Setting]] = {}
        for setting in sorted(self.settings, key=lambda each: (not each.shipped, each.scope.rank)):
            self._by_rule.setdefault(setting.rule, []).append(setting)
        self._own = {(s.rule, s.scope.device) for s in self.settings if s.scope.device is not None}
        self._made: dict[tuple[Any, ...], Rule] = {}
        self._spans: dict[str, list[int]] = {}
        for setting in self.settings:
            if setting.scope.rank and "for" in setting.changes:
                self._spans.setdefault(setting.rule, []).extend(_span(setting.changes["for"]))

    def spans(self, name: str) -> list[int]:
        """Every `for` (ms) that is set of this rule for a part of the district."""
        return self._spans.get(name, [])

    def says(self, name: str, key: str, device: Device | None, building: int | None = None) -> bool:
        """Whether a person has set this key of the rule for this device, else in this building."""
        rows = (each for each in self._by_rule.get(name, ()) if not each.shipped and key in each.changes)
        return any(each.scope.holds(device, building) for each in rows)

    def of(self, rule: Rule, device: Device | None, building: int | None = None) -> Rule:
        """The rule as it is for this device, else in this building; one that is not for its kind is not `enabled`."""
        of_kind = device is not None and bool(rule.kinds) and device.kind not in rule.kinds
        if rule.name not in self._by_rule and not of_kind:
            return rule
        own = device.id if device is not None and (rule.name, device.id) in self._own else None
        place = (rule.name, device.building if device else building, device and device.kind, own, device is None)
        if place not in self._made:
            made = rule
            for setting in self._by_rule.get(rule.name, ()):
                if setting.scope.holds(device, building):
                    try:
                        made = changed(made, setting.changes, "setting")
                    except OptionError:  # of another release of the rule: it was refused when it was read
                        continue
            self._made[place] = replace(made, enabled=False) if of_kind else made
        return self._made[place]


def changed(rule: Rule, changes: Mapping[str, Any], where: str) -> Rule:
    """The rule with these keys otherwise. A limit that moves takes `clear` with it. Raises `OptionError`."""
    table = dict(rule.row)
    fixed = next((key for key in changes if key in _NEVER), None)
    if fixed is not None:
        raise OptionError(
            f"{where}: rule {rule.name!r}: {fixed} is what the rule is about and stays{nearest(fixed, keys_of(rule))}"
        )
    limit = next((key for key in _LIMITS if key in changes and key in table), None)
    if limit is not None and "clear" in table and "clear" not in changes and _number(changes[limit]):
        table["clear"] = round(table["clear"] + changes[limit] - table[limit], 9)
    table |= changes
    made = built_in(table, where, None) if "watch" in table else rule_of(table, where)
    return replace(made, own=rule.own)


def shipped(table: dict[str, Any], rules: Mapping[str, Rule], where: str) -> list[Setting]:
    """A `[[for-kinds]]`: `rule` and `kinds`, and what is otherwise for these. Raises `OptionError`."""
    name, kinds = table.pop("rule", None), table.pop("kinds", None)
    if name not in rules:
        raise OptionError(f"{where}: rule = {name!r} is no rule of this file{nearest(str(name), list(rules))}")
    if not isinstance(kinds, list) or not kinds or not all(isinstance(kind, str) and kind for kind in kinds):
        raise OptionError(f"{where}: kinds = {kinds!r}: name the kinds of devices, for instance ['printer', 'display']")
    changed(rules[name], table, where)
    if (lacking := refusal(rules[name], ("kind",), table)) is not None:
        raise OptionError(f"{where}: {lacking[1]}")
    return [Setting(name, Scope(kind=kind), table, shipped=True) for kind in kinds]


def _span(text: Any) -> list[int]:
    """A duration in ms; none where it cannot be read: it was refused when it was set."""
    try:
        return [duration_ms(str(text), "setting")]
    except OptionError:
        return []


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
