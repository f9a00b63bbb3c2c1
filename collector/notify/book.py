"""The stored rows of routes, people and channels as routing knows them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from collector.calendar.school import Calendars, SchoolCalendar
from collector.notify.routing import Book, Channel, Person, Route, Step

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def book_of(rows: Rows) -> Book:
    """The book of `collector.store.routes.book`'s rows."""
    people = {
        row["id"]: Person(tuple(row["channels"]), SchoolCalendar(row["timezone"]), row["quiet_from"], row["quiet_to"])
        for row in rows["people"]
    }
    channels = tuple(Channel(row["id"], row["minimum"], row["enabled"]) for row in rows["channels"])
    return Book(channels, people, tuple(route_of(row) for row in rows["routes"]))


def route_of(row: Mapping[str, Any]) -> Route:
    """One stored route."""
    steps = tuple(
        Step(step["after_min"], tuple(step["channels"]), tuple(step["people"]), step["school"]) for step in row["steps"]
    )
    fits = (tuple(row["severities"]), tuple(row["buildings"]), tuple(row["kinds"]))
    return Route(*fits, row["during"], row["tell"], steps, row["go_on"])


def calendar_of(building: int | None, calendars: Calendars, rows: Rows) -> SchoolCalendar:
    """The building's own calendar; without one the usual week in its own time zone."""
    if building is None or building in calendars.by_building:
        return calendars.of(building)
    zone = next((row["timezone"] for row in rows["buildings"] if row["id"] == building), "UTC")
    return SchoolCalendar(zone)
