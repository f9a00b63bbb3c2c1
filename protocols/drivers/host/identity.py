"""Who this machine is: the attributes of its device. Read once; a change of them needs a restart anyway."""

import platform
import socket
from functools import cache
from pathlib import Path

from protocols.drivers.host.linux import text

_EMPTY = frozenset(
    {"", "none", "default string", "to be filled by o.e.m.", "system product name", "not specified", "0"}
)
_DMI = Path("/sys/class/dmi/id")
_TREE = Path("/proc/device-tree")


@cache
def attributes() -> dict[str, str]:
    """Name, vendor, model, serial, firmware (the kernel), os and cpu, as far as they can be read; serial needs root."""
    told = {
        "name": socket.gethostname(),
        "vendor": _vendor(),
        "model": text(_TREE / "model") or text(_DMI / "product_name"),
        "serial": text(_TREE / "serial-number") or text(_DMI / "product_serial"),
        "firmware": f"{platform.system()} {platform.release()}".strip(),
        "os": _system(),
        "cpu": _processor(),
    }
    return {key: value for key, value in told.items() if value and value.strip().lower() not in _EMPTY}


def _vendor() -> str | None:
    if (text(_TREE / "model") or "").startswith("Raspberry Pi"):
        return "Raspberry Pi"
    return text(_DMI / "sys_vendor")


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return f"{platform.system()} {platform.version()}".strip()


def _processor() -> str:
    for line in (text("/proc/cpuinfo") or "").splitlines():
        if line.lower().startswith(("model name", "hardware")):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
