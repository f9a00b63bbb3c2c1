"""Against the machine the test runs on: what the driver says is what /proc, df and the kernel say."""

import ctypes
import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from protocols import registry
from protocols.clock import ManualClock, SystemClock
from protocols.driver import Reading, Session, Target
from protocols.drivers.host import linux
from protocols.drivers.host.client import Machine
from protocols.drivers.host.options import HostOptions
from protocols.drivers.host.snapshot import Upkeep
from protocols.errors import OptionError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="compares with /proc and df")
QUIET = HostOptions(updates=False, smart=False)


async def open_session(options: HostOptions = QUIET) -> Session:
    return await registry.driver("host").open(Target("host", "local"), options, SystemClock())


def values(reading: Reading) -> dict[tuple[str, str | None], float]:
    return {(sample.metric, sample.label): sample.value for sample in reading.samples}


async def test_two_polls_agree_with_the_system() -> None:
    session = await open_session()
    first = values(await session.poll())
    second = values(await session.poll())
    await session.close()
    assert 0 <= first["host.cpu.utilization", None] <= 100
    assert second["host.uptime", None] == pytest.approx(float(Path("/proc/uptime").read_text().split()[0]), abs=5)
    assert second["host.load", "15m"] == pytest.approx(os.getloadavg()[2], abs=0.5)
    assert second["host.memory.available", None] == pytest.approx(_meminfo("MemAvailable"), rel=0.2)
    assert not [key for key in first if key[0].endswith(".rate")]
    assert [key for key in second if key[0].endswith(".rate")] or not psutil.net_if_stats().keys() - {"lo"}


def _meminfo(name: str) -> float:
    rows = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    return next(1024.0 * float(row[1]) for row in rows if row[0] == f"{name}:")


async def test_disks_are_those_of_df() -> None:
    session = await open_session(HostOptions(updates=False, smart=False, ignore_mounts=()))
    told = values(await session.poll())
    await session.close()
    shown = subprocess.run(["df", "-P", "-k", "/"], capture_output=True, text=True, check=True).stdout.splitlines()[1]
    percent, available = int(shown.split()[4].rstrip("%")), 1024 * int(shown.split()[3])
    assert told["host.disk.utilization", "/"] == pytest.approx(percent, abs=1.01)  # df rounds up
    assert told["host.disk.free", "/"] == pytest.approx(available, rel=0.05)
    mounts = {label for metric, label in told if metric == "host.disk.free"}
    pseudo = {row.split()[1] for row in Path("/proc/mounts").read_text().splitlines() if row.split()[2] in _PSEUDO}
    assert not mounts & pseudo


_PSEUDO = {"tmpfs", "devtmpfs", "proc", "sysfs", "cgroup", "cgroup2", "squashfs", "devpts"}


async def test_loopback_is_no_interface_and_the_others_are_the_kernels() -> None:
    session = await open_session()
    told = values(await session.poll())
    await session.close()
    names = {label for metric, label in told if metric == "host.network.state"}
    assert "lo" not in names
    assert names <= set(os.listdir("/sys/class/net"))


async def test_processes_that_must_run_by_name_and_by_command_line() -> None:
    line = f"{sys.executable} -c *input()*"
    options = HostOptions(updates=False, smart=False, processes=(line, "no-such-program"))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        session = await open_session(options)
        running = values(await session.poll())
        child.terminate()
        child.wait(10)
        gone = values(await session.poll())
    await session.close()
    assert running["host.process.state", line] == 1
    assert running["host.process.state", "no-such-program"] == 0
    assert gone["host.process.state", line] == 0


def test_ignored_mounts_and_interfaces_are_left_out() -> None:
    machine = Machine(HostOptions(ignore_mounts=("*",), ignore_interfaces=("*",)), ManualClock())
    looked = machine.read(Upkeep())
    assert looked.file_systems == []
    assert looked.interfaces == []


def test_the_kernels_clock_is_read_where_it_lies() -> None:
    about = linux._Timex()
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(about))
    assert 9_000 <= about.tick <= 11_000  # microseconds a tick: the kernel allows 10 %
    assert 0 <= about.tai <= 60
    told = linux.clock_state()
    assert told is not None
    assert told.synchronised == (state != 5)
    assert told.error >= 0


async def test_a_platform_without_sensors_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for missing in ("sensors_temperatures", "sensors_battery"):
        monkeypatch.delattr(psutil, missing, raising=False)
    monkeypatch.delattr(os, "getloadavg")
    looked = Machine(QUIET, ManualClock()).read(Upkeep())
    assert looked.temperatures == {}
    assert looked.battery is None
    assert looked.load is None


def test_a_container_without_power_supplies_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: os.listdir("/nonexistent/power_supply"))
    assert Machine(QUIET, ManualClock()).read(Upkeep()).battery is None


async def test_a_mount_that_was_writable_and_is_not_any_more_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = psutil.disk_partitions(all=True)
    root = next(part for part in parts if part.mountpoint == "/")
    machine = Machine(QUIET, ManualClock())
    monkeypatch.setattr(linux, "fstab_writable", set)
    monkeypatch.setattr(linux, "disk_options", dict)
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [root._replace(opts="rw,relatime")])
    (before,) = machine.read(Upkeep()).file_systems
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [root._replace(opts="rw,emergency_ro")])
    (after,) = machine.read(Upkeep()).file_systems
    assert (before.readonly, after.readonly, after.expected_writable) == (False, True, True)


def test_only_real_disks_are_shown_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = [
        ("overlay", "/", "overlay", "rw"),
        ("/dev/sda1", "/usr", "ext4", "rw"),
        ("/dev/sda1", "/usr/lib", "ext4", "rw"),
        ("/dev/sda1", "/etc/passwd", "ext4", "rw"),
        ("/dev/loop3", "/bin", "squashfs", "ro"),
        ("/dev/sr0", "/sbin", "iso9660", "ro"),
        ("overlay", "/opt", "overlay", "rw"),
        ("tmpfs", "/tmp", "tmpfs", "rw"),
        ("/dev/sdb1", "/gone", "ext4", "rw"),
    ]
    parts = [type(psutil.disk_partitions(all=True)[0])(*row) for row in mounts]
    blocks = [part for part in parts if part.device.startswith("/dev")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: parts if all else blocks)  # noqa: A006
    looked = Machine(QUIET, ManualClock()).read(Upkeep())
    assert [each.mount for each in looked.file_systems] == ["/", "/usr"]


async def test_discovery_finds_this_machine_alone() -> None:
    discover = registry.driver("host").discover
    assert discover is not None
    found = [each async for each in discover(None, SystemClock())]
    assert [(each.kind, each.address, each.name) for each in found] == [("host", "local", os.uname().nodename)]


async def test_any_other_address_is_refused() -> None:
    with pytest.raises(OptionError, match=r"'local', not '10\.1\.2\.3'"):
        await registry.driver("host").open(Target("ahu", "10.1.2.3"), QUIET, ManualClock())


async def test_polling_leaves_no_thread_of_its_own_behind() -> None:
    before = set(threading.enumerate())
    session = await open_session()
    await session.poll()
    await session.close()
    await session.close()
    assert not [each for each in set(threading.enumerate()) - before if not each.name.startswith("asyncio")]
