"""Registers → values. Pure; what a register cannot mean is no value."""

import math
import struct
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal

from protocols.driver import Reading, Sample
from protocols.drivers.meter.register_map import Row

Order = Literal["big", "little"]
_FLOATS = {"float32": ">f", "float64": ">d"}
MOST = 1e15
"""Beyond this a figure is garbage, whatever it counts."""
MOST_TEXT = 64


def decode(rows: Iterable[Row], words: Mapping[int, int], order: Order) -> Reading:
    """What the registers `words` (address → 0 to 65535) say by the rows; registers that were not read are no value."""
    reading = Reading()
    for row in rows:
        if row.type == "string":
            said = _text(row, words)
        else:
            value = number(row, words, order)
            if row.metric is not None and value is not None:
                reading.samples.append(Sample(row.metric, row.label, value))
            said = f"{value:.0f}" if value is not None else ""
        if row.attribute is not None and said:
            reading.attributes[row.attribute] = said
    return reading


def number(row: Row, words: Mapping[int, int], order: Order) -> float | None:
    """The row's value in its metric's unit; None where it is missing, not finite or beyond reason."""
    octets = _octets(row, words, row.word_order or order)
    if octets is None:
        return None
    raw = int.from_bytes(octets, "big")
    if raw in row.missing:
        return None
    value: float
    if row.type in _FLOATS:
        (value,) = struct.unpack(_FLOATS[row.type], octets)
    else:
        value = int.from_bytes(octets, "big", signed=row.type.startswith("int"))
    exponent = 0 if row.scale_register is None else _exponent(words.get(row.scale_register))
    if exponent is None or not math.isfinite(value):
        return None
    value = value * row.scale * 10**exponent if exponent >= 0 else value * row.scale / 10**-exponent
    return float(f"{value:.12g}") if abs(value) <= MOST else None


def _octets(row: Row, words: Mapping[int, int], order: Order) -> bytes | None:
    found = [words.get(row.address + each) for each in range(row.words)]
    if order == "little":
        found.reverse()
    present = [word for word in found if word is not None]
    return struct.pack(f">{len(present)}H", *present) if len(present) == row.words else None


def _exponent(word: int | None) -> int | None:
    """A SunSpec scale factor, −10 to 10; 0x8000 and the rest: not implemented."""
    if word is None:
        return None
    signed = word - 65536 if word >= 32768 else word
    return signed if -10 <= signed <= 10 else None


def _text(row: Row, words: Mapping[int, int]) -> str:
    octets = _octets(row, words, "big") or b""
    try:
        text = octets.split(b"\0", 1)[0].decode()
    except UnicodeDecodeError:
        text = octets.split(b"\0", 1)[0].decode("latin-1")
    kept = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return " ".join(kept.split())[:MOST_TEXT]
