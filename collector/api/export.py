"""GET /export: history of any size as a stream of CSV or NDJSON, in constant memory."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse

from collector.api.auth import viewer
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.fields import IdQuery, TextQuery, stamp
from collector.api.history import Ids
from collector.api.span import AskedSpan, Resolution, Span
from collector.house import House, TheHouse
from collector.store import export as store
from collector.store import points
from collector.store.accounts import Caller
from collector.store.paging import Page, Row
from collector.store.points import Chosen, PointFilter

router = APIRouter(prefix="/export", tags=["history"], responses=ERRORS)
_POINTS = 500
_MEDIA = {"csv": "text/csv", "ndjson": "application/x-ndjson"}
_SHOWS = {
    "csv": "time,building,device,device_name,point,metric,label,unit,value\r\n"
    '2026-09-01T11:25:00.000Z,3,17,Air handler 3,204,bacnet.value,"analog-input,1",Cel,13.4\r\n',
    "ndjson": '{"time":"2026-09-01T11:25:00.000Z","building":3,"device":17,"device_name":"Air handler 3","point":204,'
    '"metric":"bacnet.value","label":"analog-input,1","unit":"Cel","value":13.4}\n',
}
_KNOWN = ("building", "device", "device_name", "id", "metric", "label", "unit")
_SHOWN = ("building", "device", "device_name", "point", "metric", "label", "unit")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Part = list[tuple[Any, ...]]
Write = Callable[[Row, Part], bytes]


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before one that could start one."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else text


async def _filter(
    device: IdQuery = None, metric: TextQuery = None, building: IdQuery = None, kind: TextQuery = None
) -> PointFilter:
    return PointFilter(device, metric, building, kind)


class Form:
    """How the answer is written: `format`, else what the Accept header asks for, else CSV."""

    def __init__(
        self,
        format: Annotated[Literal["csv", "ndjson"] | None, Query()] = None,  # noqa: A002 (the parameter's name)
        resolution: Annotated[Resolution, Query(description="Samples as they came, or rollups.")] = "raw",
        accept: Annotated[str, Header()] = "",
    ) -> None:
        self.name: str = format or ("ndjson" if _MEDIA["ndjson"] in accept else "csv")
        self.resolution = resolution
        self.columns = (store.RAW_COLUMNS if resolution == "raw" else store.BUCKET_COLUMNS)[2:]

    def head(self) -> bytes:
        """What comes before the first row."""
        return b"" if self.name == "ndjson" else f"{','.join(('time', *_SHOWN, *self.columns))}\r\n".encode()

    def write(self, row: Row, part: Part) -> bytes:
        """Rows of one point: (point, time, figures…) each."""
        if self.name == "csv":
            middle = _csv_row([cell(value) if isinstance(value, str) else value for value in _known(row)])
            lines = (f"{stamp(line[1])},{middle},{','.join(map(str, line[2:]))}\r\n" for line in part)
            return "".join(lines).encode()
        known = dict(zip(_SHOWN, _known(row), strict=True))
        return msgspec.json.Encoder().encode_lines(
            [{"time": stamp(line[1]), **known, **dict(zip(self.columns, line[2:], strict=True))} for line in part]
        )


@router.get(
    "",
    response_class=StreamingResponse,
    responses={
        200: {"content": {_MEDIA[form]: {"schema": {"type": "string"}, "example": _SHOWS[form]} for form in _MEDIA}}
    },
)
async def export(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    span: AskedSpan,
    wanted: Annotated[PointFilter, Depends(_filter)],
    form: Annotated[Form, Depends()],
    point: Ids = None,
) -> StreamingResponse:
    """Every sample (or bucket of `resolution`) of the points that fit, by point and time."""
    if house.exports.locked():
        raise Refused(429, "Other exports are running: try again in a minute.", {"Retry-After": "60"})
    chosen = Chosen(point, wanted)
    first = await _page(house, caller, chosen, None)
    if not first.items:
        raise not_found("point that fits", "these filters")
    lines = _lines(house, form, span, _pages(house, caller, chosen, first))
    headers = {"Content-Disposition": f'attachment; filename="firstbell.{form.name}"', "Cache-Control": "no-store"}
    return StreamingResponse(lines, media_type=_MEDIA[form.name], headers=headers)


def _known(row: Row) -> list[Any]:
    return [row[name] for name in _KNOWN]


def _csv_row(cells: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


async def _page(house: House, caller: Caller, chosen: Chosen, cursor: str | None) -> Page:
    return await points.among(house.database, caller.scope, chosen, cursor, _POINTS)


async def _pages(house: House, caller: Caller, chosen: Chosen, first: Page) -> AsyncIterator[list[Row]]:
    page = first
    yield page.items
    while page.next is not None:
        page = await _page(house, caller, chosen, page.next)
        yield page.items


async def _lines(house: House, form: Form, span: Span, pages: AsyncIterator[list[Row]]) -> AsyncIterator[bytes]:
    async with house.exports:
        yield form.head()
        async for page in pages:
            rows = {row["id"]: row for row in page}
            parts = store.export(house.database, list(rows), span.start, span.end, form.resolution)
            async with aclosing(parts) as closing:
                async for part in closing:
                    yield form.write(rows[part[0][0]], part)
                    await asyncio.sleep(0)
