"""Who made a device, by the first digits of its address: from the lists that the machine has, none is shipped.

The IEEE's registry is 38,000 lines that change daily; systemd has it on nearly every Linux, the packages ieee-data, arp-scan and nmap too.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

HWDB = ("/usr/lib/udev/hwdb.d/20-OUI.hwdb", "/lib/udev/hwdb.d/20-OUI.hwdb")
LISTS = (
    "/usr/share/arp-scan/ieee-oui.txt",
    "/usr/share/nmap/nmap-mac-prefixes",
    "/var/lib/ieee-data/oui.txt",
    "/usr/share/ieee-data/oui.txt",
)
UNKNOWN = "unknown maker"
_KEY = re.compile(r"OUI:([0-9A-F]{6,9})\*")
_NAME = " ID_OUI_FROM_DATABASE="
_ROW = re.compile(r"([0-9A-F]{6,9})(?:\t|\s+\(base 16\)\s+| )(\S.*)")


def makers(macs: Iterable[str], files: Iterable[str] = (*HWDB, *LISTS)) -> dict[str, str]:
    """MAC → its maker, by the longest prefix of the first list that is there. Blocks for some tens of milliseconds."""
    wanted = {mac: mac.replace(":", "").upper() for mac in macs}
    path = next((Path(file) for file in files if Path(file).is_file()), None)
    if path is None or not wanted:
        return dict.fromkeys(wanted, UNKNOWN)
    keys = {digits[:length] for digits in wanted.values() for length in (6, 7, 9)}
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            found = {key: name[:80] for key, name in _rows(lines) if key in keys}
    except OSError:
        found = {}
    return {mac: _longest(digits, found) for mac, digits in wanted.items()}


def _longest(digits: str, found: dict[str, str]) -> str:
    return next((found[digits[:length]] for length in (9, 7, 6) if digits[:length] in found), UNKNOWN)


def _rows(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    key: str | None = None
    for line in lines:
        if line.startswith(_NAME) and key is not None:
            yield key, line[len(_NAME) :].strip()
        elif (match := _KEY.match(line)) or (match := _ROW.match(line)):
            key = match[1]
            if match.re is _ROW:
                yield key, match[2].strip()
