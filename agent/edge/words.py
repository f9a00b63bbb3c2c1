"""The words of a message of the building's own. Pure. What a device says is cut, and stripped of what steers a screen."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.edge.book import Message
from agent.edge.decide import OUT_OF_REACH
from agent.edge.judge import Key, Standing
from agent.edge.rules import EdgeRule
from agent.edge.times import Night
from protocols.metrics import BY_NAME
from protocols.units import show, show_point

_NAME, _LONGEST = 80, 200
_PLAIN = {0x202F: " ", 0x2212: "-", 0x2011: "-"}
_SIGNS = {
    "critical": "critical: act now",
    "major": "major: today",
    "minor": "minor: this week",
    "info": "for information",
}


@dataclass
class Words:
    """`names` are the devices' names by key, `points` what a device calls its points by (key, metric, label), `states` likewise."""

    agent: str
    rules: Mapping[str, EdgeRule]
    night: Night
    names: dict[str, str] = field(default_factory=dict)
    points: dict[tuple[str, str, str | None], str] = field(default_factory=dict)
    states: dict[tuple[str, str, str | None], Mapping[str, str]] = field(default_factory=dict)
    now: int = 0

    def __call__(self, key: Key, since: int, about: Standing | Message) -> tuple[str, str, str]:
        """Severity, title and body: of what stands, or of the end of what the message told of."""
        if isinstance(about, Message):
            return self._over(key, since, about)
        if key == OUT_OF_REACH:
            return self._out_of_reach(since)
        rule = self.rules[key.rule]
        title = self._title(rule, key, about)
        lines = [title, "", f"Severity: {_SIGNS[rule.severity]}", f"Since: {self.night.clock(since, self.now)}"]
        lines += ["", rule.advice] if rule.advice else []
        lines += ["", f"Told by the agent {self.agent} itself: it cannot reach the collector."]
        return rule.severity, f"Problem: {title}", "\n".join(lines)

    def _over(self, key: Key, since: int, told: Message) -> tuple[str, str, str]:
        at = self.night.clock(self.now, self.now)
        if key == OUT_OF_REACH:
            missed = self.night.clock(since, self.now)
            body = (
                f"At {at}. What was read since {missed} is being sent; from now on the collector tells what is wrong."
            )
            return told.severity, f"Resolved: {self.agent} reaches the collector again", body
        title = told.title.removeprefix("Problem: ")
        lines = [title, "", f"Since: {self.night.clock(since, self.now)}", f"Resolved: {at}"]
        lines += ["", f"Told by the agent {self.agent} itself: it cannot reach the collector."]
        return told.severity, f"Resolved: {title}", "\n".join(lines)

    def _out_of_reach(self, since: int) -> tuple[str, str, str]:
        body = (
            f"Since {self.night.clock(since, self.now)} the collector has acknowledged nothing: the line to the provider, the"
            " firewall, or the collector itself. Readings are kept here and sent later; meanwhile the building itself tells of"
            " its doors, its power and its temperatures."
        )
        return "major", f"Problem: {self.agent} cannot reach the collector", body

    def _title(self, rule: EdgeRule, key: Key, found: Standing) -> str:
        device = plain(self.names.get(key.device, key.device))
        fields = {"device": device, "building": plain(self.agent), "agent": plain(self.agent)}
        fields |= (
            self._of_value(rule, key, found) if key.metric else {"where": plain(key.label or device), "count": "1"}
        )
        text = f"{plain(self.agent)}: " + " ".join(rule.title.format_map(fields).split())
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    def _of_value(self, rule: EdgeRule, key: Key, found: Standing) -> dict[str, str]:
        point = (key.device, key.metric, key.label)
        known = BY_NAME.get(key.metric)
        unit = found.unit or (known.unit if known else "1")
        value = found.value if math.isfinite(found.value) else None
        meaning = known.meaning if known else key.metric
        own = self.points.get(point)
        return {
            "point": plain(own or (f"{meaning} ({key.label})" if key.label else meaning)),
            "label": plain(own or key.label or ""),
            "value": _figure(value, unit), "limit": _figure(rule.limit, unit),
            "size": _figure(None if value is None else abs(value), unit), "bound": _figure(abs(rule.limit), unit),
            "state": plain(show_point(value, key.metric, unit, self.states.get(point)).words),
        }  # fmt: skip


def plain(text: str) -> str:
    """A device's own words on one line without control and direction characters, at most 80 of them."""
    kept = " ".join("".join(sign if sign.isprintable() else " " for sign in text.translate(_PLAIN)).split())
    return kept if len(kept) <= _NAME else kept[: _NAME - 1] + "…"


def _figure(value: float | None, unit: str) -> str:
    return "?" if value is None else plain(show(value, unit).words)
