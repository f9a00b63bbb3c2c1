"""What an ONVIF device says of itself, as values. Pure.

Operations and types: ONVIF Core Specification 23.06, clause 8, and onvif.xsd.
"""

import re
from typing import NamedTuple
from xml.etree.ElementTree import Element

from protocols.transports.soap.discovery import read_scopes
from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.values import moment_ms
from protocols.transports.soap.xml import find, find_all, local, text

MOST_SERVICES = 64
_CAPABILITIES = {
    "Analytics": "http://www.onvif.org/ver20/analytics/wsdl",
    "Device": NAMESPACES["tds"],
    "Events": NAMESPACES["tev"],
    "Media": NAMESPACES["trt"],
    "Recording": NAMESPACES["trc"],
    "Search": NAMESPACES["tse"],
}
_PROFILES = {"Streaming": "S", "G": "G", "T": "T", "C": "C", "A": "A", "M": "M", "D": "D"}
_EMPTY_MAC = ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff")


class DeviceTime(NamedTuple):
    """`offset`: its clock less ours, seconds; None where it tells none that is a time. `source`: NTP, Manual or ""."""

    offset: float | None
    source: str = ""
    local_only: bool = False
    """It tells its local time alone, and the zone is not known: there is no offset."""


def system_time(answer: Element, now_ms: int) -> DeviceTime:
    """GetSystemDateAndTime's answer against our clock at the moment of it. Whole seconds are told: half of one is added."""
    said = find(answer, "tds:SystemDateAndTime")
    if said is None:
        return DeviceTime(None)
    source = {"ntp": "NTP", "manual": "manual"}.get(text(said, "tt:DateTimeType").lower(), "")
    at = _moment(find(said, "tt:UTCDateTime"))
    if at is None:
        return DeviceTime(None, source, find(said, "tt:LocalDateTime") is not None)
    return DeviceTime((at + 500 - now_ms) / 1000, source)


def services(answer: Element, device_url: str) -> dict[str, str]:
    """GetServices' or GetCapabilities' answer as namespace → URL; the device service is always among them."""
    found = {NAMESPACES["tds"]: device_url}
    for each in find_all(answer, "tds:Service")[:MOST_SERVICES]:
        space, url = text(each, "tds:Namespace"), text(each, "tds:XAddr")
        if space and url:
            found[space] = url
    capabilities = find(answer, "tds:Capabilities")
    for each in capabilities.iter() if capabilities is not None else ():
        named = _CAPABILITIES.get(local(each))
        if named and (url := text(each, "tt:XAddr")):
            found.setdefault(named, url)
    return found


def identity(
    information: Element, scopes: Element | None, network: Element | None, endpoint: Element | None = None
) -> dict[str, str]:
    """GetDeviceInformation, GetScopes, GetNetworkInterfaces and GetEndpointReference as a reading's attributes."""
    found = {
        "vendor": text(information, "tds:Manufacturer"),
        "model": text(information, "tds:Model"),
        "serial": text(information, "tds:SerialNumber"),
        "firmware": text(information, "tds:FirmwareVersion"),
        "hardware": text(information, "tds:HardwareId"),
    }
    if scopes is not None:
        said = read_scopes([text(each) for each in find_all(scopes, "tds:Scopes/tt:ScopeItem")])
        profiles = sorted({_PROFILES[each] for each in said.profiles if each in _PROFILES})
        found |= {"name": said.name, "location": said.location, "mac": said.mac, "onvif": " ".join(profiles)}
    if network is not None:
        addresses = [text(each) for each in find_all(network, "tds:NetworkInterfaces/tt:Info/tt:HwAddress")[:8]]
        macs = list(dict.fromkeys(filter(None, map(_mac, addresses))))
        found["mac"] = ",".join(macs) or found.get("mac", "")
    if endpoint is not None:
        uuid = re.search(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", text(endpoint, "tds:GUID").lower())
        found["uuid"] = uuid[0] if uuid else ""
    return {key: value for key, value in found.items() if value}


def _mac(said: str) -> str | None:
    digits = re.sub(r"[:.-]", "", said.lower())
    if re.fullmatch(r"[0-9a-f]{12}", digits) is None:
        return None
    mac = ":".join(digits[at : at + 2] for at in range(0, 12, 2))
    return None if mac in _EMPTY_MAC else mac


def _moment(element: Element | None) -> int | None:
    """A tt:DateTime as ms since the epoch."""
    if element is None:
        return None
    try:
        parts = [int(text(element, f"tt:Date/tt:{name}")) for name in ("Year", "Month", "Day")]
        parts += [int(text(element, f"tt:Time/tt:{name}")) for name in ("Hour", "Minute", "Second")]
    except ValueError:
        return None
    return moment_ms((parts[0], parts[1], parts[2]), (parts[3], parts[4], parts[5]))
