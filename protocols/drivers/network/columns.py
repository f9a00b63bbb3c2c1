"""What was fetched, as tables: column OID → index → value; a scalar is a column whose only index is "0". Pure."""

import re
from collections.abc import Mapping

from protocols.transports.snmp.values import Value, text

Columns = Mapping[str, Mapping[str, Value]]
"""Column OID → index (numbers with dots) → value."""
_NONE: Mapping[str, Value] = {}
MOST_NUMBER = 1 << 64
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,9})?(?![\d.])", re.ASCII)


def column(columns: Columns, oid: str) -> Mapping[str, Value]:
    """One column; empty where the device has none."""
    return columns.get(oid, _NONE)


def scalar(columns: Columns, oid: str) -> Value | None:
    """One scalar; None where the device has none."""
    return columns.get(oid, _NONE).get("0")


def whole(value: Value | None) -> int | None:
    """A whole number, also one that a device wrote as text; None for anything else."""
    if isinstance(value, int):
        return value if abs(value) < MOST_NUMBER else None
    number = figure(value)
    return None if number is None or number != int(number) else int(number)


def figure(value: Value | None) -> float | None:
    """A finite number, also one that begins a text (`"41.5"`, `"41 %"`, `"23C"`); None for anything else."""
    if isinstance(value, bytes | str):
        number = _NUMBER.match(said(value) or "")
        value = float(number[0]) if number else None
    return None if value is None or not abs(value) < MOST_NUMBER else float(value)


def said(value: Value | None) -> str | None:
    """Clean text; None when there is none or it is empty."""
    if value is None:
        return None
    return text(value).strip() or None


def mac(value: Value | None) -> str | None:
    """A MAC address from its six octets, `aa:bb:cc:dd:ee:ff`; None for anything else, all zeros, broadcast and groups."""
    if not isinstance(value, bytes) or len(value) != 6 or value == bytes(6) or value[0] & 1:
        return None
    return value.hex(":")


def octets(index: str) -> bytes | None:
    """The octets that an index spells as numbers with dots; None when they are none."""
    parts = index.split(".")
    if not all(part.isascii() and part.isdigit() and len(part) <= 3 and int(part) < 256 for part in parts):
        return None
    return bytes(int(part) for part in parts)
