"""Where a device that does not answer may be by now. Pure: what is seen around comes in, addresses to try go out."""

from collections.abc import Iterable
from typing import NamedTuple

from agent.identity.verdict import Known
from agent.identity.who import Identity, read_identity, same
from agent.schedule import host_of
from protocols.driver import Found


class Candidate(NamedTuple):
    """An address to try. `by` is how it was found: "mac", "discovery", "configured"."""

    address: str
    by: str


def by_mac(known: Known, address: str, seen: Iterable[tuple[str, str]]) -> list[Candidate]:
    """The addresses where the device's MACs answer now; `seen` are pairs of MAC and address. A MAC at many is a router's."""
    macs, host = known.identity.macs | ({known.near} if known.near else set()), host_of(address)
    places: dict[str, set[str]] = {}
    for mac, place in seen:
        if mac in macs:
            places.setdefault(mac, set()).add(place)
    hosts = {place for found in places.values() if len(found) <= 2 for place in found} - {host}
    return [Candidate(at_host(address, place), "mac") for place in sorted(hosts)] if host else []


def by_discovery(known: Known, address: str, found: Iterable[Found]) -> list[Candidate]:
    """The addresses where discovery has found the device itself."""
    places = (each.address for each in found if same(known.identity, read_identity(each.attributes)))
    return [Candidate(place, "discovery") for place in dict.fromkeys(places) if place != address]


def is_it(known: Known, found: Identity, by: str) -> bool:
    """Whether what answered at a candidate is the device: it says so, or has its MAC and says nothing else."""
    agrees = same(known.identity, found)
    return agrees is True or (agrees is None and by == "mac")


def at_host(address: str, host: str) -> str:
    """The same address at another host: scheme, port and path stay."""
    old, new = host_of(address), f"[{host}]" if ":" in host else host
    return address.replace(f"[{old}]" if f"[{old}]" in address else old, new, 1)
