"""Many answers to one device a thing: by serial, UUID and MAC, else by address. Pure.

Two answers are one thing when they agree in serial, UUID or MAC, or come from one address; but never when their serials
differ, nor when one means tells them as two at one address (a NAT router, a BACnet router, a recorder's channels).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agent.identity.who import Identity, joined, read_identity
from agent.schedule import host_of
from protocols.driver import Found
from protocols.wire.batch import Scalar

SPECIFIC = ("door", "camera", "printer", "ups", "display", "meter", "bacnet")
"""What a thing is when several kinds of it answer: the first of these. A camera's or printer's network card answers as `network`, too."""
PLACELESS = ("probe", "host")


class Sighting(NamedTuple):
    """One answer of one means: "mdns", "snmp", "arp", or the driver that found it."""

    means: str
    found: Found

    @property
    def identity(self) -> Identity:
        """Who it says it is."""
        return read_identity(self.found.attributes)


@dataclass
class Thing:
    """One device: what all that were merged into it say. `key` is stable: by serial, UUID or MAC, else by address."""

    sightings: list[Sighting]
    parent: str = ""
    known: str = ""
    """The key of the configured device that it is."""
    notes: list[str] = field(default_factory=list)

    @property
    def identity(self) -> Identity:
        found = Identity()
        for sighting in self.sightings:
            found = joined(sighting.identity, found)
        return found

    @property
    def first(self) -> Found:
        """The answer of the kind that the thing is."""
        return min(
            (sighting.found for sighting in self.sightings), key=lambda found: (_rank(found.kind), found.address)
        )

    @property
    def kind(self) -> str:
        return self.first.kind

    @property
    def name(self) -> str:
        """Its own name, by the answer of its kind if that has one."""
        names = [self.first.name, *(each.found.name for each in self.sightings)]
        return next((name for name in names if name), "")

    @property
    def attributes(self) -> dict[str, Scalar]:
        """What is said of it; of its own kind first."""
        ordered = sorted(self.sightings, key=lambda each: (_rank(each.found.kind), each.found.address), reverse=True)
        return {
            name: value for each in ordered for name, value in each.found.attributes.items() if value not in (None, "")
        }

    @property
    def seen_by(self) -> list[str]:
        return sorted({sighting.means for sighting in self.sightings})

    @property
    def key(self) -> str:
        who = self.identity
        own = who.serial or who.uuid or min(who.macs, default="").replace(":", "") or self.first.address
        instance = self.first.options.get("instance")
        if instance is not None and not who:
            own = str(instance)
        return _slug(f"{self.kind}-{own}")


Group = list[Sighting]


def merge(sightings: Iterable[Sighting]) -> list[Thing]:
    """One thing each, by kind and address. What agrees most strongly is merged first, so the order of answers does not matter."""
    groups = [[each] for each in sorted(set_of(sightings), key=_order)]
    groups = _merged(groups, lambda each: [each.identity.serial])
    groups = _merged(groups, lambda each: [each.identity.uuid])
    groups = _merged(groups, lambda each: each.identity.macs)
    groups = _merged(groups, _place)
    things = [Thing(group) for group in groups]
    _note_conflicts(things)
    return sorted(things, key=lambda thing: (_rank(thing.kind), thing.kind, thing.first.address, thing.key))


def set_of(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Without repeats: the same means telling the same thing at the same address twice."""
    once: dict[tuple[object, ...], Sighting] = {}
    for each in sightings:
        found = each.found
        once.setdefault((each.means, found.kind, found.address, _options(found), each.identity), each)
    return list(once.values())


def _merged(groups: Sequence[Group], traits_of: Callable[[Sighting], Iterable[str]]) -> list[Group]:
    """Groups that agree made one, unless something says that they are two."""
    made: list[Group] = []
    by_trait: dict[str, list[Group]] = {}
    for group in groups:
        traits = sorted({trait for each in group for trait in traits_of(each)} - {""})
        homes = [home for trait in traits for home in by_trait.get(trait, ()) if not _apart(home, group)]
        into = homes[0] if homes else None
        if into is None:
            made.append(into := [])
        into.extend(group)
        for trait in traits:
            homes = by_trait.setdefault(trait, [])
            if not any(home is into for home in homes):
                homes.append(into)
    return made


def _place(sighting: Sighting) -> list[str]:
    """The host that it answers at. A service that is checked has none: it is not the machine it runs on."""
    host = host_of(sighting.found.address)
    return [host] if host and sighting.found.kind not in PLACELESS else []


def _apart(one: Group, other: Group) -> bool:
    """Whether two groups cannot be one thing: other serials, or one means tells both."""
    serials, others = ({each.identity.serial for each in group} - {""} for group in (one, other))
    if serials and others:
        return not serials & others
    if any(a.identity.uuid and a.identity.uuid == b.identity.uuid for a in one for b in other):
        return False
    return any(a.means == b.means and a.found.kind == b.found.kind for a in one for b in other)


def _note_conflicts(things: Sequence[Thing]) -> None:
    """Say of things that share a UUID or MAC though their serials differ that they do: one of them lies, or is a copy."""
    owners: dict[str, list[Thing]] = {}
    for thing in things:
        for trait in {thing.identity.uuid, *thing.identity.macs} - {""}:
            owners.setdefault(trait, []).append(thing)
    for trait, sharing in sorted(owners.items()):
        for thing in sharing if len(sharing) > 1 else ():
            others = ", ".join(other.first.address for other in sharing if other is not thing)
            thing.notes.append(f"shares {trait} with {others}")


def _order(sighting: Sighting) -> tuple[object, ...]:
    found = sighting.found
    return (
        _rank(found.kind),
        found.address,
        sighting.means,
        sighting.identity.words,
        _options(found),
        found.name or "",
    )


def _options(found: Found) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in found.options.items()))


def _rank(kind: str) -> int:
    places: Mapping[str, int] = {name: place for place, name in enumerate(SPECIFIC)}
    return places.get(kind, len(places) + (not kind))


def _slug(text: str) -> str:
    return "-".join("".join(sign if sign.isascii() and sign.isalnum() else " " for sign in text.lower()).split())[:80]
