"""The types of what routes take and answer: times, ids, texts, pages. Each refuses what the database could not take."""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from fastapi import Depends, Path, Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

T = TypeVar("T")
_ID_MAX = 2**31 - 1
_BIG_MAX = 2**63 - 1
_YEARS = range(1970, 2200)
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")


def stamp(time: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-09-01T11:25:00.000Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _written(value: object) -> object:
    """A time as text, never as a number (2026 would be a second of 1970).

    A `+` of an offset that arrives as a space, because the query was not percent-encoded, is mended.
    """
    if not isinstance(value, str) or not value[:5].endswith("-"):
        raise ValueError("must be a time such as 2026-09-01T07:25:00-04:00 or 2026-09-01T11:25:00Z")
    return _LOST_PLUS.sub("+", value) if len(value) > 20 and "T" in value else value


def _in_range(time: datetime) -> datetime:
    if time.year not in _YEARS:
        raise ValueError(f"must be between the years {_YEARS.start} and {_YEARS.stop - 1}")
    return time.astimezone(UTC)


Stamp = Annotated[
    datetime,
    PlainSerializer(stamp, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-09-01T11:25:00.000Z"]}),
]
When = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_range)]
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Note = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
Id = Annotated[int, Path(ge=1, le=_ID_MAX)]
BigId = Annotated[int, Path(ge=1, le=_BIG_MAX)]
IdQuery = Annotated[int | None, Query(ge=1, le=_ID_MAX)]
TextQuery = Annotated[Text | None, Query()]
From = Annotated[When | None, Query(alias="from", description="Not before this time (RFC 3339).")]
To = Annotated[When | None, Query(description="Before this time (RFC 3339).")]


def example(**values: Any) -> ConfigDict:
    """A model's configuration with an example for the description: as text, since FastAPI would drop its nulls."""
    return ConfigDict(json_schema_extra={"examples": [json.dumps(values)]})


class Listing(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(description="The `cursor` of the next page; null after the last.")


class Paging(NamedTuple):
    """Which page is asked for."""

    cursor: str | None
    limit: int


async def _paging(
    cursor: Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most items in one answer.")] = 100,
) -> Paging:
    return Paging(cursor, limit)


AskedPage = Annotated[Paging, Depends(_paging)]
