"""A device's attributes and events as its page tells them. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

Row = Mapping[str, Any]
_IDENTITY = ("vendor", "model", "serial", "firmware", "location")
_NAMES = {"os": "operating system", "cpu": "processor", "mac": "MAC address", "bios": "BIOS", "uuid": "UUID"}
_SHOWN_ELSEWHERE = frozenset({"name", "address", "room", "parent"})


class Attribute(NamedTuple):
    """One fact, since when it is so, and what it was before (newest first)."""

    name: str
    value: str
    since: datetime | None
    before: list[tuple[datetime, str]]


def attributes(current: Mapping[str, Any], history: Sequence[Row]) -> list[Attribute]:
    """Every attribute, identity first; `history` is newest first."""
    changes: dict[str, list[tuple[datetime, str]]] = {}
    for row in history:
        changes.setdefault(row["name"], []).append((row["time"], in_words(row["value"])))
    names = [name for name in _IDENTITY if name in current]
    names += sorted(name for name in current if name not in _IDENTITY and name not in _SHOWN_ELSEWHERE)
    shown = []
    for name in names:
        known = changes.get(name, [])
        value = in_words(current[name])
        since = known[0][0] if known and known[0][1] == value else None
        shown.append(Attribute(_name(name), value, since, known[1:] if since else known))
    return shown


def _name(name: str) -> str:
    return _NAMES.get(name) or name.replace("_", " ").replace(".", " ")


def in_words(value: object) -> str:
    """A value of an attribute as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {in_words(one)}" for key, one in list(value.items())[:12])
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(in_words(one) for one in value[:12])
    return "none" if value is None else str(value)
