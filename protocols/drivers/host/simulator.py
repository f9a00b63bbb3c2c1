"""A machine that does not exist: the same source as the real one, fed from data, with faults to choose.

`python -m protocols.drivers.host.simulator [--fault NAME]…` prints the reading of a simulated Raspberry Pi.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from protocols.driver import Reading
from protocols.drivers.host.session import HostSession
from protocols.drivers.host.snapshot import (
    ClockState,
    Cpu,
    DiskTraffic,
    FileSystem,
    Interface,
    Memory,
    SmartDisk,
    Snapshot,
    Upkeep,
)

GIB = 1024**3

PI = Snapshot(
    at=1000.0,
    uptime=86_400.0,
    cpu=Cpu(busy=3_456.0, total=345_600.0, percent=4.0),
    memory=Memory(total=4 * GIB, available=3 * GIB, swap_total=GIB // 2),
    load=(0.12, 0.10, 0.08),
    file_systems=[
        FileSystem(
            "/", "mmcblk0p2", "ext4", 8 * GIB, 20 * GIB, expected_writable=True,
            inodes=1_900_000, inodes_free=1_700_000, errors=0, lifetime_written=400 * GIB,
        ),
    ],
    disks=[DiskTraffic("mmcblk0", read=GIB, written=2 * GIB, life_time=[1, 2])],
    interfaces=[Interface("eth0", True, received=3 * GIB, sent=GIB)],
    temperatures={"cpu_thermal": 48.3},
    process_count=131,
    reboot_required=False,
    throttled=0,
    clock=ClockState(True, 0.0021),
    attributes={
        "name": "bell-pi", "vendor": "Raspberry Pi", "model": "Raspberry Pi 4 Model B Rev 1.5",
        "serial": "10000000abcdef01", "firmware": "Linux 6.12.25+rpt-rpi-v8", "os": "Debian GNU/Linux 12 (bookworm)",
    },
    upkeep=Upkeep(updates=3, security=1),
)  # fmt: skip
"""A healthy Raspberry Pi, up for a day."""


class SimulatedMachine:
    """A source and the costly answers in one. `snapshot` is what the next look gives; `pass_time` lets its counters grow."""

    def __init__(self, snapshot: Snapshot = PI) -> None:
        self.snapshot = snapshot
        self.told = snapshot.upkeep

    def read(self, upkeep: Upkeep) -> Snapshot:
        """The snapshot as it stands, with the costly answers the session holds."""
        return replace(self.snapshot, upkeep=upkeep)

    def due(self) -> bool:
        """Whether the costly answers have changed since they were last asked for."""
        return self.told != self.snapshot.upkeep

    async def ask(self) -> Upkeep:
        """The costly answers of now."""
        self.told = self.snapshot.upkeep
        return self.told

    def pass_time(self, seconds: float, busy: float = 0.05, bytes_per_second: int = 125_000) -> None:
        """Let `seconds` pass at a share of processor time and a rate on every disk and interface."""
        grown, before = round(seconds * bytes_per_second), self.snapshot
        self.snapshot = replace(
            before,
            at=before.at + seconds,
            uptime=before.uptime + seconds,
            cpu=Cpu(before.cpu.busy + 4 * seconds * busy, before.cpu.total + 4 * seconds),
            disks=[replace(disk, read=disk.read + grown, written=disk.written + grown) for disk in before.disks],
            interfaces=[
                replace(each, received=each.received + grown, sent=each.sent + grown) for each in before.interfaces
            ],
        )

    def fault(self, name: str) -> None:
        """Break something: one of `FAULTS`. Raises `KeyError` for any other name."""
        self.snapshot = FAULTS[name](self.snapshot)


def _root(machine: Snapshot) -> FileSystem:
    return machine.file_systems[0]


def _disk_full(machine: Snapshot) -> Snapshot:
    space = _root(machine).used + _root(machine).free
    return replace(machine, file_systems=[replace(_root(machine), used=space - GIB // 4, free=GIB // 4)])


def _read_only(machine: Snapshot) -> Snapshot:
    return replace(machine, file_systems=[replace(_root(machine), readonly=True, errors=2)])


def _reboot(machine: Snapshot) -> Snapshot:
    return replace(
        machine,
        at=machine.at + 60,
        uptime=20.0,
        cpu=Cpu(30.0, 80.0),
        disks=[DiskTraffic(disk.name, 1000, 1000, disk.life_time) for disk in machine.disks],
        interfaces=[Interface(each.name, each.up) for each in machine.interfaces],
    )


FAULTS: dict[str, Callable[[Snapshot], Snapshot]] = {
    "disk-full": _disk_full,
    "read-only": _read_only,
    "reboot": _reboot,
    "under-voltage": lambda machine: replace(machine, throttled=0x50005),
    "hot": lambda machine: replace(machine, temperatures={"cpu_thermal": 84.1}),
    "clock-lost": lambda machine: replace(machine, clock=ClockState(False, 16.0)),
    "process-missing": lambda machine: replace(machine, processes={"cron": False}),
    "drive-failing": lambda machine: replace(
        machine, upkeep=replace(machine.upkeep, smart=[SmartDisk("sda", False, 41.0, 97.0)])
    ),
}
"""What can break, by name."""


async def simulate(faults: Sequence[str]) -> Reading:
    """The second reading of a simulated machine, so that rates are there, after `faults`."""
    machine = SimulatedMachine()
    session = HostSession(machine, machine)
    await session.poll()
    machine.pass_time(30)
    for name in faults:
        machine.fault(name)
    reading = await session.poll()
    await session.close()
    return reading


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one reading as JSON lines: `[metric, label, value]`, then the attributes."""
    parser = argparse.ArgumentParser(prog="python -m protocols.drivers.host.simulator", description=__doc__)
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), help="break this; repeatable")
    reading = asyncio.run(simulate(parser.parse_args(arguments).fault))
    for sample in reading.samples:
        sys.stdout.write(json.dumps(sample[:3]) + "\n")
    sys.stdout.write(json.dumps(reading.attributes) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
