"""Folder name → driver, loaded when first asked for: a driver that is not used is never imported."""

import importlib
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from protocols.driver import Driver
from protocols.errors import OptionError
from protocols.options import nearest

DRIVERS = Path(__file__).parent / "drivers"


@cache
def kinds() -> tuple[str, ...]:
    """The names of the drivers that exist, sorted; nothing is imported."""
    return tuple(sorted(path.parent.name for path in DRIVERS.glob("*/__init__.py")))


def driver(kind: str) -> Driver:
    """The driver called `kind`. Raises `OptionError` when there is none or what it needs is not installed."""
    if kind not in kinds():
        raise OptionError(f"no driver is called {kind!r}{nearest(kind, list(kinds()))}")
    try:
        module = importlib.import_module(f"protocols.drivers.{kind}")
    except ModuleNotFoundError as error:
        missing = (error.name or "?").split(".")[0]
        raise OptionError(f"driver {kind!r} needs {missing!r}: pip install 'firstbell[{_extra(kind)}]'") from error
    found = module.DRIVER
    if not isinstance(found, Driver):
        raise TypeError(f"protocols.drivers.{kind}.DRIVER is not a Driver")
    return found


def _extra(kind: str) -> str:
    """The extra of the distribution that brings what a driver needs: its own where there is one, else the agent's."""
    try:
        extras = metadata("firstbell").get_all("Provides-Extra") or []
    except PackageNotFoundError:
        extras = []
    return kind if kind in extras else "agent"
