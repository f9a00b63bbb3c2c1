"""A person's list of devices (CSV) against those that are known: what would change, and what is wrong with which row. Pure.

Columns: building, kind, name, address, room, parent, options, in any order. A row is the device whose address, MAC (in `address`)
or name is the row's, in that building. `options` are `power=…; plant=…; service=…`: further devices that it needs. An empty cell
leaves what is known, `-` takes back what a list has said.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from collector.store.imports import Wanted
from collector.store.links import Link

COLUMNS = ("building", "kind", "name", "address", "room", "parent", "options")
MOST_ROWS = 50_000
MOST_ERRORS = 1_000
_LONGEST = 200
_FORMULA = re.compile(r"^'(?=[=+\-@\t\r])")
"""A spreadsheet's way to keep a cell from being a formula, as our own exports write it."""
_MAC = re.compile(r"^(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$", re.IGNORECASE)
KINDS = ("power", "plant", "service")
NONE = "-"
"""A cell that takes back what a list has said."""
_COLUMN_KINDS = {"parent": ("uplink",), "options": KINDS}
Row = Mapping[str, Any]


class Flaw(NamedTuple):
    """What is wrong with a line of the file (1: its header)."""

    line: int
    column: str
    detail: str


@dataclass
class Outcome:
    """What the list comes to. `unmatched` are lines of devices that no agent reads; they are written nowhere."""

    wanted: list[Wanted] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    unmatched: list[Flaw] = field(default_factory=list)
    rows: int = 0


class _Register:
    """Devices by building and address, MAC, key or name; what two have is nobody's."""

    def __init__(self, known: Sequence[Row]) -> None:
        self.buildings = {row["building"].casefold() for row in known}
        self.by_id = {row["id"]: row for row in known}
        self._by: dict[tuple[str, str], set[int]] = {}
        for row in known:
            macs = [_mac(part) for part in str(row["mac"] or "").split(",")]
            for name in {_plain(row["address"]), _plain(row["key"]), _plain(row["name"]), *macs} - {""}:
                self._by.setdefault((row["building"].casefold(), name), set()).add(row["id"])

    def find(self, building: str, *names: str) -> int | str:
        """The device that the first of the names belongs to; else why there is none."""
        for name in names:
            found = self._by.get((building.casefold(), _plain(name)), set()) if name else set()
            found = found or (self._by.get((building.casefold(), _mac(name)), set()) if name else set())
            if len(found) == 1:
                return next(iter(found))
            if found:
                return f"{len(found)} devices there are called {name!r}: give the address, which is one's own"
        return ""


def judge(raw: bytes, known: Sequence[Row]) -> Outcome:
    """Judge the whole list; nothing is to be written where it has flaws."""
    made = Outcome()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        made.flaws.append(Flaw(1, "", f"byte {error.start} is not UTF-8: save the list as CSV UTF-8"))
        return made
    if "\x00" in text:
        made.flaws.append(Flaw(1, "", "the file holds NUL characters: it is no CSV"))
        return made
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    try:
        _judge_rows(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), _Register(known), made)
    except csv.Error as error:
        made.flaws.append(Flaw(made.rows + 2, "", f"not readable as CSV: {error}"))
    return made


def _judge_rows(reader: Any, register: _Register, made: Outcome) -> None:
    names = [cell.strip().casefold() for cell in next(reader, [])]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or "building" not in names or not {"name", "address"} & set(names) or len(set(names)) < len(names):
        said = f"{unknown[0]!r} is no column" if unknown else "building, and name or address, are needed, each once"
        made.flaws.append(Flaw(1, unknown[0] if unknown else "", f"{said}; the columns are {', '.join(COLUMNS)}"))
        return
    taken: dict[int, int] = {}
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        made.rows += 1
        line = reader.line_num
        if made.rows > MOST_ROWS or len(made.flaws) >= MOST_ERRORS:
            made.flaws.append(Flaw(line, "", f"stopped here: {MOST_ROWS} rows and {MOST_ERRORS} errors are the most"))
            return
        if len(cells) != len(names):
            made.flaws.append(Flaw(line, "", f"{len(cells)} cells, the header has {len(names)}"))
            continue
        row = {name: _FORMULA.sub("", cell.strip()) for name, cell in zip(names, cells, strict=True)}
        _judge_row(line, row, register, made, taken)


