"""The stretch of time a history or an export is asked for: the last 24 hours when nothing is said."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple, TypeVar

from fastapi import Depends

from collector.api.errors import Refused
from collector.api.fields import From, To
from collector.house import TheHouse
from protocols.clock import utc
from protocols.errors import StoreError

T = TypeVar("T")
Resolution = Literal["raw", "5m", "1h", "1d"]
_DAY = timedelta(days=1)


class Span(NamedTuple):
    """From `start` to before `end`, aware."""

    start: datetime
    end: datetime


async def _span(house: TheHouse, start: From = None, to: To = None) -> Span:
    end = to or (max(utc(house.clock.now_ms()), start + _DAY) if start else utc(house.clock.now_ms()))
    begin = start or end - _DAY
    check_order(begin, end)
    return Span(begin, end)


def check_order(start: datetime | None, end: datetime | None) -> None:
    """Refuse a stretch of time that ends before it begins."""
    if start is not None and end is not None and start >= end:
        raise Refused(422, "query.from must be before query.to.", field="query.from")


AskedSpan = Annotated[Span, Depends(_span)]


async def answered(question: Awaitable[T]) -> T:
    """What the store answers; a question it cannot answer (too many rows, say) is 422 with its own words."""
    try:
        return await question
    except StoreError as error:
        if error.permanent and not str(error).startswith("database: "):
            raise Refused(422, f"{error}.") from error
        raise
