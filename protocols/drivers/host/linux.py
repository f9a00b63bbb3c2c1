"""What Linux tells in files and one system call. Each returns None (or nothing) elsewhere or where it is not told."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from protocols.drivers.host.snapshot import ClockState

_STA_UNSYNC = 0x0040
_STA_NANO = 0x2000
_TIME_ERROR = 5
_VCGENCMD_SECONDS = 5.0
_NOT_DISKS = ("loop", "ram", "zram", "sr", "fd", "dm-", "md", "nbd")


def text(path: str | Path) -> str | None:
    """The file's text, stripped of blanks and NULs; None when it cannot be read or is empty."""
    try:
        return Path(path).read_text("utf-8", "replace").strip(" \t\r\n\x00") or None
    except OSError:
        return None


def number(path: str | Path, base: int = 10) -> int | None:
    """The file's whole number, None when it has none."""
    try:
        return int(text(path) or "", base)
    except ValueError:
        return None


def uptime() -> float | None:
    """Seconds since the machine started, not counting on its wall clock."""
    words = (text("/proc/uptime") or "").split()
    return float(words[0]) if words else None


def block_device(mount: str) -> str | None:
    """The kernel's name of the partition below a mount (mmcblk0p2), even where it is mounted as /dev/root."""
    try:
        where = os.stat(mount).st_dev
        return Path(f"/sys/dev/block/{os.major(where)}:{os.minor(where)}").resolve(strict=True).name
    except (OSError, AttributeError):
        return None


def ext4_number(device: str, name: str) -> int | None:
    """A count that ext4 keeps of a file system, in its superblock: errors_count, lifetime_write_kbytes."""
    return number(Path("/sys/fs/ext4", Path(device).name, name))


def lifetime_written(device: str) -> int | None:
    """Bytes written to the file system in its life."""
    kilobytes = ext4_number(device, "lifetime_write_kbytes")
    return None if kilobytes is None else kilobytes * 1024


_ESCAPED = re.compile(r"\\([0-7]{3})")
"""How the kernel writes spaces and the like in a mount point."""


def is_whole_disk(name: str) -> bool:
    """Whether a name of /proc/diskstats is a disk and not its partition, a mapping, a RAM disk or eMMC's boot area."""
    if name.startswith(_NOT_DISKS) or (name.startswith("mmcblk") and ("boot" in name or "rpmb" in name)):
        return False
    return Path("/sys/block", name).exists()


def life_time(disk: str) -> list[int]:
    """The two wear estimates of an eMMC, empty for anything else."""
    words = (text(Path("/sys/block", disk, "device/life_time")) or "").split()
    return [int(word, 16) for word in words if word.lower().startswith("0x")]


def fstab_writable(table: Path = Path("/etc/fstab")) -> set[str]:
    """Mount points that the table of file systems wants writable."""
    rows = [line.split() for line in (text(table) or "").splitlines() if not line.lstrip().startswith("#")]
    return {row[1] for row in rows if len(row) >= 4 and "ro" not in row[3].split(",")}


def disk_options(table: Path = Path("/proc/self/mountinfo")) -> dict[str, list[str]]:
    """Each mount point with the options of its file system itself (proc_pid_mountinfo(5), field 11).

    Not of the mount: a service's sandbox (systemd ProtectSystem=) mounts a writable disk read-only for that service alone.
    """
    found: dict[str, list[str]] = {}
    for line in (text(table) or "").splitlines():
        mount, _, disk = line.partition(" - ")
        fields, own = mount.split(), disk.split(" ")
        if len(fields) >= 6 and len(own) >= 3:
            found[_ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), fields[4])] = own[2].split(",")
    return found


def reboot_required() -> bool | None:
    """Whether an update waits for a restart; None where packages are not Debian's."""
    if not Path("/var/lib/dpkg").exists():
        return None
    return any(Path(path).exists() for path in ("/run/reboot-required", "/var/run/reboot-required"))


def throttled() -> int | None:
    """The Raspberry Pi firmware's bits; from the hwmon driver bit 0 alone; None on anything else."""
    told = number("/sys/devices/platform/soc/soc:firmware/get_throttled", 16)
    if told is not None:
        return told
    program = vcgencmd()
    if program is not None:
        return _ask(program)
    for name in Path("/sys/class/hwmon").glob("hwmon*/name"):
        if text(name) == "rpi_volt":
            alarms = [number(alarm) for alarm in name.parent.glob("in*_lcrit_alarm")]
            return int(any(alarms))
    return None


@cache
def vcgencmd() -> str | None:
    """The firmware's own tool, on a Raspberry Pi only."""
    return shutil.which("vcgencmd") if Path("/proc/device-tree/model").exists() else None


def _ask(program: str) -> int | None:
    try:
        answer = subprocess.run(
            [program, "get_throttled"], capture_output=True, text=True, timeout=_VCGENCMD_SECONDS, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_throttled(answer)


def parse_throttled(answer: str) -> int | None:
    """`throttled=0x50005` → its bits."""
    try:
        return int(answer.strip().removeprefix("throttled="), 16)
    except ValueError:
        return None


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2); long and time_t are the machine's word."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        *((name, ctypes.c_long) for name in ("offset", "freq", "maxerror", "esterror")),
        ("status", ctypes.c_int),
        *((name, ctypes.c_long) for name in ("constant", "precision", "tolerance", "seconds", "microseconds", "tick")),
        *((name, ctypes.c_long) for name in ("ppsfreq", "jitter")),
        ("shift", ctypes.c_int),
        *((name, ctypes.c_long) for name in ("stabil", "jitcnt", "calcnt", "errcnt", "stbcnt")),
        ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )


def clock_state() -> ClockState | None:
    """Whether the kernel's clock is disciplined, and how far off it may be. Asks only: modes is 0."""
    if sys.platform != "linux":
        return None
    about = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(about))
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    offset = abs(about.offset) / (1e9 if about.status & _STA_NANO else 1e6)
    return ClockState(
        synchronised=not about.status & _STA_UNSYNC and state != _TIME_ERROR,
        error=offset + about.esterror / 1e6,
    )
