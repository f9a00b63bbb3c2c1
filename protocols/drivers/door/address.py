"""What a door's address says: a controller's place, or a device on an OSDP bus."""

import re
from typing import NamedTuple

from protocols.address import Place, read_place
from protocols.errors import OptionError

SERIAL, TCP = "osdp://", "osdp+tcp://"
LAST = 126
"""The highest address on an OSDP bus; 127 is everybody's."""


class OnBus(NamedTuple):
    """A device on an OSDP bus: the serial port's path or the converter's place, and its address there."""

    path: str | None
    place: Place | None
    device: int


def read_address(text: str, port: int, where: str) -> Place | OnBus:
    """`osdp:///dev/ttyUSB0/1`, `osdp+tcp://10.1.2.3:4001/1`, or a controller's `host` or `host:port`. Raises `OptionError`."""
    text = text.strip()
    if not text.lower().startswith(("osdp:", "osdp+")):
        return read_place(text, port, where)
    tcp = text.lower().startswith(TCP)
    rest = text[len(TCP if tcp else SERIAL) :]
    line, _, device = rest.rpartition("/")
    if not line or re.fullmatch(r"[0-9]{1,3}", device) is None or int(device) > LAST:
        raise OptionError(
            f"{where}: address = {text[:80]!r}: write osdp:///dev/ttyUSB0/1 or osdp+tcp://10.1.2.3:4001/1, "
            f"which ends in the reader's address on the bus (0 to {LAST})"
        )
    if tcp:
        if re.search(r":[0-9]+$", line) is None:
            raise OptionError(
                f"{where}: address = {text[:80]!r}: a converter's TCP port is missing: osdp+tcp://10.1.2.3:4001/1"
            )
        return OnBus(None, read_place(line, 1, where), int(device))
    if not text.lower().startswith(SERIAL) or not line.startswith("/") or "\x00" in line:
        raise OptionError(f"{where}: address = {text[:80]!r}: a serial port is a path: osdp:///dev/ttyUSB0/1")
    return OnBus(line, None, int(device))
