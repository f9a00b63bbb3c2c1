"""What tells one thing from another: serial number, UUID, MAC addresses. Pure.

Devices say these in many spellings, and some say what every unit of their kind says; that identifies nothing and is left out.
"""

import re
from collections.abc import Mapping
from itertools import islice
from typing import NamedTuple

MOST_MACS = 64
MOST_SERIAL = 100
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_MAC = re.compile(r"[0-9a-f]{2}([:-]?)(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}", re.IGNORECASE)
_NO_SERIAL = re.compile(
    r"(.)\1*|0?123456789?0?.?|n/?a|none|null|unknown|default|serial ?(no|number)?\.?|not (specified|available|set)"
    r"|to be filled by o\.?e\.?m\.?|system serial number|x+[\d-]*x*",
    re.IGNORECASE,
)
_NO_MAC = ("000000", "ffffff", "00005e0001", "00005e0002", "00000c07ac", "00000c9ff")
"""Nobody, everybody, and the addresses that routers share among them (VRRP, HSRP)."""


class Identity(NamedTuple):
    """What a thing says of itself, in one spelling: serial in upper case, UUID and MACs in lower case with their signs."""

    serial: str = ""
    uuid: str = ""
    macs: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.serial or self.uuid or self.macs)

    @property
    def words(self) -> str:
        """The strongest of it, for people."""
        if self.serial:
            return f"serial {self.serial}"
        return f"UUID {self.uuid}" if self.uuid else f"MAC {min(self.macs, default='unknown')}"


NOBODY = Identity()


def read_identity(attributes: Mapping[str, object]) -> Identity:
    """The identity in a reading's or a discovery's attributes; empty where they hold none."""
    return Identity(
        serial_of(attributes.get("serial")), uuid_of(attributes.get("uuid")), macs_of(attributes.get("mac"))
    )


def serial_of(text: object) -> str:
    """A serial number, or "" for what is none."""
    serial = " ".join(str(text or "")[: MOST_SERIAL + 1].split()).upper()
    return "" if len(serial) < 3 or len(serial) > MOST_SERIAL or _NO_SERIAL.fullmatch(serial) else serial


def uuid_of(text: object) -> str:
    """A UUID, bare or as `urn:uuid:…` or `{…}`, or "" for what is none or the same everywhere (nil, all ones)."""
    found = _UUID.search(str(text or "")[:200])
    digits = found[0].replace("-", "").lower() if found else ""
    if len(set(digits)) < 2:
        return ""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def macs_of(text: object) -> frozenset[str]:
    """The MAC addresses of a list, of the first `MOST_MACS` there, without those that several things share."""
    found = (match[0] for match in islice(_MAC.finditer(str(text or "")[: MOST_MACS * 20]), MOST_MACS))
    digits = (re.sub("[:-]", "", mac).lower() for mac in found)
    return frozenset(
        ":".join(mac[at : at + 2] for at in range(0, 12, 2))
        for mac in digits
        if not mac.startswith(_NO_MAC) and not int(mac[1], 16) & 1
    )


def same(one: Identity, other: Identity) -> bool | None:
    """Whether both are one thing: True when anything agrees, False when nothing does though both say it, None: not known."""
    if (one.serial and one.serial == other.serial) or (one.uuid and one.uuid == other.uuid) or one.macs & other.macs:
        return True
    both = (one.serial and other.serial) or (one.uuid and other.uuid) or (one.macs and other.macs)
    return False if both else None


def joined(known: Identity, found: Identity) -> Identity:
    """Both of one thing: what was found last, and what only was known before. At most `MOST_MACS` addresses."""
    macs = found.macs | known.macs
    return Identity(
        found.serial or known.serial, found.uuid or known.uuid, frozenset(sorted(macs)[:MOST_MACS])
    )  # fmt: skip
