"""Keeps what is known of devices and neighbours, and tells parents when they hold: one table, one look, is not believed. Pure.

Times are monotonic seconds. A parent once told stays until another has held: a device that is switched off is forgotten by its
switch within minutes, and it is then that its parent matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.parents import Known, Link, Place, links, others
from agent.schedule import host_of
from protocols.driver import Neighbour, Reading
from protocols.wire.batch import Scalar

EVERY_S = 60.0
"""How often parents are worked out at most."""
FIRST_S = 120.0
"""How long a first parent must hold: at the start not all switches have spoken."""
CHANGE_S = 600.0
"""How long another parent must hold."""
STALE_S = 3600.0
"""What a device said of its neighbours longer ago is not believed."""


@dataclass(slots=True)
class Kinship:
    """The devices of one agent."""

    told: dict[str, Link] = field(default_factory=dict)
    """Parents as they are told."""
    beside: dict[str, tuple[Link, ...]] = field(default_factory=dict)
    """What else each hangs off; once told it is kept as parents are: what is switched off announces nothing."""
    _known: dict[str, Known] = field(default_factory=dict)
    _seen: dict[str, tuple[float, list[Neighbour]]] = field(default_factory=dict)
    _pending: dict[str, tuple[Link, float]] = field(default_factory=dict)
    _next: float = 0.0

    def learn(self, key: str, address: str, reading: Reading, now: float) -> bool:
        """Take in a reading; whether parents are to be worked out again."""
        before = self._known.get(key) or Known(key, host_of(address).lower())
        macs, names = _macs(reading.attributes.get("mac")), _names(reading.attributes.get("name"))
        self._known[key] = before._replace(macs=macs or before.macs, names=names or before.names)
        if reading.neighbours:
            self._seen[key] = now, reading.neighbours
        return bool(reading.neighbours or self._pending) and now >= self._next

    def knows(self, key: str, address: str) -> None:
        """A device that has not answered: its address may still be found on a port."""
        self._known.setdefault(key, Known(key, host_of(address).lower()))

    def work_out(self, place: Place, now: float) -> list[str]:
        """The keys of the devices whose parent is another now, or is known at last."""
        self._next = now + EVERY_S
        self._seen = {key: row for key, row in self._seen.items() if now - row[0] <= STALE_S}
        known, seen = list(self._known.values()), {key: rows for key, (_, rows) in self._seen.items()}
        found = links(known, seen, place)
        more = others(known, seen, place)
        changed = [key for key, rows in more.items() if key in self.told and self.beside.get(key) != rows]
        self.beside |= more
        for key, link in found.items():
            if self.told.get(key) == link:
                self._pending.pop(key, None)
                continue
            pending, since = self._pending.get(key, (link, now))
            if pending != link:
                since = now
            self._pending[key] = link, since
            if now - since >= (CHANGE_S if key in self.told else FIRST_S):
                del self._pending[key]
                self.told[key] = link
                changed.append(key)
        for key in [key for key in self._pending if key not in found]:
            del self._pending[key]
        return [key for key in dict.fromkeys(changed) if not self._circular(key)]

    def facts(self, key: str, written: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """`parent` and `parent.port` as attributes; where `written` names another parent, that one wins and there is no port."""
        link = self.told.get(key)
        if link is None or self._circular(key) or written.get("parent", link.parent) != link.parent:
            return {}
        told: dict[str, Scalar] = {"parent": link.parent, "parent.port": link.port}
        more = [each for each in self.beside.get(key, ()) if each.parent != link.parent]
        if more:
            told["uplinks"] = "\n".join(f"{each.parent}\t{each.port}" for each in [link, *more])
        return told

    def _circular(self, key: str) -> bool:
        """Whether the parents that are told lead back to the device: while a change holds for one and not yet for another."""
        seen, at = {key}, self.told.get(key)
        while at is not None:
            if at.parent in seen:
                return at.parent == key
            seen.add(at.parent)
            at = self.told.get(at.parent)
        return False


def _macs(text: Scalar) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in str(text or "").split(",") if part.strip())


def _names(text: Scalar) -> frozenset[str]:
    """A name as it is and without its domain, as devices announce themselves."""
    name = str(text or "").strip().lower()
    return frozenset(each for each in (name, name.split(".", 1)[0]) if each)
