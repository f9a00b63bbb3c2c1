"""Who the device is: attributes from the system group, ENTITY-MIB and its vendor's profile, and what kind it turns out to be. Pure."""

import re

from protocols.drivers.network import oids
from protocols.drivers.network.columns import Columns, column, mac, said, scalar, whole
from protocols.drivers.network.interfaces import RADIO, Interface
from protocols.drivers.network.profile import Profile, begins, role
from protocols.drivers.network.vendor import at
from protocols.wire.batch import Scalar

_CHASSIS, _STACK = 3, 11
"""PhysicalClass (IANA-ENTITY-MIB)."""
_BRIDGE_SERVICE = 1 << 1
"""sysServices: layer 2."""
_CHASSIS_MAC = 4
_MAKERS = {
    "9": "Cisco", "11": "HPE", "171": "D-Link", "207": "Allied Telesis", "674": "Dell", "890": "Zyxel", "1588": "Brocade", "1916": "Extreme Networks",
    "1991": "Ruckus", "2011": "Huawei", "2636": "Juniper", "3375": "F5", "3955": "Linksys", "4413": "Broadcom", "4526": "Netgear", "5624": "Extreme Networks",
    "6027": "Dell", "6486": "Alcatel-Lucent Enterprise", "6889": "Avaya", "8072": "Net-SNMP", "8741": "SonicWall", "3097": "WatchGuard", "2604": "Sophos", "2620": "Check Point",
    "11863": "TP-Link", "12356": "Fortinet", "14179": "Cisco", "14823": "Aruba", "14988": "MikroTik", "25053": "Ruckus", "25461": "Palo Alto Networks",
    "25506": "H3C", "26928": "Extreme Networks", "29671": "Cisco Meraki", "30065": "Arista", "41112": "Ubiquiti", "47196": "Aruba",
}  # fmt: skip
"""IANA's private enterprise numbers of makers that schools have."""


def vendor(profile: Profile, object_id: str) -> str | None:
    """The maker: by its profile, else by the enterprise number of sysObjectID."""
    enterprise = object_id.removeprefix("1.3.6.1.4.1.").split(".", 1)[0] if begins(object_id, "1.3.6.1.4.1") else ""
    return profile.vendor or _MAKERS.get(enterprise)


def kind(columns: Columns, found: dict[str, Interface], profile: Profile) -> str:
    """switch, ap, firewall or network: by the profile, else by what the device does."""
    object_id = said(scalar(columns, oids.SYS_OBJECT_ID)) or ""
    known = role(profile, object_id, said(scalar(columns, oids.SYS_DESCR)) or "")
    if known is not None:
        return known
    if any(each.kind == RADIO for each in found.values()):
        return "ap"
    ports = whole(scalar(columns, oids.BRIDGE_PORTS)) or 0
    services = whole(scalar(columns, oids.SYS_SERVICES)) or 0
    return "switch" if ports > 2 or (services & _BRIDGE_SERVICE and len(found) > 4) else "network"


def attributes(columns: Columns, profile: Profile) -> dict[str, Scalar]:
    """name, vendor, model, serial, firmware, location, mac, description."""
    object_id = said(scalar(columns, oids.SYS_OBJECT_ID)) or ""
    description = said(scalar(columns, oids.SYS_DESCR))
    found: dict[str, Scalar | None] = {
        "name": said(scalar(columns, oids.SYS_NAME)),
        "vendor": vendor(profile, object_id),
        "location": said(scalar(columns, oids.SYS_LOCATION)),
        "description": description,
        "mac": _mac(columns),
        "firmware": _version(description),
        **_entity(columns),
    }
    for attribute in profile.attribute:
        value = said(at(columns, attribute.oid))
        if value and attribute.pattern:
            match = re.search(attribute.pattern, value)
            value = match[1] if match and match.re.groups else None
        if value and (attribute.name not in found or found[attribute.name] is None or attribute.name == "firmware"):
            found[attribute.name] = value
    return {name: value for name, value in found.items() if value}


def entity_names(columns: Columns) -> dict[str, str]:
    """What each physical entity is called."""
    names, described = column(columns, oids.ENTITY_NAME), column(columns, oids.ENTITY_DESCR)
    found = {}
    for index in dict.fromkeys([*described, *names]):
        name = said(names.get(index)) or said(described.get(index))
        if name:
            found[index] = name
    return found


def _mac(columns: Columns) -> str | None:
    chassis = (
        scalar(columns, oids.LLDP_CHASSIS) if whole(scalar(columns, oids.LLDP_CHASSIS_TYPE)) == _CHASSIS_MAC else None
    )
    both = [each for each in (mac(chassis), mac(scalar(columns, oids.BRIDGE_ADDRESS))) if each]
    return ",".join(dict.fromkeys(both)) or None


def _entity(columns: Columns) -> dict[str, Scalar | None]:
    """Model, serial and firmware of the first chassis that tells a serial; of a stack, every chassis' serial."""
    classes = {index: whole(value) for index, value in column(columns, oids.ENTITY_CLASS).items()}
    chassis = [index for index, each in classes.items() if each == _CHASSIS] or [
        index for index, each in classes.items() if each == _STACK
    ]
    told: dict[str, Scalar | None] = {}
    serials = [said(column(columns, oids.ENTITY_SERIAL).get(index)) for index in chassis]
    known = [serial for serial in serials if serial]
    if known:
        told["serial"] = ",".join(dict.fromkeys(known[:9]))
    for name, columns_of in (("model", (oids.ENTITY_MODEL, oids.ENTITY_DESCR)), ("firmware", (oids.ENTITY_SOFTWARE,))):
        texts = (said(column(columns, oid).get(index)) for oid in columns_of for index in chassis)
        found = next((text for text in texts if text), None)
        if found:
            told[name] = found
    return told


def _version(description: str | None) -> str | None:
    """What sysDescr calls its version: `Version 15.2(7)E4`, `revision YA.16.10`, `JUNOS 21.4R3`, `EOS version 4.20`."""
    match = re.search(
        r"(?:\bversion|\brevision|\bJUNOS|\bfirmware|\bfw)[ :]+v?([0-9A-Za-z][\w.()/-]{1,40})", description or "", re.I
    )
    return match[1].rstrip(".,") if match else None
