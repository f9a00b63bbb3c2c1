"""Live causes as cards: their symptoms folded in, what is behind them counted by kind. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from collector.calendar.zones import zone
from collector.console.kinds import counted
from collector.console.sentence import Cause, phrase
from collector.console.text import plain
from collector.console.times import clock_time

Row = Mapping[str, Any]


class Card(NamedTuple):
    """One cause as it is shown. `behind` counts by kind what does not answer below it; `symptoms` are titles."""

    id: int
    severity: str
    rule: str
    title: str
    advice: str
    building: str | None
    building_id: int | None
    device_id: int | None
    device: str | None
    opened: datetime
    where: tzinfo
    taken: str
    symptoms: list[str]
    behind: dict[str, int]
    silent: bool

    @property
    def affected(self) -> int:
        """How many devices this cause keeps out of reach, as far as is known; what else follows from it is no device."""
        return max(sum(self.behind.values()), len(self.symptoms)) if _explains(self.rule) else 0

    @property
    def behind_words(self) -> str:
        """`38 cameras, 3 printers`."""
        return ", ".join(counted(kind, count) for kind, count in sorted(self.behind.items(), key=lambda kv: -kv[1]))

    def spoken(self, now: datetime) -> Cause:
        """This cause as the sentence needs it."""
        since = clock_time(self.opened, now, self.where)
        device = _unbroken(plain(self.device, 60)) if self.device else None
        what = phrase(self.rule, plain(self.title, 120), device, since)
        building = plain(self.building, 60) if self.building else None
        return Cause(building, what, self.severity, self.affected, self.silent)


def cards(causes: Sequence[Row], symptoms: Sequence[Row], behind: Sequence[Row]) -> list[Card]:
    """One card a cause, in the order given (worst first)."""
    folded: dict[int, list[str]] = {}
    for symptom in symptoms:
        folded.setdefault(symptom["cause_id"], []).append(str(symptom["device"] or symptom["title"]))
    below: dict[str, dict[str, int]] = {}
    for row in behind:
        below.setdefault(row["root"], {})[row["kind"]] = row["devices"]
    return [_card(cause, folded.get(cause["id"], []), below) for cause in causes]


def bare_title(title: str, building: str | None) -> str:
    """A title without the building in front of it, where the building is shown beside it."""
    return title.removeprefix(f"{building}: ") if building else title


def _unbroken(name: str) -> str:
    """A short name that a large heading does not break at its hyphens (U+2011)."""
    return name.replace("-", "\u2011") if len(name) <= 24 else name


def _explains(rule: str) -> bool:
    """Whether devices fall silent by it."""
    return rule in ("agent.silent", "device.unreachable")


def _card(cause: Row, symptoms: list[str], below: Mapping[str, dict[str, int]]) -> Card:
    silent = cause["rule"] in ("agent.silent", "agent.no-data")
    root = cause["agent_id"] if cause["device_id"] is None else str(cause["device_id"])
    return Card(
        cause["id"],
        cause["severity"],
        cause["rule"],
        bare_title(cause["title"], cause["building"]),
        cause["advice"],
        cause["building"],
        cause["building_id"],
        cause["device_id"],
        cause["device"],
        cause["opened_at"],
        zone(cause["timezone"]),
        _taken(cause),
        symptoms,
        below.get(root or "", {}) if _explains(cause["rule"]) else {},
        silent,
    )


def _taken(cause: Row) -> str:
    if cause["state"] == "acknowledged":
        return f"{plain(cause['acknowledged_by'] or 'Somebody', 40)} is on it"
    return "Snoozed" if cause["state"] == "snoozed" else ""
