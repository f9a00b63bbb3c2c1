"""What an OSDP device's reports mean: octets to samples and attributes. Pure. Numbers are those of IEC 60839-11-5, annex B."""

from collections.abc import Mapping
from typing import NamedTuple

from protocols.driver import Sample
from protocols.drivers.door.osdp import frame as wire
from protocols.drivers.door.osdp.reader import INPUTS, OUTPUTS, READERS, SECURITY, Identity
from protocols.wire.batch import Scalar

UNKNOWN = 2
BINARY = {0: 0, 1: 1}
"""Normal or inactive, and tamper, failing or active; what else the standard may add is unknown."""
READER = {0: 0, 1: 2, 2: 3}
"""RSTATR: normal, not connected, tamper → states of `door.reader`."""
READER_UNKNOWN = 255
MOST_READERS = 8


class Wiring(NamedTuple):
    """What only a person knows: how the door is called, which input its contact is on (from 1), and what it says when open."""

    label: str
    position_input: int | None
    open_when_active: bool


def samples(states: Mapping[int, bytes], wiring: Wiring) -> list[Sample]:
    """The samples of the reports that were told; a contact that should be there and is not told is `unknown`."""
    found: list[Sample] = []
    if local := states.get(wire.LSTATR):
        found.append(Sample("door.tamper", wiring.label, _binary(local, 0)))
        found.append(Sample("door.power", wiring.label, _binary(local, 1)))
    for number, octet in enumerate(states.get(wire.RSTATR, b"")[:MOST_READERS], 1):
        label = wiring.label if number == 1 else f"{wiring.label} {number}"
        found.append(Sample("door.reader", label, float(READER.get(octet, READER_UNKNOWN))))
    for metric, report in (("door.input", wire.ISTATR), ("door.output", wire.OSTATR)):
        octets = states.get(report, b"")
        found += [Sample(metric, str(at + 1), _binary(octets, at)) for at in range(len(octets))]
    if wiring.position_input is not None:
        found.append(Sample("door.position", wiring.label, _position(states.get(wire.ISTATR, b""), wiring)))
    return found


def attributes(identity: Identity) -> dict[str, Scalar]:
    """Who it is: PDID's vendor (an OUI), model, version, serial and firmware, and what it has."""
    said, capabilities = identity.pdid, identity.capabilities
    return {
        "vendor": "OUI " + ":".join(f"{octet:02X}" for octet in said[:3]),
        "model": f"{said[3]} version {said[4]}",
        "serial": str(int.from_bytes(said[5:9], "little")),
        "firmware": ".".join(str(octet) for octet in said[9:12]),
        "inputs": capabilities.get(INPUTS, (0, 0))[1],
        "outputs": capabilities.get(OUTPUTS, (0, 0))[1],
        "readers": capabilities.get(READERS, (0, 0))[1],
        "secure_channel": bool(capabilities.get(SECURITY, (0, 0))[0] & 1),
    }


def _binary(octets: bytes, at: int) -> float:
    return float(BINARY.get(octets[at], UNKNOWN) if at < len(octets) else UNKNOWN)


def _position(octets: bytes, wiring: Wiring) -> float:
    active = _binary(octets, (wiring.position_input or 1) - 1)
    return active if active == UNKNOWN or wiring.open_when_active else 1.0 - active
