"""A problem's title in plain words: `{building}: {what the rule says}`. Pure."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from collector.problems.rule import EXTRA
from protocols.metrics import BY_NAME
from protocols.units import Shown, show, show_point

_LONGEST = 200
_NAME = 80
_PLAIN = {0x202F: " ", 0x2212: "-"}


class Words(NamedTuple):
    """What a title may name; None where the problem has none. `metric`, `unit` and `states` say how its figures are shown."""

    building: str | None = None
    device: str | None = None
    agent: str | None = None
    point: str | None = None
    label: str | None = None
    value: float | None = None
    limit: float | None = None
    metric: str = ""
    unit: str = "1"
    states: Mapping[str, str] | None = None


def words(row: Mapping[str, Any], value: float | None, limit: float | None = None) -> Words:
    """The words of a stored row (building, device, agent, point, label, metric, unit, states), of a value and its limit."""
    texts = {key: row.get(key) for key in ("building", "device", "agent", "states")}
    metric, label = row.get("metric") or "", row.get("label")
    point = row.get("point") or _meaning(metric, label)
    return Words(
        **texts,
        point=point,
        label=row.get("point") or label if label else label,
        value=value,
        limit=limit,
        metric=metric,
        unit=row.get("unit") or "1",
    )


def title(template: str, words: Words, extra: Mapping[str, str] | None = None) -> str:
    """The template with its fields filled in, at most 200 characters, the building in front.

    `{label}` is what tells the point from its siblings: its own name where it has one, else its label. `{value}` and `{limit}`
    come with their unit, `{size}` and `{bound}` are the same without their sign, `{state}` is the value's name. `extra` are a detector's own words.
    """
    fields = {
        **{name: plain((extra or {}).get(name)) for name in EXTRA},
        "building": plain(words.building),
        "device": plain(words.device) or "a device",
        "agent": plain(words.agent) or "an agent",
        "point": plain(words.point) or "a point",
        "label": plain(words.label),
        "value": _figure(words.value, words.unit),
        "limit": _figure(words.limit, words.unit),
        "size": _figure(None if words.value is None else abs(words.value), words.unit),
        "bound": _figure(None if words.limit is None else abs(words.limit), words.unit),
        "state": _plainly(show_point(words.value, words.metric, words.unit, words.states)),
    }
    text = " ".join(template.format_map(fields).split())
    building = fields["building"]
    if building and not re.match(rf"{re.escape(building)}(?!\w)", text):
        text = f"{building}: {text}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def plain(text: str | None) -> str:
    """A device's own words without control and direction characters, at most 80 of them."""
    kept = "".join(char if char.isprintable() else " " for char in text or "")
    kept = " ".join(kept.split())
    return kept if len(kept) <= _NAME else kept[: _NAME - 1] + "…"


def _meaning(metric: str, label: str | None) -> str:
    """What a point without a name of its own is called: what its metric means, and what tells it from its siblings."""
    known = BY_NAME.get(metric)
    name = known.meaning if known else metric
    return f"{name} ({label})" if label else name


def _figure(value: float | None, unit: str) -> str:
    return "?" if value is None else _plainly(show(value, unit))


def _plainly(shown: Shown) -> str:
    """As a text message can carry it: no typographer's spaces and signs. A state's name is the device's own text."""
    return plain(shown.words.translate(_PLAIN))
