"""A problem's title in plain words: `{building}: {what the rule says}`. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from protocols.metrics import BY_NAME

_LONGEST = 200
_NAME = 80


class Words(NamedTuple):
    """What a title may name; None where the problem has none."""

    building: str | None = None
    device: str | None = None
    agent: str | None = None
    point: str | None = None
    label: str | None = None
    value: float | None = None
    unit: str | None = None
    state: str | None = None


def words(row: Mapping[str, Any], value: float | None) -> Words:
    """The words of a stored row: building, device, agent, point, label, unit, and its `states` to name the value by."""
    names = row.get("states") or {}
    named = BY_NAME.get(row.get("metric") or "")
    if not names and named is not None and named.states:
        names = {str(number): name for number, name in named.states.items()}
    state = names.get(str(int(value))) if value is not None and value == int(value) else None
    texts = {key: row.get(key) for key in ("building", "device", "agent", "point", "label", "unit")}
    return Words(**texts, value=value, state=state)


def title(template: str, words: Words) -> str:
    """The template with its fields filled in, at most 200 characters, the building in front."""
    fields = {
        "building": plain(words.building),
        "device": plain(words.device) or "a device",
        "agent": plain(words.agent) or "an agent",
        "point": plain(words.point) or "a point",
        "label": plain(words.label),
        "value": number(words.value),
        "unit": plain(words.unit if words.unit != "1" else ""),
        "state": plain(words.state) or number(words.value),
    }
    text = " ".join(template.format_map(fields).split())
    if fields["building"] and not text.startswith(fields["building"]):
        text = f"{fields['building']}: {text}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def plain(text: str | None) -> str:
    """A device's own words without control and direction characters, at most 80 of them."""
    kept = "".join(char if char.isprintable() else " " for char in text or "")
    kept = " ".join(kept.split())
    return kept if len(kept) <= _NAME else kept[: _NAME - 1] + "…"


def number(value: float | None) -> str:
    """A value as a person writes it: at most one decimal, none when whole."""
    if value is None:
        return "?"
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
