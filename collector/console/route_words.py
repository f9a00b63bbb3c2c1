"""Routes and quiet hours in words, and a route's form read back. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from collector.console.kinds import kind_of
from collector.console.standing import WORDS, WORST_FIRST

DURING = {"always": "at any time", "school": "while school is in", "outside": "while school is out"}
TELL = {"now": "at once", "school": "when school is in", "report": "in the First Bell report only"}
STEPS = 10


class Names(NamedTuple):
    """What ids are called."""

    buildings: Mapping[int, str]
    people: Mapping[int, str]
    channels: Mapping[int, str]


def when(route: Mapping[str, Any], names: Names) -> str:
    """`Critical or major, HVAC controllers, at High School, while school is out`."""
    wanted = [word for word in WORST_FIRST if word in route["severities"]]
    severity = listed([WORDS[one].lower() for one in wanted], "or") if wanted else "every severity"
    parts = [f"{severity[:1].upper()}{severity[1:]}"]
    if route["kinds"]:
        parts.append("of " + listed([kind_of(kind).many for kind in route["kinds"]], "or"))
    if route["buildings"]:
        parts.append(
            "at " + listed([names.buildings.get(one, "a building that is gone") for one in route["buildings"]], "or")
        )
    if route["during"] != "always":
        parts.append(DURING[route["during"]])
    return ", ".join(parts)


def then(route: Mapping[str, Any], names: Names) -> list[str]:
    """One line a step: who, and when."""
    if route["tell"] == "report":
        return ["Nobody is sent a message; it is in the First Bell report."]
    lines = []
    for step in route["steps"]:
        who = [names.people.get(one, "somebody who is gone") for one in step["people"]]
        who += [names.channels.get(one, "a channel that is gone") for one in step["channels"]]
        if not who:
            continue
        start = (
            TELL[route["tell"]] if not step["after_min"] else f"{minutes(step['after_min'])} later, if nobody has it"
        )
        school = ", in school hours" if step["school"] else ""
        lines.append(f"{start[:1].upper()}{start[1:]}{school}: {listed(who, 'and')}")
    return lines


def quiet(person: Mapping[str, Any]) -> str:
    """`quiet from 22:00 to 06:00 (America/Chicago); critical comes through`, or that there is none."""
    if person["quiet_from"] is None:
        return "no quiet hours"
    return f"quiet from {clock(person['quiet_from'])} to {clock(person['quiet_to'])} ({person['timezone']}); critical comes through"


def clock(minute: int | None) -> str:
    """`22:00`; empty for None."""
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


def minute(text: str) -> int | None:
    """A clock time's minute of the day; None when it is empty. Raises `ValueError` with a sentence."""
    if not text.strip():
        return None
    hours, _, minutes_ = text.strip().partition(":")
    if not (hours.isdigit() and minutes_[:2].isdigit()) or int(hours) > 23 or int(minutes_[:2]) > 59:
        raise ValueError("Quiet hours: write clock times, as 22:00.")
    return int(hours) * 60 + int(minutes_[:2])


def minutes(count: int) -> str:
    """`10 minutes`, `2 hours`, `1 day`."""
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if count % size == 0:
            many = count // size
            return f"{many} {unit}{'' if many == 1 else 's'}"
    return ""


def listed(words: Sequence[str], last: str) -> str:
    """`a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


def route_of(single: Mapping[str, str], many: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The route that a form says; steps without anybody are left out. Raises `ValueError` with a sentence."""
    steps = []
    for number in range(STEPS):
        people, channels = (many.get(f"{what}{number}", ()) for what in ("people", "channels"))
        if not people and not channels:
            continue
        after = single.get(f"after{number}", "").strip() or "0"
        if not (after.isascii() and after.isdigit()):
            raise ValueError(f"Step {number + 1}: {after!r} is no number of minutes.")
        steps.append({
            "after_min": int(after), "school": f"school{number}" in single, "people": _ids(people), "channels": _ids(channels),
        })  # fmt: skip
    tell = single.get("tell", "now")
    return {
        "name": single.get("name", "").strip(), "severities": list(many.get("severities", ())),
        "buildings": _ids(many.get("buildings", ())), "kinds": list(many.get("kinds", ())), "during": single.get("during", "always"),
        "tell": tell, "go_on": "go_on" in single, "steps": [] if tell == "report" else sorted(steps, key=lambda one: one["after_min"]),
    }  # fmt: skip


def _ids(texts: Sequence[str]) -> list[int]:
    return [int(text[:10]) for text in texts if text.isascii() and text.isdigit()]
