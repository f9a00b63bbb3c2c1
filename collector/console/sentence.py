"""The one sentence at the top of Now: what a director in traffic reads at 7:25. Pure; every branch is a test."""

from collections.abc import Sequence
from typing import NamedTuple

URGENT = ("critical", "major")


class Standing(NamedTuple):
    """One building as the sentence needs it. `state` is ok, a severity, unknown, or empty (no device yet)."""

    name: str
    state: str


class Cause(NamedTuple):
    """One live cause: where, what and since when (`phrase`), and how many devices are out of reach behind it.

    `silent`: nothing is heard from an agent, so what is behind it is unknown, not out of reach.
    """

    building: str | None
    what: str
    severity: str
    behind: int = 0
    silent: bool = False


class Sentence(NamedTuple):
    """`subject` (may be empty) is set apart in the colour of `tone`, `text` is the sentence, `more` the small line below."""

    tone: str
    subject: str
    text: str
    more: str = ""


_PHRASES = {
    "device.unreachable": "{device} has not answered since {since}",
    "device.silent": "nothing heard from {device} since {since}",
    "agent.silent": "its agent has not reported since {since}",
    "agent.no-data": "its agent reports, but none of its devices has sent since {since}",
}
"""How a built-in rule reads in a sentence; any other: its title and since when."""


def phrase(rule: str, title: str, device: str | None, since: str) -> str:
    """What is wrong and since when, as it follows `Middle School:`."""
    template = _PHRASES.get(rule, "")
    if not template or ("{device}" in template and not device):
        return f"{title.rstrip('.')}, since {since}"
    return template.format(device=device, since=since)


def sentence(buildings: Sequence[Standing], causes: Sequence[Cause]) -> Sentence:
    """What stands at the top. `causes` are live, worst first, symptoms already folded into them."""
    if not buildings:
        return Sentence("unknown", "", "No buildings yet.")
    urgent = [cause for cause in causes if cause.severity in URGENT or cause.silent]
    if urgent:
        return _worst(urgent[0], buildings, causes)
    unknown = [building.name for building in buildings if building.state == "unknown"]
    if unknown:
        text = f"Nothing certain is known of {listed(unknown)}."
        return Sentence("unknown", "", text, _rest(buildings, set(unknown), causes))
    if all(building.state == "empty" for building in buildings):
        return Sentence("unknown", "", f"Waiting for the first reading from {listed([b.name for b in buildings])}.")
    empty = [building.name for building in buildings if building.state == "empty"]
    more = f"Nothing is watched yet in {listed(empty)}." if empty else ""
    if causes:
        what = "one small thing" if len(causes) == 1 else f"{len(causes)} small things"
        tone = "info" if all(cause.severity == "info" for cause in causes) else "minor"
        return Sentence(tone, "", f"Nothing urgent; {what} can wait.", more)
    return Sentence("ok", "", _fine([b.name for b in buildings if b.state != "empty"], bool(empty)), more)


def listed(names: Sequence[str], most: int = 3) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, C and 4 more`."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([*([", ".join(names[:-1])] if len(names) > 1 else []), *names[-1:]])


def devices(count: int) -> str:
    """`1 device`, `43 devices`."""
    return f"{count} device{'' if count == 1 else 's'}"


def _fine(names: list[str], some_are_empty: bool) -> str:
    if len(names) == 1:
        return f"{names[0]} is fine."
    if some_are_empty:
        return f"{len(names)} buildings are fine."
    return "Both buildings are fine." if len(names) == 2 else f"All {len(names)} buildings are fine."


def _worst(cause: Cause, buildings: Sequence[Standing], causes: Sequence[Cause]) -> Sentence:
    state = ("is" if cause.behind == 1 else "are") + (" unknown" if cause.silent else " out of reach")
    behind = f"; {devices(cause.behind)} behind it {state}" if cause.behind else ""
    text = f"{cause.what}{behind}."
    tone = cause.severity if cause.severity in URGENT else "unknown"
    subject = f"{cause.building}:" if cause.building else ""
    known = {cause.building} if cause.building else set()
    return Sentence(tone, subject, text, _rest(buildings, known, [other for other in causes if other is not cause]))


def _rest(buildings: Sequence[Standing], told: set[str], causes: Sequence[Cause]) -> str:
    """The small line: what else is urgent, unknown, waiting or fine."""
    others = [building for building in buildings if building.name not in told]
    urgent = [cause for cause in causes if cause.severity in URGENT or cause.silent]
    parts = []
    if urgent:
        places = list(dict.fromkeys(cause.building for cause in urgent if cause.building))
        where = " there" if places and set(places) <= told else f" in {listed(places)}" if places else ""
        parts.append(f"{len(urgent)} more urgent problem{'' if len(urgent) == 1 else 's'}{where}")
    silent = told | {cause.building for cause in urgent if cause.building}
    unknown = [building.name for building in others if building.state == "unknown" and building.name not in silent]
    if unknown:
        parts.append(f"{listed(unknown)} unknown")
    small = len(causes) - len(urgent)
    if small:
        parts.append("1 smaller thing can wait" if small == 1 else f"{small} smaller things can wait")
    fine = sum(building.state == "ok" for building in others)
    if fine:
        parts.append(f"{fine} other building{' is' if fine == 1 else 's are'} fine")
    return " · ".join(parts)
