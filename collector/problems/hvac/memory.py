"""What the detector has learned and counted, as bytes and back: rows by point, columns by equipment. Pure numpy, nothing is unpickled."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from collector.problems.hvac.drift import Drift
from collector.problems.hvac.judging import Judging
from collector.problems.hvac.layout import Layout
from collector.problems.hvac.minutes import Minutes
from collector.problems.hvac.state import Running
from collector.problems.hvac.usual import Usual

VERSION = 1
_ROWS = ("ring", "last", "heard", "changed", "longest", "moves", "turns", "_way", "_extreme", "_percent")
_COLUMNS = {
    "judging": ("score", "found", "since", "_judged", "kept", "_good"),
    "running": ("fan", "occupied", "on_for", "off_for", "same_for", "starts", "unit"),
    "usual": ("days", "_sum", "_count"),
    "drift": ("nights", "_sum", "_count", "away"),
}
_CLOCKS = {"minutes": "minute", "usual": "_day", "drift": "_night"}
Arrays = dict[str, NDArray[Any]]


class Remembers(Protocol):
    """Whatever has all of it."""

    layout: Layout
    minutes: Minutes
    judging: Judging
    running: Running
    usual: Usual
    drift: Drift


class State(NamedTuple):
    """All that is remembered."""

    layout: Layout
    minutes: Minutes
    judging: Judging
    running: Running
    usual: Usual
    drift: Drift

    @classmethod
    def of(cls, owner: Remembers) -> "State":
        """All of it."""
        return cls(*(getattr(owner, name) for name in cls._fields))


def copied(state: State, open_minute: int) -> Arrays:
    """A copy of it, with the minute that runs: quick, so that it can be packed elsewhere."""
    made: Arrays = {"faults": _faults(state), "points": np.array(list(state.layout.row_of), np.int64)}
    made["equipment"] = np.array(_names(state), np.str_)
    made["clocks"] = np.array(
        [VERSION, open_minute, *(getattr(getattr(state, of), name) for of, name in _CLOCKS.items())]
    )
    made |= {f"scale.{name}": getattr(state.minutes, name).copy() for name in ("_factor", "_offset")}
    made |= {f"row.{name}": getattr(state.minutes, name).copy() for name in _ROWS}
    made |= {f"{of}.{name}": getattr(getattr(state, of), name).copy() for of, name in _columns()}
    return made


def packed(arrays: Arrays) -> bytes:
    """As bytes."""
    into = BytesIO()
    np.savez_compressed(into, allow_pickle=False, **arrays)
    return into.getvalue()


def restore(state: State, data: bytes) -> int:
    """Take in what was saved, of points with the unit they had and equipment that is still there: the minute that ran then. Raises `ValueError`."""
    if data[:4] != b"PK\x03\x04":
        raise ValueError("it is no saved state of HVAC faults")
    try:
        with np.load(BytesIO(data), allow_pickle=False) as file:
            saved = {name: file[name] for name in file.files}
        clocks = saved["clocks"].tolist()
        if clocks[0] != VERSION or saved["faults"].tolist() != _faults(state).tolist():
            raise ValueError("it is of another version")
        _rows_back(state, saved)
        _columns_back(state, saved)
    except (BadZipFile, KeyError, IndexError, EOFError, OSError) as error:
        raise ValueError(f"it is no saved state of HVAC faults ({error})") from error
    for (of, name), value in zip(_CLOCKS.items(), clocks[2:], strict=True):
        setattr(getattr(state, of), name, int(value))
    return int(clocks[1])


def _rows_back(state: State, saved: Arrays) -> None:
    rows = np.array([state.layout.row_of.get(int(point), -1) for point in saved["points"]], np.intp)
    there = np.flatnonzero(rows >= 0)
    same = [
        getattr(state.minutes, name)[rows[there]] == saved[f"scale.{name}"][there] for name in ("_factor", "_offset")
    ]
    there = there[same[0] & same[1]]
    for name in _ROWS:
        getattr(state.minutes, name)[rows[there]] = saved[f"row.{name}"][there]


def _columns_back(state: State, saved: Arrays) -> None:
    place = {name: column for column, name in enumerate(_names(state))}
    columns = np.array([place.get(str(name), -1) for name in saved["equipment"]], np.intp)
    there = np.flatnonzero(columns >= 0)
    for of, name in _columns():
        getattr(getattr(state, of), name)[..., columns[there]] = saved[f"{of}.{name}"][..., there]


def _columns() -> Iterator[tuple[str, str]]:
    return ((of, name) for of, names in _COLUMNS.items() for name in names)


def _names(state: State) -> list[str]:
    return [f"{unit.device} {unit.name}" for unit in state.layout.equipment]


def _faults(state: State) -> NDArray[np.str_]:
    return np.array([f"{fault.rule} {fault.code}" for fault in state.judging.faults], np.str_)
