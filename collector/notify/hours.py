"""Every building's school calendar as stored: the hours by which messages wait."""

from collector.calendar.compose import calendars, stored
from collector.calendar.school import Calendars
from collector.store import calendars as schedules
from collector.store.database import Database


async def school(database: Database) -> Calendars:
    """Every building's calendar, and the district's; of a document that cannot be read the district's. Raises `StoreError`."""
    return calendars(stored(await schedules.documents(database)), Calendars())[0]
