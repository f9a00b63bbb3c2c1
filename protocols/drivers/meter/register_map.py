"""A register map: TOML → typed rows, each rule checked at load with an error that names file, row and fix."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from protocols.drivers.meter.points import POINTS
from protocols.errors import OptionError
from protocols.metrics import BY_NAME

MAPS = Path(__file__).parent / "maps"
WORDS = {"int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2, "int64": 4, "uint64": 4, "float64": 4}
"""Registers that a number of each type takes."""
MOST_BYTES = 256 * 1024
MOST_ROWS = 500
METRICS = frozenset(row.metric for row in POINTS) - {"meter.phase"}
ATTRIBUTES = ("name", "vendor", "model", "serial", "firmware", "location")

Address = Annotated[int, Meta(ge=0, le=65535)]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value. Its meaning is a `metric` (with a `label` where that has one) or an `attribute`.

    value = register × `scale` × 10^(`scale_register`), in the metric's unit; a raw value among `missing` is none.
    """

    address: Address
    type: Literal["int16", "uint16", "int32", "uint32", "float32", "int64", "uint64", "float64", "string"]
    metric: str | None = None
    label: str | None = None
    attribute: str | None = None
    scale: float = 1.0
    scale_register: Address | None = None
    missing: tuple[int, ...] = ()
    length: Annotated[int, Meta(ge=1, le=32)] | None = None
    word_order: Literal["big", "little"] | None = None

    @property
    def words(self) -> int:
        """Registers that it takes."""
        return self.length or 1 if self.type == "string" else WORDS[self.type]


class Models(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of SunSpec models; their addresses count from the model's ID register."""

    models: Annotated[tuple[Address, ...], Meta(min_length=1)]
    register: tuple[Row, ...]


class RegisterMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a map file says. `gap`: unused registers that are read along to save a request; `most`: registers a request."""

    name: str
    source: str
    vendor: str | None = None
    model: str | None = None
    function: Literal[3, 4] = 3
    unit: Annotated[int, Meta(ge=0, le=255)] = 1
    word_order: Literal["big", "little"] = "big"
    gap: Annotated[int, Meta(ge=0, le=124)] = 16
    most: Annotated[int, Meta(ge=1, le=125)] = 125
    register: tuple[Row, ...] = ()
    sunspec: tuple[Models, ...] = ()


def names() -> list[str]:
    """The maps that come with the driver."""
    return sorted(path.stem for path in MAPS.glob("*.toml"))


def load_map(name: str, file: str | None, where: str) -> RegisterMap:
    """The map that the options name. `where` is for messages. Raises `OptionError`."""
    if file is None and name not in names():
        raise OptionError(
            f"{where}: map = {name[:40]!r}: there is {', '.join(names())}; or give a map_file of your own"
        )
    path = MAPS / f"{name}.toml" if file is None else Path(file)
    try:
        with path.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise OptionError(f"{where}: map_file = {str(path)!r}: cannot be read: {error.strerror}") from error
    if len(raw) > MOST_BYTES:
        raise OptionError(f"{where}: map_file = {str(path)!r}: is larger than {MOST_BYTES} bytes: no register map")
    try:
        return read_map(raw.decode(), str(path))
    except UnicodeDecodeError as error:
        raise OptionError(f"{where}: map_file = {str(path)!r}: not UTF-8 text") from error


def read_map(text: str, where: str) -> RegisterMap:
    """The map in a TOML text. Raises `OptionError` that says which row breaks which rule."""
    try:
        found = msgspec.convert(tomllib.loads(text), RegisterMap)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise OptionError(f"{where}: {error}") from error
    rows = [*found.register, *(row for models in found.sunspec for row in models.register)]
    if not 0 < len(rows) <= MOST_ROWS:
        raise OptionError(f"{where}: {len(rows)} [[register]] tables: from 1 to {MOST_ROWS}")
    if found.sunspec and found.register:
        raise OptionError(f"{where}: [[register]] and [[sunspec]] in one map: registers of models go into [[sunspec]]")
    for block in (found.register, *(models.register for models in found.sunspec)):
        _check(block, where)
    return found


def _check(rows: tuple[Row, ...], where: str) -> None:
    told: dict[tuple[str | None, str | None], int] = {}
    for row in rows:
        at = f"{where}: register {row.address}"
        problem = _problem(row)
        if problem:
            raise OptionError(f"{at}: {problem}")
        what = (row.metric or row.attribute, row.label)
        if what in told:
            raise OptionError(
                f"{at}: {what[0]} {row.label or ''} is told by register {told[what]} already: another label?"
            )
        told[what] = row.address


def _problem(row: Row) -> str | None:
    """What is wrong with a row by itself; None: nothing."""
    if (row.metric is None) == (row.attribute is None):
        return "say either metric or attribute"
    if row.attribute is not None and row.attribute not in ATTRIBUTES:
        return f"attribute = {row.attribute[:40]!r}: one of {', '.join(ATTRIBUTES)}"
    if row.metric is not None and row.metric not in METRICS:
        return f"metric = {row.metric[:40]!r}: one of {', '.join(sorted(METRICS))}"
    if row.metric is not None and (BY_NAME[row.metric].label is None) != (row.label is None):
        return f"{row.metric} {'needs a' if row.label is None else 'has no'} label"
    if (row.type == "string") != (row.length is not None) or (row.type == "string" and row.metric is not None):
        return "a string has a length in registers and is an attribute; nothing else has one"
    if row.address + row.words > 65536:
        return "reaches beyond register 65535"
    if any(not 0 <= each < 1 << (16 * row.words) for each in row.missing):
        return f"missing holds raw values of {16 * row.words} bits, 0 or more"
    if row.scale == 0 or row.scale != row.scale:
        return "scale = 0: every value would be 0"
    return None
