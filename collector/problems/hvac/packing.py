"""What the detector has learned and counted, as bytes and back: rows by point, columns by equipment. Pure numpy, nothing is unpickled."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from collector.problems.hvac.judge import Judge

VERSION = 3
"""Another one is not read: raised whenever what is saved, or what it means, changes."""
_ROWS = ("ring", "last", "heard", "changed", "longest", "moves", "turns", "_way", "_extreme", "_percent")
_CLOCKS = {"minutes": "minute", "usual": "_day", "drift": "_night"}
Arrays = dict[str, NDArray[Any]]


def copied(judge: Judge, open_minute: int) -> Arrays:
    """A copy of it, with the minute that runs: quick, so that it can be packed elsewhere."""
    made: Arrays = {"faults": _faults(judge), "points": np.array(list(judge.layout.row_of), np.int64)}
    made["equipment"] = np.array(_names(judge), np.str_)
    made["clocks"] = np.array(
        [VERSION, open_minute, *(getattr(getattr(judge, of), name) for of, name in _CLOCKS.items())]
    )
    made |= {f"scale.{name}": getattr(judge.minutes, name).copy() for name in ("_factor", "_offset")}
    made |= {f"row.{name}": getattr(judge.minutes, name).copy() for name in _ROWS}
    made |= {f"{of}.{name}": getattr(getattr(judge, of), name).copy() for of, name in _columns(judge)}
    return made


def packed(arrays: Arrays) -> bytes:
    """As bytes."""
    into = BytesIO()
    np.savez_compressed(into, allow_pickle=False, **arrays)
    return into.getvalue()


def restore(judge: Judge, data: bytes) -> int:
    """Take in what was saved, of points with the unit they had and equipment that is still there: the minute that ran then. Raises `ValueError`."""
    if data[:4] != b"PK\x03\x04":
        raise ValueError("it is no saved state of HVAC faults")
    try:
        with np.load(BytesIO(data), allow_pickle=False) as file:
            saved = {name: file[name] for name in file.files}
        clocks = saved["clocks"].tolist()
        if clocks[0] != VERSION or saved["faults"].tolist() != _faults(judge).tolist():
            raise ValueError("it is of another version")
        _rows_back(judge, saved)
        _columns_back(judge, saved)
    except (BadZipFile, KeyError, IndexError, EOFError, OSError) as error:
        raise ValueError(f"it is no saved state of HVAC faults ({error})") from error
    for (of, name), value in zip(_CLOCKS.items(), clocks[2:], strict=True):
        setattr(getattr(judge, of), name, int(value))
    return int(clocks[1])


def _rows_back(judge: Judge, saved: Arrays) -> None:
    rows = np.array([judge.layout.row_of.get(int(point), -1) for point in saved["points"]], np.intp)
    there = np.flatnonzero(rows >= 0)
    same = [
        getattr(judge.minutes, name)[rows[there]] == saved[f"scale.{name}"][there] for name in ("_factor", "_offset")
    ]
    there = there[same[0] & same[1]]
    for name in _ROWS:
        getattr(judge.minutes, name)[rows[there]] = saved[f"row.{name}"][there]


def _columns_back(judge: Judge, saved: Arrays) -> None:
    place = {name: column for column, name in enumerate(_names(judge))}
    columns = np.array([place.get(str(name), -1) for name in saved["equipment"]], np.intp)
    there = np.flatnonzero(columns >= 0)
    for of, name in _columns(judge):
        getattr(getattr(judge, of), name)[..., columns[there]] = saved[f"{of}.{name}"][..., there]


def _columns(judge: Judge) -> Iterator[tuple[str, str]]:
    return ((of, name) for of, owner in judge.by_equipment.items() for name in owner.COLUMNS)


def _names(judge: Judge) -> list[str]:
    return [f"{unit.device} {unit.name}" for unit in judge.layout.equipment]


def _faults(judge: Judge) -> NDArray[np.str_]:
    return np.array([f"{fault.rule} {fault.code}" for fault in judge.lasting.faults], np.str_)
