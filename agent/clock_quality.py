"""How far the machine's clock can be trusted: disciplined or not, which boot, and where wall time lies on that boot.

A Raspberry Pi has no battery for its clock: until a time source is reached its stamps are a guess, which is put right
(on the same boot) before they are published. `adjtimex(2)`: Linux man pages, include/uapi/linux/timex.h.
"""

import ctypes
import ctypes.util
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from agent.draft import Clocking
from protocols.clock import Clock
from protocols.wire import limits

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
STEP_MS = 500
"""A step of the clock smaller than this is left alone."""
BACK_MS = 3600 * 1000
"""A clock this far behind what the collector has confirmed is not believed."""
_STA_UNSYNC = 0x0040
_STATUS_OFFSET = 5 * ctypes.sizeof(ctypes.c_long)
"""`struct timex`: int modes (padded), long offset, freq, maxerror, esterror; then int status."""
_TIMEX_BYTES = 1024


def synchronised() -> bool:
    """Whether the kernel's clock is disciplined by a time source; False where the kernel does not say."""
    try:
        call = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return False
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    if call(buffer) < 0:
        return False
    status = int.from_bytes(buffer.raw[_STATUS_OFFSET : _STATUS_OFFSET + 4], sys.byteorder)
    return not status & _STA_UNSYNC


def boot_id(path: Path = BOOT_ID) -> bytes:
    """16 bytes that name this boot of the machine."""
    try:
        return UUID(path.read_text().strip()).bytes
    except (OSError, ValueError):
        return hashlib.sha256(f"no boot id {os.getppid()}".encode()).digest()[:16]


def measure(clock: Clock, boot: bytes, sync: bool) -> Clocking:
    """The clock's state now."""
    return Clocking(sync, boot, clock.now_ms() - round(clock.monotonic() * 1000))


def plausible(now_ms: int, sync: bool, confirmed_ms: int) -> bool:
    """Whether batches may be published: not with a clock before 2020 or over an hour behind what was `confirmed_ms`.

    A clock that a time source disciplines is believed although it went back.
    """
    if now_ms < limits.EARLIEST_MS:
        return False
    return sync or now_ms >= confirmed_ms - BACK_MS


@dataclass(frozen=True, slots=True)
class Correction:
    """What to do to stamps before their first publish: add `shift_ms`, and say whether they are exact (`sync`)."""

    shift_ms: int
    sync: bool


def correction(taken: Clocking, now: Clocking) -> Correction:
    """How stamps `taken` under one state of the clock are put right under the state `now`. Pure.

    On the same boot the monotonic clock carries them over: what the wall clock was moved by, they are moved by. Stamps
    of a disciplined clock, and those of another boot, stay as they are.
    """
    if taken.sync or taken.boot != now.boot:
        return Correction(0, taken.sync)
    moved = now.offset_ms - taken.offset_ms
    return Correction(moved if abs(moved) > STEP_MS else 0, now.sync)
