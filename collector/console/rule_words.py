"""A rule in words, and the form that sets it: which fields it has, and what was written into them. Pure."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from collector.problems.rules import Rule
from collector.problems.tunable import AFTER, HOLDS, keys_of, tunable
from protocols.metrics import BY_NAME
from protocols.rules import duration_text

MOMENTS = {
    "always": "at any time", "school": "in school hours (an hour before lessons to two after)", "class": "during lessons",
    "closed": "out of school hours", "night": "at night (22:00 to 05:00)",
    "lock-down": "in lock-down hours (school calendar)",
}  # fmt: skip
_FAMILIES = {
    "bacnet": "BACnet", "beat": "Heartbeats", "host": "Machines", "hvac": "Heating, cooling, ventilation", "lan": "Local network",
    "network": "Switches and access points", "point": "What is usual", "probe": "Services", "ups": "UPS",
    "group": "Lost together", "collector": "First Bell itself", "forecast": "What runs out",
}  # fmt: skip
_NUMBERS = {
    "above": "Above", "below": "Below", "rise": "Grows by", "fall": "Falls by", "changes": "Changes (times)",
    "resets": "Begins anew (times)", "clear": "Over when back at", "count": "How many",
}  # fmt: skip
_TIMES = {"for": "Must hold for", "per": "Within", "within": "Within", "lasts": "Told for, after the last one"}
_SIGNS = {"above": "is above", "below": "is below", "rise": "grows by", "fall": "falls by"}


class Field(NamedTuple):
    """One field of the form."""

    key: str
    caption: str
    value: str
    hint: str


def family(rule: Rule) -> str:
    """What it is grouped under: the first word of its name, where that says enough."""
    word = rule.name.partition(".")[0]
    return "Own rules" if rule.own else _FAMILIES.get(word, word.capitalize())


def says(rule: Rule) -> str:
    """The rule in one sentence."""
    metric = BY_NAME.get(rule.metric)
    what = metric.meaning[:1].lower() + metric.meaning[1:] if metric else ""
    unit = "" if metric is None or metric.unit in ("1", "*") else f" {metric.unit}"
    lasts = rule.for_ms if tunable(rule).lasting == HOLDS else 0
    row, hold = rule.row, f" for {duration_text(lasts)}" if lasts else ""
    if rule.event:
        text = f"the event {rule.event} comes" + (
            f" {rule.count} times within {duration_text(rule.for_ms)}" if rule.count > 1 else ""
        )
    elif rule.sign == 0 and rule.metric:
        names = [(metric.states or {}).get(int(value), f"{value:g}") if metric else "" for value in rule.values]
        text = f"{what}: {' or '.join(names)}{hold}"
    elif rule.over in ("changes", "resets"):
        verb = "changes" if rule.over == "changes" else "begins anew"
        text = f"{what}: {verb} {rule.limit:g} times within {duration_text(rule.per_ms)}{hold}"
    elif rule.metric:
        name = next(key for key in _SIGNS if key in row)
        text = (
            f"{what}: {_SIGNS[name]} {rule.limit:g}{unit}"
            + (f" within {duration_text(rule.per_ms)}" if rule.over else "")
            + hold
        )
    else:
        text = f"“{_titled(rule)}” holds{hold}"
    return f"{text}, {MOMENTS[rule.during]}" if rule.during != "always" else text


def _titled(rule: Rule) -> str:
    """What its message says, with … for what differs; of a message that is nothing else, the rule's name in words."""
    words = re.sub(r"\{\w*\}", "…", rule.title)
    return words if any(sign.isalpha() for sign in words) else re.sub(r"[.-]", " ", rule.name.partition(".")[2])


def fields_of(rule: Rule, given: Mapping[str, str]) -> list[Field]:
    """The rule's own fields, with what was written or else what holds."""
    found = [
        Field(key, caption, given.get(key, f"{rule.row[key]:g}"), "")
        for key, caption in _NUMBERS.items()
        if key in rule.row and rule.row[key] is not None
    ]
    row = tunable(rule)
    found += [
        Field(limit.key, limit.words, given.get(limit.key, f"{rule.limits[limit.key]:g}"), limit.unit)
        for limit in row.limits
        if limit.key in rule.limits
    ]
    has = set(keys_of(rule))
    keys = [key for key in _TIMES if key in has and (key in rule.row or key == "for")]
    words = _TIMES | ({"for": _TIMES["lasts"]} if row.lasting == AFTER else {})
    times = [(key, str(rule.row.get(key, "0s"))) for key in keys]
    return found + [Field(key, words[key], given.get(key, now), "as 90s, 10m, 2h or 1d") for key, now in times]


def changes_of(rule: Rule, given: Mapping[str, str]) -> dict[str, Any]:
    """What the form wants otherwise than the rule is. Raises `ValueError` with a sentence."""
    changes: dict[str, Any] = {}
    for field in fields_of(rule, {}):
        written = given.get(field.key, "").strip()
        if written and written != field.value:
            changes[field.key] = written if field.key in _TIMES else _number(field, written)
    for key, now in (("severity", rule.severity), ("during", rule.during)):
        if given.get(key, now) != now:
            changes[key] = given[key]
    if "enabled" in given and (given["enabled"] == "yes") != rule.enabled:
        changes["enabled"] = given["enabled"] == "yes"
    if not changes:
        raise ValueError("Nothing is otherwise than it is: change a field first.")
    return changes


def _number(field: Field, written: str) -> int | float:
    try:
        number = float(written)
    except ValueError:
        raise ValueError(f"{field.caption}: {written!r} is no number.") from None
    return int(number) if field.key == "count" else number
