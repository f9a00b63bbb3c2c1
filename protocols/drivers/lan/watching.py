"""What is known of a network: devices, claims, DHCP servers, routers. Pure: takes `now` (ms); bounded whatever is on the wire."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from protocols.drivers.lan.decode import Advertisement, Claim, Offer, is_random, is_shared

V = TypeVar("V")
T = TypeVar("T", str, bytes)

DAY_MS = 86_400_000
WINDOW_MS = 600_000
"""An address that changes hands and back within this is claimed by two."""
MOST_DEVICES = 20_000
MOST_CLAIMS = 10_000
MOST_ROUTERS = 256
MOST_KNOWN = 1024
"""DHCP servers, their terms, or routers that are learned."""


class Device(NamedTuple):
    """`first` is 0 for what was there while learning."""

    first: int
    last: int


class Segment:
    """One network. Outlives the session that feeds it."""

    def __init__(self) -> None:
        self.began: int | None = None
        self.is_learning = True
        self.devices: OrderedDict[str, Device] = OrderedDict()
        self.random: OrderedDict[str, int] = OrderedDict()
        self.fresh: list[str] = []
        self.offers: dict[str, Offer] = {}
        self.routers: dict[str, tuple[Advertisement, int]] = {}
        self._claims: OrderedDict[str, list[tuple[str, int]]] = OrderedDict()
        self._servers_known: set[str] = set()
        self._terms_known: set[bytes] = set()
        self._routers_known: set[str] = set()
        self._told: set[tuple[str, str]] = set()

    def look(self, now: int, learn_ms: float) -> None:
        """A look begins; the first one starts the learning."""
        if self.began is None:
            self.began = now
        self.is_learning = self.is_learning and now - self.began <= learn_ms

    def device(self, mac: str, now: int) -> None:
        """A device was seen."""
        if is_random(mac):
            _put(self.random, mac, now, MOST_DEVICES)
            return
        known = self.devices.get(mac)
        if known is None and not self.is_learning and len(self.fresh) < MOST_DEVICES:
            self.fresh.append(mac)
        first = known.first if known else 0 if self.is_learning else now
        _put(self.devices, mac, Device(first, now), MOST_DEVICES)

    def claim(self, claim: Claim, now: int) -> None:
        """A device was seen, perhaps with an address that it says is its own."""
        self.device(claim.mac, now)
        if claim.address is None or is_shared(claim.mac):
            return
        history = self._claims.get(claim.address, [])
        if history and history[-1][0] == claim.mac:
            history[-1] = (claim.mac, now)
        else:
            history = [*history[-3:], (claim.mac, now)]
        _put(self._claims, claim.address, history, MOST_CLAIMS)

    def duplicates(self, now: int) -> dict[str, tuple[str, str]]:
        """Address → the two that claim it: it went from one to the other and back within the window."""
        found: dict[str, tuple[str, str]] = {}
        for address, history in self._claims.items():
            recent = [mac for mac, at in history if now - at <= WINDOW_MS]
            if len(recent) >= 3 and recent[-1] == recent[-3]:
                found[address] = (recent[-2], recent[-1])
        return found

    def offered(self, offers: Sequence[Offer]) -> None:
        """The offers to one DHCP question replace those to the one before."""
        self.offers = {offer.server: offer for offer in offers}
        if self.is_learning:
            _learn(self._servers_known, self.offers)
            _learn(self._terms_known, (offer.terms for offer in offers if offer.terms))

    def advertised(self, said: Advertisement, now: int) -> None:
        """A router advertises; with lifetime 0 it takes that back."""
        if said.lifetime == 0:
            self.routers.pop(said.router, None)
        elif said.router in self.routers or len(self.routers) < MOST_ROUTERS:
            self.routers[said.router] = (said, now + min(said.lifetime, 9000) * 1000)
            if self.is_learning:
                _learn(self._routers_known, (said.router,))

    def rogue_servers(self, expected: Sequence[str]) -> list[Offer]:
        """Those that are not expected: by identifier or MAC where some are named, else by what was there while learning.

        Whoever leads to the same network, routers and name servers as one that was there is its partner (failover, another relay).
        """
        if self._unsure(expected):
            return []
        known = {each.lower() for each in expected} or self._servers_known
        terms = frozenset[bytes]() if expected else self._terms_known
        return [o for o in self.offers.values() if not {o.server, o.mac} & known and o.terms not in terms]

    def rogue_routers(self, expected: Sequence[str]) -> list[Advertisement]:
        """The same of routers."""
        known = {each.lower() for each in expected} or self._routers_known
        return [] if self._unsure(expected) else [s for s, _ in self.routers.values() if not {s.router, s.mac} & known]

    def first_time(self, kind: str, name: str) -> bool:
        """Whether this is told for the first time since it was last away; `forget` says what is away."""
        is_first = (kind, name) not in self._told
        self._told.add((kind, name))
        return is_first

    def forget(self, kind: str, present: set[str]) -> None:
        """What of a kind is no longer present may be told again."""
        self._told = {(which, name) for which, name in self._told if which != kind or name in present}

    def expire(self, now: int) -> None:
        """Let go of what has ended, and of what says nothing any more; both tables are in order of when they were last put."""
        while self.random and now - next(iter(self.random.values())) > DAY_MS:
            self.random.popitem(last=False)
        while self._claims and now - next(iter(self._claims.values()))[-1][1] > WINDOW_MS:
            self._claims.popitem(last=False)
        self.routers = {name: (said, until) for name, (said, until) in self.routers.items() if until > now}

    def _unsure(self, expected: Sequence[str]) -> bool:
        return self.is_learning and not expected


def _learn(known: set[T], more: Iterable[T]) -> None:
    for each in more:
        if len(known) < MOST_KNOWN:
            known.add(each)


def _put(table: OrderedDict[str, V], key: str, value: V, most: int) -> None:
    table[key] = value
    table.move_to_end(key)
    while len(table) > most:
        table.popitem(last=False)


_segments: dict[str, Segment] = {}


def remembered(place: str) -> Segment:
    """What this run of the agent knows of the network at an interface or feed: a session that is opened again goes on with it."""
    return _segments.setdefault(place, Segment())
