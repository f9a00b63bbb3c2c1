"""Reads this machine: blocking calls to psutil, each of which may be missing on a platform. No meaning is made here."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import psutil

from protocols.clock import Clock
from protocols.drivers.host import identity, linux
from protocols.drivers.host.options import HostOptions
from protocols.drivers.host.snapshot import (
    Battery,
    Cpu,
    DiskTraffic,
    FileSystem,
    Interface,
    Memory,
    Snapshot,
    Upkeep,
)
from protocols.errors import DeviceError

READ_ONLY_BY_NATURE = frozenset({"squashfs", "iso9660", "udf", "erofs", "cramfs", "romfs", "cdfs"})
VIRTUAL_INTERFACES = (
    "lo", "lo0", "Loopback*", "veth*", "docker*", "br-*", "virbr*", "vnet*", "ifb*", "tap*", "dummy*", "cali*", "cni*",
    "flannel*", "sit0", "ip6tnl0", "awdl*", "llw*", "utun*", "anpi*", "gif*", "stf*", "bridge[0-9]*",
)  # fmt: skip
_FIRST_LOOK = 0.25


@dataclass
class Machine:
    """This machine. Remembers only what a single look cannot tell: that a mount was writable once."""

    options: HostOptions
    clock: Clock
    _looked: bool = False
    _writable: set[str] = field(default_factory=set)

    def read(self, upkeep: Upkeep) -> Snapshot:
        """One look at everything quick; blocks up to a second. Raises `DeviceError` when the system refuses the basics."""
        try:
            return Snapshot(
                at=self.clock.monotonic(),
                uptime=linux.uptime() or max(0.0, self.clock.now_ms() / 1000 - psutil.boot_time()),
                cpu=self._cpu(),
                memory=_memory(),
                load=os.getloadavg() if hasattr(os, "getloadavg") else None,
                file_systems=list(self._file_systems()),
                disks=list(_disks()),
                interfaces=list(self._interfaces()),
                temperatures=_temperatures(),
                battery=_battery(),
                process_count=len(psutil.pids()),
                processes=_running(self.options.processes),
                reboot_required=linux.reboot_required(),
                throttled=linux.throttled(),
                clock=linux.clock_state(),
                attributes=identity.attributes(),
                upkeep=upkeep,
            )
        except (OSError, psutil.Error) as error:
            raise DeviceError(f"this machine does not say how it is: {error}") from error

    def _cpu(self) -> Cpu:
        # Not psutil.cpu_percent(None): it keeps its last sample per thread, and a pool gives a different thread each poll.
        first = None if self._looked else float(psutil.cpu_percent(interval=_FIRST_LOOK))
        self._looked = True
        times = psutil.cpu_times()
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        return Cpu(busy=total - times.idle - getattr(times, "iowait", 0.0), total=total, percent=first)

    def _file_systems(self) -> Iterator[FileSystem]:
        table, options = linux.fstab_writable(), linux.disk_options()
        for part in _mounts():
            if any(fnmatch(part.mountpoint, pattern) for pattern in self.options.ignore_mounts):
                continue
            try:
                usage = psutil.disk_usage(part.mountpoint)
                inodes, inodes_free = _inodes(part.mountpoint)
            except OSError:  # unmounted meanwhile, or not ours to see: the others still count
                continue
            flags = options.get(part.mountpoint) or part.opts.split(",")
            readonly = "ro" in flags or "emergency_ro" in flags
            if not readonly:
                self._writable.add(part.mountpoint)
            device = linux.block_device(part.mountpoint) or part.device
            yield FileSystem(
                mount=part.mountpoint,
                device=device,
                type=part.fstype,
                used=usage.used,
                free=usage.free,
                readonly=readonly,
                expected_writable=part.mountpoint in self._writable or part.mountpoint in table,
                inodes=inodes,
                inodes_free=inodes_free,
                errors=linux.ext4_number(device, "errors_count"),
                lifetime_written=linux.lifetime_written(device),
            )

    def _interfaces(self) -> Iterator[Interface]:
        ignored = (*VIRTUAL_INTERFACES, *self.options.ignore_interfaces)
        counters = psutil.net_io_counters(pernic=True, nowrap=False)
        for name, state in psutil.net_if_stats().items():
            if any(fnmatch(name, pattern) for pattern in ignored):
                continue
            count = counters.get(name)
            if count is None:
                yield Interface(name, state.isup)
                continue
            errors = count.errin + count.errout + count.dropin + count.dropout
            yield Interface(name, state.isup, count.bytes_recv, count.bytes_sent, errors)


def _mounts() -> "Iterator[psutil._ntuples.sdiskpart]":
    """Real file systems once each: the shortest mount point of a device, and the root even when it is an overlay."""
    shown: set[str] = set()
    parts = sorted(psutil.disk_partitions(all=False), key=lambda part: len(part.mountpoint))
    roots = [part for part in psutil.disk_partitions(all=True) if part.mountpoint == "/"][-1:]
    for part in roots + parts:
        unreadable = part.fstype == "" or part.fstype in READ_ONLY_BY_NATURE or "cdrom" in part.opts
        if unreadable or part.device in shown or not Path(part.mountpoint).is_dir():
            continue
        shown.add(part.device)
        yield part


def _inodes(mount: str) -> tuple[int, int]:
    if not hasattr(os, "statvfs"):
        return 0, 0
    about = os.statvfs(mount)
    return about.f_files, about.f_ffree


def _memory() -> Memory:
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    return Memory(memory.total, memory.available, swap.total, swap.used)


def _disks() -> Iterator[DiskTraffic]:
    for name, count in (psutil.disk_io_counters(perdisk=True, nowrap=False) or {}).items():
        if sys.platform != "linux" or linux.is_whole_disk(name):
            yield DiskTraffic(name, count.read_bytes, count.write_bytes, linux.life_time(name))


def _temperatures() -> dict[str, float]:
    """Label → °C; the second sensor of one name gets ` 2`. What no sensor can mean (under −60, over 200) is left out."""
    found: dict[str, float] = {}
    read = getattr(psutil, "sensors_temperatures", dict)
    for chip, sensors in read().items():
        for sensor in sensors:
            if sensor.current is None or not -60 <= sensor.current <= 200:
                continue
            name = f"{chip} {sensor.label}".strip()
            number = sum(1 for known in found if known == name or known.startswith(f"{name} #"))
            found[f"{name} #{number + 1}" if number else name] = float(sensor.current)
    return found


def _battery() -> Battery | None:
    try:
        found = getattr(psutil, "sensors_battery", lambda: None)()
    except FileNotFoundError:  # a container or kernel without /sys/class/power_supply
        return None
    return None if found is None else Battery(float(found.percent), found.power_plugged)


def _running(patterns: Sequence[str]) -> dict[str, bool]:
    """Which of the patterns some process matches: by name, or by whole command line when it has a space or slash."""
    if not patterns:
        return {}
    lines = any(" " in pattern or "/" in pattern for pattern in patterns)
    seen: set[str] = set()
    for process in psutil.process_iter(["name", "cmdline"] if lines else ["name"]):
        seen.add(process.info["name"] or "")
        seen.add(" ".join(process.info.get("cmdline") or ()))
    return {pattern: any(fnmatch(text, pattern) for text in seen) for pattern in patterns}
