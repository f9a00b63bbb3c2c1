"""What is asked rarely because it costs the machine: pending updates and SMART. Other programs, bounded and killed late."""

import asyncio
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from protocols.clock import Clock
from protocols.drivers.host import smart
from protocols.drivers.host.linux import text
from protocols.drivers.host.options import HostOptions
from protocols.drivers.host.snapshot import SmartDisk, Upkeep

NOTIFIER = Path("/var/lib/update-notifier/updates-available")
FIRST_UPDATES = 120.0
"""Seconds after the start until updates are first counted: apt takes seconds of processor, and an agent may start often."""
_APT_SECONDS = 120.0
_SMART_SECONDS = 30.0
_OUTPUT_BYTES = 4 * 1024 * 1024


@dataclass
class Rarely:
    """Remembers what was told last, and asks again when its time has come."""

    options: HostOptions
    clock: Clock
    told: Upkeep = field(default_factory=Upkeep)

    def __post_init__(self) -> None:
        self._smart_due = self.clock.monotonic()
        self._updates_due = self._smart_due + FIRST_UPDATES

    def due(self) -> bool:
        """Whether something is to be asked now."""
        now = self.clock.monotonic()
        return (self.options.updates and now >= self._updates_due) or (self.options.smart and now >= self._smart_due)

    async def ask(self) -> Upkeep:
        """Ask what is due; what cannot be asked here stays None, which is no error."""
        now = self.clock.monotonic()
        updates, security, drives = self.told.updates, self.told.security, self.told.smart
        if self.options.updates and now >= self._updates_due:
            self._updates_due = now + self.options.updates_every
            updates, security = await pending_updates() or (None, None)
        if self.options.smart and now >= self._smart_due:
            self._smart_due = now + self.options.smart_every
            drives = await read_drives({drive.name: drive for drive in drives})
        self.told = Upkeep(updates, security, drives)
        return self.told


async def pending_updates(notifier: Path = NOTIFIER) -> tuple[int, int] | None:
    """Packages with an update, and with a security update; None where neither Ubuntu's file nor apt tells."""
    told = parse_notifier(text(notifier) or "")
    if told is not None:
        return told
    if shutil.which("apt-get") is None:
        return None
    output = await run(("apt-get", "-s", "-q", "-o", "Debug::NoLocking=true", "upgrade"), _APT_SECONDS)
    return None if output is None else parse_apt(output)


def parse_notifier(told: str) -> tuple[int, int] | None:
    """`12 updates can be applied immediately.` / `3 of these updates are standard security updates.` → (12, 3)."""
    total = re.search(r"^(\d+) (?:updates?|packages?) can be (?:applied|updated|installed)", told, re.MULTILINE)
    security = re.search(
        r"^(\d+) (?:of these )?updates? (?:is|are) (?:a |standard )*security update", told, re.MULTILINE
    )
    if total is None:
        return None
    return int(total[1]), int(security[1]) if security else 0


def parse_apt(output: str) -> tuple[int, int]:
    """`apt-get -s upgrade`: one line `Inst name [old] (new archive …)` for each package that would be installed."""
    waiting = [line for line in output.splitlines() if line.startswith("Inst ")]
    return len(waiting), sum(1 for line in waiting if "security" in line.lower())


async def read_drives(before: Mapping[str, SmartDisk]) -> list[SmartDisk]:
    """SMART of each drive that smartctl finds; empty where it is not installed.

    A sleeping drive is not woken: what was said `before` stays true of it.
    """
    if shutil.which("smartctl") is None:
        return []
    found: dict[str, SmartDisk] = {}
    for device, kind in smart.parse_scan(await run(("smartctl", "-j", "--scan"), _SMART_SECONDS) or ""):
        name = Path(device).name if Path(device).name not in found else f"{Path(device).name} {kind}"
        ask = ("smartctl", "-j", "-n", "standby", "-i", "-H", "-A", "-d", kind, device)
        drive = smart.parse_drive(name, await run(ask, _SMART_SECONDS) or "") or before.get(name)
        if drive is not None:
            found[name] = drive
    return list(found.values())


async def run(command: Sequence[str], seconds: float) -> str | None:
    """Standard output whatever the exit status, at low priority; None when it could not run or took too long."""
    polite = ("nice", "-n", "19", *command) if shutil.which("nice") else tuple(command)
    try:
        process = await asyncio.create_subprocess_exec(
            *polite,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError:
        return None
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output[:_OUTPUT_BYTES].decode("utf-8", "replace")
