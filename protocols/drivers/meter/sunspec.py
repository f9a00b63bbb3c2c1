"""SunSpec: finds a device's models by walking, and places a map's rows where they are.

Source: SunSpec Device Information Model Specification 1.1: "SunS" at register 0, 40000 or 50000, then models as ID, length, points, up to ID 0xFFFF.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from protocols.drivers.meter.client import Link, Refused
from protocols.drivers.meter.register_map import RegisterMap, Row
from protocols.errors import DeviceError

BASES = (40000, 0, 50000)
MARK = (0x5375, 0x6E53)
END = 0xFFFF
MOST_MODELS = 64


async def walk(link: Link, function: int, unit: int) -> dict[int, tuple[int, int]]:
    """Model → address of its ID register and registers behind ID and length; the first of several. Raises `DeviceError`."""
    at = await _base(link, function, unit)
    found: dict[int, tuple[int, int]] = {}
    for _ in range(MOST_MODELS):
        if at + 2 > 65536:
            break
        try:
            model, length = await link.read(function, unit, at, 2)
        except Refused:  # some end without the end model
            break
        if model in (END, 0):
            break
        found.setdefault(model, (at, length))
        at += 2 + length
    return found


async def _base(link: Link, function: int, unit: int) -> int:
    for base in BASES:
        try:
            mark = await link.read(function, unit, base, 2)
        except Refused:
            continue
        if mark == MARK:
            return base + 2
    raise DeviceError(
        f"{link.place} is no SunSpec device (no SunS at register 40000, 0 or 50000): set map to its maker's"
    )


def placed(chosen: RegisterMap, models: Mapping[int, tuple[int, int]]) -> list[Row]:
    """The rows of the models that are there, at their real addresses; a point beyond a model's length is left out."""
    rows: list[Row] = []
    for block in chosen.sunspec:
        there = next((model for model in block.models if model in models), None)
        if there is None:
            continue
        start, length = models[there]
        for row in block.register:
            if row.address + row.words <= 2 + length and start + row.address + row.words <= 65536:
                exponent = None if row.scale_register is None else start + row.scale_register
                rows.append(replace(row, address=start + row.address, scale_register=exponent))
    return rows
