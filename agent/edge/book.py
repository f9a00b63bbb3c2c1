"""What stands, what was told and what is still to be told: `edge.json` in the agent's state folder, replaced whole.

A change is on the disk before it has an effect outside, so a restart neither loses nor repeats a message.
"""

import os
from pathlib import Path

import msgspec

from agent.edge.cold import ColdPoint
from agent.edge.events import Stood
from agent.edge.judge import Key
from protocols.errors import SpoolError

MOST_MESSAGES = 1_000
"""Kept at most; beyond, what has been told and recorded is forgotten, the oldest first."""
COLLECTOR, BUILDING = "collector", "building"
OPENED, RESOLVED = "opened", "resolved"


class Condition(msgspec.Struct):
    """A condition that stands since `since` (ms). `owner`: who is to tell when it is over."""

    key: Key
    since: int
    owner: str


class Message(msgspec.Struct):
    """One message. `told`: when the first way took it (ms). `batch`: the spool's batch that says so to the collector."""

    id: int
    key: Key
    change: str
    since: int
    made: int
    severity: str
    title: str
    body: str
    told: int | None = None
    ways: list[str] = []
    """Ways that took it."""
    attempts: dict[str, int] = {}
    again: dict[str, int] = {}
    """By way: when it is tried next (ms)."""
    batch: int | None = None
    known: bool = False
    """The collector has acknowledged that batch."""


class Book(msgspec.Struct):
    """All of it. `told_at`: per condition when it was last told that it came, so that what flaps is told seldom."""

    following: int = 1
    conditions: list[Condition] = []
    messages: list[Message] = []
    told_at: list[tuple[Key, list[int]]] = []
    events: list[Stood] = []
    """No device says them again to an agent that was restarted."""
    cold: list[ColdPoint] = []
    """Freezers and coolers that were seen to be cold."""


def read(path: Path) -> Book:
    """The book on disk; an empty one where there is none. Raises `SpoolError` when it cannot be read or is damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Book)
    except FileNotFoundError:
        return Book()
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise SpoolError(f"{path}: {error}") from error


def write(path: Path, book: bytes) -> None:
    """Replace the file: when this returns it survives a power cut. Raises `SpoolError`."""
    new = path.with_suffix(".new")
    try:
        with new.open("wb") as file:
            file.write(book)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise SpoolError(f"{path}: {error.strerror}; free space or correct its owner") from error


def encode(book: Book) -> bytes:
    """The book as it is written."""
    return msgspec.json.encode(book)