def _judge_row(line: int, row: dict[str, str], register: _Register, made: Outcome, taken: dict[int, int]) -> None:
    flaws = [
        Flaw(line, name, f"longer than {_LONGEST} characters") for name, cell in row.items() if len(cell) > _LONGEST
    ]
    if row["building"].casefold() not in register.buildings:
        flaws.append(Flaw(line, "building", f"there is no building {row['building'][:60]!r} with devices"))
    if flaws:
        made.flaws += flaws
        return
    found = register.find(row["building"], row.get("address", ""), row.get("name", ""))
    if isinstance(found, str):
        named = row.get("name") or row.get("address") or ""
        if found:
            made.flaws.append(Flaw(line, "name", found))
        else:
            made.unmatched.append(
                Flaw(line, "", f"no agent of that building reads {named!r}: add it to the agent's file first")
            )
        return
    if found in taken:
        made.flaws.append(Flaw(line, "", f"the same device as line {taken[found]}"))
        return
    taken[found] = line
    kind = row.get("kind", "")
    if kind and kind.casefold() != register.by_id[found]["kind"].casefold():
        flaws.append(Flaw(line, "kind", f"it is a {register.by_id[found]['kind']}, not a {kind[:60]!r}"))
    cut = _cut(row)
    needs = list(_needs(line, row, flaws))
    edges = list(_edges(line, row["building"], found, needs, register, flaws))
    made.flaws += flaws
    if not flaws:
        name, room = (_said(row.get(column, "")) for column in ("name", "room"))
        made.wanted.append(Wanted(found, name, room, tuple(edges), cut))


def _said(cell: str) -> str | None:
    """None for nothing, "" for what is taken back."""
    return "" if cell == NONE else cell or None


def _cut(row: dict[str, str]) -> tuple[str, ...]:
    """The kinds of edges that are taken back; their cells then say nothing else."""
    cut = [kind for column, kinds in _COLUMN_KINDS.items() if row.get(column) == NONE for kind in kinds]
    row.update({column: "" for column in _COLUMN_KINDS if row.get(column) == NONE})
    return tuple(cut)


def _needs(line: int, row: Mapping[str, str], flaws: list[Flaw]) -> Iterable[tuple[str, str, str]]:
    """Column, kind of edge and name of each device that it needs."""
    for name in row.get("parent", "").split("|"):
        if name.strip():
            yield "parent", "uplink", name.strip()
    for part in row.get("options", "").replace("|", ";").split(";"):
        kind, _, name = part.partition("=")
        if kind.strip() in KINDS and name.strip():
            yield "options", kind.strip(), name.strip()
        elif part.strip():
            flaws.append(
                Flaw(line, "options", f"{part.strip()[:60]!r} is none of power=, plant=, service= and a device")
            )


def _edges(
    line: int, building: str, child: int, needs: Sequence[tuple[str, str, str]], register: _Register, flaws: list[Flaw]
) -> Iterable[Link]:  # fmt: skip
    for column, kind, name in needs:
        parent = register.find(building, name)
        if isinstance(parent, str) or parent == child:
            said = (
                "it is the device itself"
                if parent == child
                else parent or f"no device of {building!r} is {name[:60]!r}"
            )
            flaws.append(Flaw(line, column, str(said)))
        else:
            yield Link(parent, kind)


def _plain(text: str | None) -> str:
    return (text or "").strip().casefold()


def _mac(text: str) -> str:
    """Twelve hexadecimal digits; "" for what is no MAC."""
    return re.sub("[:-]", "", text.strip().casefold()) if _MAC.match(text.strip()) else ""
