"""What pages and the API ask of the report's figures: the budget of a week, the calendar that its weeks go by."""

from datetime import datetime

from collector.calendar.school import SchoolCalendar
from collector.notify.hours import school
from collector.notify.report.budget import Spent, spent
from collector.notify.report.schedule import district_of
from collector.store import budget, report_settings
from collector.store.database import Database


async def district_calendar(database: Database) -> SchoolCalendar:
    """What the district as a whole goes by."""
    return district_of(await school(database))


async def spent_by(
    database: Database, start: datetime, end: datetime, account: str | None = None
) -> list[tuple[bool, Spent]]:
    """What each channel, and each person (True), was told from `start` to `end`: those told most in front.

    With an `account` of the person alone who signs in so, also when that person was told nothing; empty: nobody does.
    """
    limit = (await report_settings.settings(database))["budget"]
    if account is not None:
        rows = await budget.told_people(database, start, end)
        return [
            (True, spent(name, [row for row in rows if row["person"] == name], limit))
            for name in await budget.people_of(database, account)
        ]
    found: list[tuple[bool, Spent]] = []
    for person, key, rows in (
        (True, "person", await budget.told_people(database, start, end)),
        (False, "channel", await budget.told(database, start, end)),
    ):
        names = dict.fromkeys(row[key] for row in rows)
        found += [(person, spent(name, [row for row in rows if row[key] == name], limit)) for name in names]
    return sorted(found, key=lambda one: (-one[1].told, not one[0], one[1].name))
