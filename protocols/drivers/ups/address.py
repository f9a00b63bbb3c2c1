"""The address of a UPS: `host`, `host:port` for SNMP; `nut://host`, `nut://host:port/name` for a UPS that a NUT server knows."""

from typing import NamedTuple

from protocols.address import Place, read_place
from protocols.errors import OptionError
from protocols.transports.snmp.client import PORT

NUT_PORT = 3493
SCHEME = "nut://"


class Where(NamedTuple):
    """Where it is asked. `nut` is None where SNMP alone is meant, `snmp` where NUT alone is; `name` is the UPS's at the server."""

    snmp: Place | None
    nut: Place | None
    name: str | None


def read_address(text: str, protocol: str, where: str) -> Where:
    """Raises `OptionError` for what is no address, or does not fit the option `protocol`."""
    is_nut = text.strip().lower().startswith(SCHEME)
    if not is_nut and protocol != "nut":
        place = read_place(text, PORT, where)
        return Where(place, Place(place.host, NUT_PORT) if protocol == "auto" else None, None)
    if protocol == "snmp":
        raise OptionError(f'{where}: address = {text[:80]!r}: a nut:// address does not go with protocol = "snmp"')
    host, _, name = text.strip()[len(SCHEME) if is_nut else 0 :].partition("/")
    if any(sign.isspace() or sign in '"\\' or not sign.isprintable() for sign in name):
        raise OptionError(f"{where}: address = {text[:80]!r}: the name behind the slash is as `upsc -l` shows it")
    return Where(None, read_place(host, NUT_PORT, where), name or None)
