"""The report in a colleague's words: one sentence that says it all, four short sections, the figures. Pure.

It is made of the facts of one building or of several (`collector.notify.report.facts`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, tzinfo
from typing import Any, NamedTuple

from collector.calendar.zones import zone
from collector.notify.report.lines import Here, Line, bare, clock, line, plain_text
from protocols.wire.batch import SEVERITIES

Facts = Mapping[str, Any]
IN_MESSAGE, ON_PAGE = 5, 15
"""Most lines of a section: in a message, which fits a phone's screen, and on the console's page."""


class Section(NamedTuple):
    """One heading, its lines, and how many more there are."""

    name: str
    title: str
    lines: list[Line]
    more: int


class Report(NamedTuple):
    """`sentence` says it all; `notes` are said once; `calm`: there is nothing to tell."""

    day: date
    sentence: str
    sections: list[Section]
    figures: str
    notes: list[str]
    calm: bool


class Wanted(NamedTuple):
    """For which morning it is composed, how many lines a section has at most, and what else is to be said."""

    day: date
    most: int = IN_MESSAGE
    notes: Sequence[str] = ()


def compose(documents: Sequence[Facts], wanted: Wanted) -> Report:
    """The report of these buildings; the document of what belongs to none (`building` None) may be among them."""
    places = [one for one in documents if one["building"] is not None]
    several = len(places) > 1
    titles = {"broken": "Broken now", "healed": "Broke and healed", "runs_out": "Will run out", "changed": "Changed"}
    sections = []
    for name, title in titles.items():
        count = sum(one[name]["count"] for one in documents)
        if count:
            found = _ranked(name, documents)
            lines = [line(entry, _here(document, documents, several)) for document, entry in found[: wanted.most]]
            sections.append(Section(name, title + _span(name, documents), lines, count - len(lines)))
    silent = any((one["numbers"] or {}).get("silent", 0) for one in places)
    calm = not sections and not silent
    return Report(wanted.day, _sentence(documents, places), sections, _figures(places), list(wanted.notes), calm)


def zone_of(documents: Sequence[Facts]) -> tzinfo:
    """The time zone of the first building; UTC where there is none, or this machine does not know it."""
    return zone(next((one["timezone"] for one in documents if one["timezone"]), None))


def _here(document: Facts, documents: Sequence[Facts], several: bool) -> Here:
    where = zone_of([document]) if document["timezone"] else zone_of(documents)
    return Here(document["made"], where, document["name"], several)


def _ranked(name: str, documents: Sequence[Facts]) -> list[tuple[Facts, Facts]]:
    """All lines of a section with the document they are of: problems by gravity and age, what runs out by its day."""
    found = [(document, entry) for document in documents for entry in document[name]["lines"]]
    if name in ("broken", "healed"):
        return sorted(found, key=lambda one: (-SEVERITIES.index(one[1]["severity"]), one[1]["opened"], one[1]["id"]))
    if name == "runs_out":
        return sorted(found, key=lambda one: one[1].get("at") or 1 << 62)
    return found


def _span(name: str, documents: Sequence[Facts]) -> str:
    """` since Mon 06:45`, ` by Sun 6 Dec`: of the first document, where one report is of one span."""
    first = documents[0]
    if name in ("healed", "changed"):
        earliest = min(one["since"] for one in documents)
        return f" since {clock(earliest, first['made'], zone_of(documents))}"
    if name == "runs_out":
        return " by the end of next week"
    return ""


def _sentence(documents: Sequence[Facts], places: Sequence[Facts]) -> str:
    grave = sum(one["grave"] for one in documents)
    minor = sum(one["broken"]["minor"] for one in documents)
    watched = [one for one in places if (one["numbers"] or {}).get("devices", 0)]
    if grave:
        return _broken(grave, documents, places)
    unknown = [one for one in places if (one["numbers"] or {}).get("silent", 0)]
    small = "" if not minor else f"; {_count(minor, 'small thing')} can wait"
    if unknown:
        agent = "its agent does" if len(unknown) == 1 else "their agents do"
        return f"Nobody can tell how {_names(unknown)} {_is(unknown)}: {agent} not report{small}."
    if not watched:
        return f"Nothing is watched at {_names(places)} yet{small}." if places else "Nothing is watched yet."
    if not any(one["school"] for one in places):
        return f"Nothing is broken at {_names(watched)}{small}."
    who = _names(watched) if len(watched) <= 3 else f"All {len(watched)} buildings"
    return f"{who} {_is(watched)} ready for the first bell{small}."


def _broken(grave: int, documents: Sequence[Facts], places: Sequence[Facts]) -> str:
    """`2 things are broken at Lincoln MS: switch IDF-2 does not answer (43 devices behind it); …`."""
    hurt = [one for one in documents if one["grave"]]
    named = [one for one in hurt if one["building"] is not None]
    where = f" at {_names(named)}" if named and len(named) <= 3 else ""
    if len(named) > 3:
        where = f" in {len(named)} of {len(places)} buildings"
    found = [one for one in _ranked("broken", documents) if one[1]["severity"] in ("critical", "major")]
    said = []
    for document, entry in found[:2]:
        text = bare(entry["title"], _here(document, documents, len(named) != 1))
        said.append(text + (f" ({_count(entry['behind'], 'device')} behind it)" if entry["behind"] else ""))
    rest = grave - len(said)
    words = "; ".join(said) + (f"; and {rest} more" if rest > 0 else "")
    return f"{_count(grave, 'thing')} {'is' if grave == 1 else 'are'} broken{where}: {words}."


def _figures(places: Sequence[Facts]) -> str:
    found = [one for one in places if one["numbers"] is not None]
    if not found:
        return ""
    sums = {name: sum(one["numbers"][name] for one in found) for name in ("devices", "unreachable", "unknown", "agents", "silent")}  # fmt: skip
    words = [f"{_count(sums['devices'], 'device')}"]
    words += [f"{sums['unreachable']} out of reach"] if sums["unreachable"] else []
    words += [f"{sums['unknown']} not known"] if sums["unknown"] else []
    if sums["silent"]:
        words.append(f"{sums['silent']} of {_count(sums['agents'], 'agent')} silent")
    elif sums["agents"]:
        words.append("all agents report" if sums["agents"] > 1 else "its agent reports")
    complete = [one["numbers"]["complete_upto"] for one in found if one["numbers"]["complete_upto"] is not None]
    if complete:
        words.append(f"data complete up to {clock(min(complete), found[0]['made'], zone_of(found))}")
    return " · ".join(words)


def _names(places: Sequence[Facts]) -> str:
    names = [plain_text(one["name"], 60) for one in places]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _is(places: Sequence[Facts]) -> str:
    return "is" if len(places) == 1 else "are"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
