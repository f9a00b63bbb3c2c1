"""Keyset cursors: a page continues after the last row's sort key, so that no row is skipped or repeated while rows come in."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 2_000
_BIGGEST = 2**63 - 1

Key = int | str | datetime
Row = dict[str, Any]
"""A row by column name, as every list of the store gives them."""


class CursorError(ValueError):
    """A cursor that this list did not give out."""


class Page(NamedTuple):
    """Some rows of a list and the cursor of the next ones; None after the last."""

    items: list[Row]
    next: str | None


def page(rows: list[Row], limit: int, key: Callable[[Row], tuple[Key, ...]]) -> Page:
    """The page of `rows`, which were asked for with `limit + 1`; `key` gives a row's sort key."""
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], encode(key(rows[limit - 1])))


def encode(key: tuple[Key, ...]) -> str:
    """A sort key as URL-safe text; a time keeps its microseconds."""
    parts = [(part - _EPOCH) // timedelta(microseconds=1) if isinstance(part, datetime) else part for part in key]
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str | None, first: tuple[Key, ...]) -> tuple[Any, ...]:
    """The sort key to continue after: `first` without a cursor, else parts of the same types. Raises `CursorError`."""
    if cursor is None:
        return first
    try:
        if len(cursor) > _LONGEST:
            raise CursorError("too long")
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if not isinstance(parts, list) or len(parts) != len(first):
            raise CursorError("another list's")
        return tuple(_part(part, like) for part, like in zip(parts, first, strict=True))
    except (binascii.Error, ValueError, OverflowError, RecursionError) as error:
        raise CursorError("is not a cursor of this list: send `next` of the page before, unchanged") from error


def _part(part: Any, like: Key) -> Key:
    if isinstance(like, str):
        if isinstance(part, str) and "\0" not in part:
            part.encode()
            return part
    elif type(part) is int and abs(part) <= _BIGGEST:
        return _EPOCH + timedelta(microseconds=part) if isinstance(like, datetime) else part
    raise CursorError("another list's")
