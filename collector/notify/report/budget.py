"""The alert budget: how many messages a person or channel was told in a week, against how many they can still read. Pure.

Twenty a week is four a school day. Who gets more than can be looked into reads none of them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from collector.calendar.school import SchoolCalendar

Row = Mapping[str, Any]
NOISIEST = 5


class Rule(NamedTuple):
    """A rule and how many messages it made."""

    name: str
    told: int


class Spent(NamedTuple):
    """What one channel or person was told in a week, the noisiest rules first; `over`: more than the budget."""

    name: str
    told: int
    budget: int
    over: bool
    rules: tuple[Rule, ...]


def week_of(calendar: SchoolCalendar, day: date) -> tuple[int, int]:
    """The week of this day: Monday 00:00 to the next, local, in ms (UTC)."""
    monday = day - timedelta(days=day.weekday())
    return calendar.at(monday, time(0)), calendar.at(monday + timedelta(days=7), time(0))


def week_before(calendar: SchoolCalendar, day: date) -> tuple[int, int]:
    """The week before this day's."""
    return week_of(calendar, day - timedelta(days=7))


def spent(name: str, rows: Sequence[Row], budget: int) -> Spent:
    """Of rows `{rule, told}`."""
    by_rule: dict[str, int] = {}
    for row in rows:
        by_rule[row["rule"]] = by_rule.get(row["rule"], 0) + row["told"]
    ranked = sorted((Rule(rule, told) for rule, told in by_rule.items()), key=lambda one: (-one.told, one.name))
    told = sum(by_rule.values())
    return Spent(name, told, budget, told > budget, tuple(ranked[:NOISIEST]))


def note_of(channel: int, rows: Sequence[Row], budget: int) -> str:
    """The report's line for a channel that was told more than the budget; empty: it was not."""
    found = spent("", [row for row in rows if row["channel_id"] == channel], budget)
    if not found.over:
        return ""
    first = found.rules[0]
    return (
        f"Last week you were told {found.told} messages; the budget is {budget}. The noisiest rule is {first.name} ({first.told}):"
        " tune it in the console under Reports, Alert budget."
    )
