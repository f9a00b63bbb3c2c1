"""What a problem was judged by, in words: one row a key of its evidence. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Any, NamedTuple

from collector.console.times import age, clock_time
from protocols.clock import utc
from protocols.units import show


class Fact(NamedTuple):
    """One line: what, and how it was."""

    name: str
    value: str


class Setting(NamedTuple):
    """What the figures are in (UCUM), what states and points are called, and the time as the building tells it."""

    unit: str
    states: Mapping[str, str]
    now: datetime
    where: tzinfo
    points: Mapping[int, str] = {}
    units: Mapping[int, str] = {}
    """Of those other points."""


_Said = Callable[[Any, Setting], str]


def _figure(value: Any, how: Setting) -> str:
    if how.states:
        return how.states.get(f"{value:g}", f"state {value:g}")
    return show(float(value), how.unit).words


def _moment(value: Any, how: Setting) -> str:
    return clock_time(utc(round(value)), how.now, how.where)


def _long(value: Any, how: Setting) -> str:
    return age(value / 1000)


def _text(value: Any, how: Setting) -> str:
    return str(value)


def _number(value: Any, how: Setting) -> str:
    return f"{value:,.10g}"


def _names(value: Any, how: Setting) -> str:
    shown = [str(one) for one in value[:20]]
    return ", ".join(shown) + (f" and {len(value) - 20} more" if len(value) > 20 else "")


def _figures(value: Any, how: Setting) -> str:
    return " or ".join(_figure(one, how) for one in value)


def _band(value: Any, how: Setting) -> str:
    return " to ".join(_figure(one, how) for one in value)


def _pairs(value: Any, how: Setting) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {one:.4g}" for name, one in value.items() if isinstance(one, int | float)
    )


def _points(value: Any, how: Setting) -> str:
    ids = value.values() if isinstance(value, Mapping) else value
    return ", ".join(how.points[one] for one in ids if one in how.points)


def _samples(value: Any, how: Setting) -> str:
    said = [f"{_figure(one, how)} at {_moment(at, how)}" for at, one in value]
    return ", ".join([words for words, _ in groupby(said)][-5:])


def _hold(value: Any, how: Setting) -> str:
    return age(value / 1000) if value > 0 else ""  # what opens at once was not held


def _share(value: Any, how: Setting) -> str:
    return show(100 * float(value), "%").words


def _shares(value: Any, how: Setting) -> str:
    return ", ".join(f"{_share(one, how)} at {_moment(at, how)}" for at, one in value[-5:])


def _share_band(value: Any, how: Setting) -> str:
    return " to ".join(_share(one, how) for one in value)


def _truth(value: Any, how: Setting) -> str:
    return "yes" if value else "no"


def _days(value: Any, how: Setting) -> str:
    return f"{value:.0f}"


_ROWS: tuple[tuple[str, str, _Said], ...] = (
    ("standing", "There", _text),
    ("samples", "Newest values", _samples),
    ("limit", "Limit", _figure),
    ("clear", "Over when back at", _figure),
    ("is", "Judged bad", _figures),
    ("normal", "Usual then", _band),
    ("share", "Time on, newest", _shares),
    ("usual_share", "Time on, usual then", _share_band),
    ("rise", "Grew by", _figure),
    ("fall", "Fell by", _figure),
    ("changes", "Changed, times", _number),
    ("resets", "Began anew, times", _number),
    ("per_ms", "Within", _long),
    ("for_ms", "Held for at least", _hold),
    ("count", "How many", _number),
    ("within_ms", "Within", _long),
    ("unreachable_since", "No answer since", _moment),
    ("last_heard", "Last heard", _moment),
    ("last", "Last report", _moment),
    ("due", "Was due", _moment),
    ("started", "Started", _moment),
    ("rows", "Rows", _number),
    ("usual_rows", "Usual rows", _number),
    ("limit_percent", "Allowed change, %", _number),
    ("as_of", "Its data are of", _moment),
    ("age_ms", "Age of its data", _long),
    ("limit_ms", "Allowed age", _long),
    ("behind", "Devices behind it", _number),
    ("members", "Which", _names),
    ("objects", "Objects in alarm", _names),
    ("paths", "Ways to it", _names),
    ("level", "Level", _figure),
    ("days", "Days left", _days),
    ("low", "At the earliest, days", _days),
    ("high", "At the latest, days", _days),
    ("counted_in", "Counted in", _text),
    ("hours", "Hours left", _days),
    ("equipment", "Equipment", _text),
    ("fault", "Fault condition", _text),
    ("source", "After", _text),
    ("means", "Means", _pairs),
    ("limits", "Limits", _pairs),
    ("points", "Points", _points),
    ("roles", "Roles", _text),
    ("kwh", "Used for it, kWh", _number),
    ("failures", "Failed, times", _number),
    ("said", "In its own words", _text),
    ("starts", "Starts", _number),
    ("batches", "Batches that wait", _number),
    ("state", "State", _text),
    ("known_since_start", "Was so when first heard", _truth),
)


def facts(evidence: Mapping[str, Any], how: Setting) -> list[Fact]:
    """What is known, in the order of the table; a value of another shape than expected is left out, not guessed."""
    found = []
    for key, name, said in _ROWS:
        value = evidence.get(key)
        if value is None or value == [] or value == {}:
            continue
        try:
            words = said(value, how)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
            continue
        if words:
            found.append(Fact(name, words))
    return found + _of_points(evidence.get("unusual"), how)


def _of_points(unusual: Any, how: Setting) -> list[Fact]:
    """What each of several points was judged by, one line a point: its newest values, and what is usual."""
    found = []
    for one in unusual if isinstance(unusual, list) else ():
        identity = one.get("point") if isinstance(one, Mapping) else None
        if not isinstance(identity, int) or identity not in how.points:
            continue
        own = how._replace(unit=how.units.get(identity, "1"), states={}, points={})
        lines = facts({key: value for key, value in one.items() if key != "unusual"}, own)
        values = [f"{fact.name[:1].lower()}{fact.name[1:]} {fact.value}" for fact in lines]
        if values:
            found.append(Fact(how.points[identity], "; ".join(values)))
    return found
