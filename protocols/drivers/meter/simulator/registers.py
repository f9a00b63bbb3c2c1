"""Values → registers, as a meter holds them: types, word order, scale factors, SunSpec's layout. Pure."""

import struct
from collections.abc import Iterable, Mapping

from protocols.drivers.meter.register_map import WORDS, RegisterMap, Row
from protocols.drivers.meter.sunspec import END, MARK

_PACK = {
    "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "int64": ">q", "uint64": ">Q", "float32": ">f", "float64": ">d",
}  # fmt: skip
BASE = 40000
MODEL, LENGTH = 203, 105
EXPONENTS = {6: -2, 15: -1, 17: -2, 22: 1, 27: 1, 32: 1, 37: -1, 54: 0}
"""Scale factors of model 203 by the address of their register."""
COMMON = {2: (16, "First Bell"), 18: (16, "Simulated meter"), 34: (8, ""), 42: (8, "1.04"), 50: (16, "FBM000203")}
"""Texts of model 1: offset → length and text."""


def registers(chosen: RegisterMap, values: Mapping[tuple[str, str | None], float] | None) -> dict[int, int]:
    """Address → word, of every row that has a value. `values` None: everything is not available, as the map marks it."""
    if chosen.sunspec:
        return _sunspec(chosen, values)
    found: dict[int, int] = {}
    for row in chosen.register:
        found |= words(row, _raw(row, values, 0), row.word_order or chosen.word_order)
    return found


def words(row: Row, octets: bytes, order: str) -> dict[int, int]:
    """The octets of a value as registers from the row's address."""
    found = list(struct.unpack(f">{len(octets) // 2}H", octets))
    if order == "little":
        found.reverse()
    return {row.address + place: word for place, word in enumerate(found)}


def _raw(row: Row, values: Mapping[tuple[str, str | None], float] | None, exponent: int) -> bytes:
    value = None if values is None or row.metric is None else values.get((row.metric, row.label))
    size = 2 * WORDS.get(row.type, row.length or 1)
    if value is None:
        is_float = row.type.startswith("float")
        return (
            struct.pack(_PACK[row.type], float("nan"))
            if is_float
            else (max(row.missing, default=0)).to_bytes(size, "big")
        )
    held = value / row.scale / 10.0**exponent
    return struct.pack(_PACK[row.type], held if row.type.startswith("float") else round(held))


def _sunspec(chosen: RegisterMap, values: Mapping[tuple[str, str | None], float] | None) -> dict[int, int]:
    """SunS, the common model, model 203, the end."""
    found = {BASE: MARK[0], BASE + 1: MARK[1], BASE + 2: 1, BASE + 3: 66}
    for offset, (length, text) in COMMON.items():
        for place, word in enumerate(struct.unpack(f">{length}H", text.encode().ljust(2 * length, b"\0"))):
            found[BASE + 2 + offset + place] = word
    found |= {BASE + 2 + 66: 1, BASE + 2 + 67: 0x8000}
    start = BASE + 2 + 68
    found |= {start + each: 0 for each in range(2 + LENGTH)} | {start: MODEL, start + 1: LENGTH}
    found |= {start + at: exponent & 0xFFFF for at, exponent in EXPONENTS.items()}
    rows: Iterable[Row] = next(block.register for block in chosen.sunspec if MODEL in block.models)
    for row in rows:
        exponent = EXPONENTS[row.scale_register] if row.scale_register is not None else 0
        found |= {start + at: word for at, word in words(row, _raw(row, values, exponent), "big").items()}
    end = start + 2 + LENGTH
    return found | {end: END, end + 1: 0}
