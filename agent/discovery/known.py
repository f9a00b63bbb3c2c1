"""Which of the found things are configured already, and what hangs off what among them. Pure."""

from collections.abc import Mapping, Sequence

from agent import parents
from agent.config import Device
from agent.discovery.merge import Thing
from agent.identity.verdict import Known
from agent.identity.who import same
from agent.schedule import host_of
from protocols.driver import Neighbour


def mark(things: Sequence[Thing], devices: Sequence[Device], remembered: Mapping[str, Known]) -> None:
    """Say of each thing which device of agent.toml it is: by what is remembered of that, else by driver and address."""
    for thing in things:
        by_identity = [each.key for each in devices if _is(thing, remembered.get(each.key))]
        by_address = [
            each.key
            for each in devices
            if any(_at(each, seen.found.kind, seen.found.address, seen.found.options) for seen in thing.sightings)
            and not _is_not(thing, remembered.get(each.key))
        ]
        thing.known = next(iter([*by_identity, *by_address]), "")


def hang(things: Sequence[Thing], seen: Mapping[str, Sequence[Neighbour]], place: parents.Place) -> None:
    """Give each thing the key of the switch that sees it; `seen` is by the switches' keys, `place` where this machine stands."""
    nodes = [
        parents.Known(
            thing.key, host_of(thing.first.address), thing.identity.macs, frozenset({thing.name.lower()} - {""})
        )
        for thing in things
    ]
    keys = {thing.key: thing.known or thing.key for thing in things}
    found = parents.links(nodes, seen, place)
    for thing in things:
        if thing.key in found:
            thing.parent = keys[found[thing.key].parent]


def _is(thing: Thing, known: Known | None) -> bool:
    return known is not None and same(known.identity, thing.identity) is True


def _is_not(thing: Thing, known: Known | None) -> bool:
    return known is not None and same(known.identity, thing.identity) is False


def _at(device: Device, kind: str, address: str, options: Mapping[str, object]) -> bool:
    """Whether the device is configured there: the same driver and host, and port and instance where both name one."""
    if device.driver.kind != kind or host_of(device.address) != host_of(address):
        return False
    mine, other = (text.removeprefix(host_of(text)) for text in (device.address, address))
    instance = getattr(device.options, "instance", None)
    return (not mine or not other or mine == other) and instance in (None, options.get("instance", instance))
