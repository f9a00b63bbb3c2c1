"""What was fetched of one device → readings: keeps what the polls before said, from which rates, restarts and links follow. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from protocols.driver import DeviceEvent, PointInfo, Reading, Sample
from protocols.drivers.network import oids, poe
from protocols.drivers.network.columns import Columns, column, figure, said, scalar, whole
from protocols.drivers.network.forwarding import addressed, learnt
from protocols.drivers.network.identity import attributes, entity_names, kind
from protocols.drivers.network.interfaces import Interface, interfaces, matches, watched
from protocols.drivers.network.links import Links
from protocols.drivers.network.lldp import heard, version_1
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.profile import Profile
from protocols.drivers.network.rates import Counters, Rates, rates
from protocols.drivers.network.sensors import sensor_samples
from protocols.drivers.network.uptime import Standing, restarted, uptime
from protocols.drivers.network.vendor import Names, samples
from protocols.metrics import ON_CHANGE

UP, DOWN, OFF = 1, 0, 2
UNKNOWN = 255
_OPER = {1: UP, 2: DOWN, 3: 3, 4: UNKNOWN, 5: 4, 6: 5, 7: DOWN}
"""ifOperStatus: up, down, testing, unknown, dormant, notPresent, lowerLayerDown → `network.interface.state`."""
_ADMIN_DOWN, _ADMIN_TESTING = 2, 3
_DUPLEX = {2: 0, 3: 1}
"""dot3StatsDuplexStatus: halfDuplex, fullDuplex."""
_MEGABIT = 1e6
_QUIET = frozenset({float(DOWN), float(OFF), 4.0, 5.0})
"""States of a port that nobody uses."""


class Fetched(NamedTuple):
    """One poll. `at` is monotonic seconds, `times` that of a port's counters by its number where it is another; `inventory` and
    `slow` say whether those tables were read in it, `neighbours` whether theirs were read to the end.
    """

    at: float
    columns: Columns
    inventory: bool = False
    slow: bool = False
    neighbours: bool = True
    times: Mapping[str, float] = {}


class Memory:
    """One device as it is known. `read` takes each poll once, in order."""

    def __init__(self, options: NetworkOptions, profile: Profile) -> None:
        self.options = options
        self.profile = profile
        self.found: dict[str, Interface] = {}
        self.ports: list[Interface] = []
        self.poe_ports: dict[str, str] = {}
        self.links = Links()
        self._inventory: Columns = {}
        self._kind = "network"
        self._standing: Standing | None = None
        self._counters: dict[str, tuple[float, Counters]] = {}
        self._denied: dict[str, poe.Denied] = {}
        self._last: dict[tuple[str, str | None], float] = {}
        self._mattered: set[str] = set()
        self._half: set[str] = set()

    def learn(self, columns: Columns) -> None:
        """The inventory: which interfaces there are, which are watched, what the device is."""
        self._inventory = columns
        self.found = interfaces(columns)
        self.ports = watched(
            self.found, self.options.interfaces, self.options.more_interfaces, self.options.ignore_interfaces
        )
        self.poe_ports = poe.ports(column(columns, oids.POE_STATUS), self.found)
        self._kind = kind(columns, self.found, self.profile)

    def moved(self, columns: Columns, ports: Sequence[Interface]) -> bool:
        """Whether the index of one of these ports, whose cells were just read, has another name than it had, or none."""
        names = column(columns, oids.IF_NAME)
        known = column(self._inventory, oids.IF_NAME)
        return any(
            said(names.get(each.number)) != said(known.get(each.number)) for each in ports if each.number in known
        )

    def glimpse(self, name: str, columns: Columns, at: float) -> list[Sample]:
        """What one port does between two polls."""
        state = state_of(columns, self.found[name].number)
        self.links.seen({name: state}, at)
        metrics = ["network.interface.state", *(["network.uplink.state"] if name in self.links.matter() else [])]
        return [Sample(metric, name, float(state)) for metric in metrics]

    def up(self, columns: Columns) -> list[Interface]:
        """The watched ports that are up."""
        return [port for port in self.ports if state_of(columns, port.number) == UP]

    def read(self, fetched: Fetched) -> Reading:
        """The reading of one poll."""
        columns, at = fetched.columns, fetched.at
        reading = Reading(kind=self._kind)
        reading.samples += self._age(columns, at, reading)
        states = {port.name: state_of(columns, port.number) for port in self.ports}
        self.links.seen(states, at)
        if fetched.inventory:
            reading.attributes = attributes(self._inventory, self.profile)
            reading.points = list(self._names())
        if fetched.slow and fetched.neighbours and self.options.neighbours:
            self._neighbours(columns, reading)
        self.links.learn(self._written(), at)
        reading.samples += self._ports(fetched, states)
        powered = poe.port_samples(columns, self.poe_ports, self._denied, at)
        reading.samples += [each for each in powered if self._news(each, poe.QUIET, fetched.slow)]
        reading.samples += poe.unit_samples(columns)
        merged = {**self._inventory, **columns}
        if fetched.slow:
            reading.samples += sensor_samples(merged, self.options.sensors)
        given = {(sample.metric, sample.label) for sample in reading.samples}
        names = Names(entity_names(self._inventory), self.found, self.poe_ports)
        reading.samples += [
            sample
            for sample in samples(self.profile, columns, names)
            if (sample.metric, sample.label) not in given and self._counts(sample)
        ]
        return reading

    def _age(self, columns: Columns, at: float, reading: Reading) -> Iterator[Sample]:
        ticks = whole(scalar(columns, oids.SYS_UPTIME))
        if ticks is None:
            return
        boots, engine = (whole(scalar(columns, oid)) for oid in (oids.ENGINE_BOOTS, oids.ENGINE_TIME))
        now, before = Standing(at, ticks, boots, engine), self._standing
        self._standing = now
        age = uptime(now)
        if before is not None and restarted(before, now):
            self._counters.clear()
            self.links.restarted()
            reading.events.append(DeviceEvent("network.restarted", "minor", {"uptime": age, "before": uptime(before)}))
        yield Sample("network.uptime", None, age)

    def _written(self) -> dict[str, str]:
        """Ports that matter because it is written beside them, or because they are several lines in one."""
        found = {port.name: "aggregate" for port in self.ports if port.aggregate}
        return found | {port.name: "named" for port in self.ports if matches(port, self.options.uplinks)}

    def _neighbours(self, columns: Columns, reading: Reading) -> None:
        bridge = oids.BRIDGE_PORT_INTERFACE
        merged = {**self._inventory, **columns, bridge: {**column(self._inventory, bridge), **column(columns, bridge)}}
        announced = heard(version_1(merged), self.found)
        bridged = learnt(merged, self.found)
        reading.neighbours = [each.neighbour for each in announced] + bridged + addressed(merged, self.found)
        at = self._standing.at if self._standing else 0.0
        counts: dict[str, int] = {}
        for neighbour in bridged:
            counts[neighbour.port] = counts.get(neighbour.port, 0) + 1
        watched_names = {port.name for port in self.ports}
        reasons = {name: "many" for name, count in counts.items() if count >= self.options.uplink_macs}
        reasons |= {each.neighbour.port: "neighbour" for each in announced if each.carries}
        self.links.learn({name: reason for name, reason in reasons.items() if name in watched_names}, at)

    def _names(self) -> Iterator[PointInfo]:
        """What the people who run it wrote beside a port, as the name of its points."""
        for port in self.ports:
            if port.alias and port.alias != port.name:
                for tail in ("interface.state", "interface.in.rate", "interface.out.rate", "uplink.state"):
                    yield PointInfo(f"network.{tail}", port.name, f"{port.name}: {port.alias}")

    def _ports(self, fetched: Fetched, states: dict[str, int]) -> Iterator[Sample]:
        columns, slow = fetched.columns, fetched.slow
        for port in self.ports:
            state = states[port.name]
            told = Sample("network.interface.state", port.name, float(state))
            if self._news(told, _QUIET, slow):
                yield told
            counters = counters_of(columns, port)
            if state != UP:
                yield from self._ended(port.name, state)
                continue
            before, at = self._counters.get(port.name), fetched.times.get(port.number, fetched.at)
            if counters is not None:
                self._counters[port.name] = (at, counters)
                if before is not None:
                    yield from self._rates(port.name, rates(before[1], counters, at - before[0]), counters.speed)
                if slow and counters.speed:
                    yield Sample("network.interface.speed", port.name, counters.speed)
            duplex = whole(column(columns, oids.DUPLEX).get(port.number))
            if duplex is not None:
                told = Sample("network.interface.duplex", port.name, float(_DUPLEX.get(duplex, UNKNOWN)))
                (self._half.add if told.value == 0 else self._half.discard)(port.name)
                yield told
        yield from self._links(states, fetched.at)

    def _ended(self, name: str, state: int) -> Iterator[Sample]:
        """What is told once of a port that is no longer up: nothing passes, or a full or damaged line would stay a problem."""
        had = self._counters.pop(name, None)
        if had is not None and state != UNKNOWN:
            broadcast = None if had[1].broadcast is None else 0.0
            yield from self._rates(name, Rates(0.0, 0.0, 0.0, 0.0, broadcast), had[1].speed)
        if name in self._half:
            self._half.remove(name)
            yield Sample("network.interface.duplex", name, float(UNKNOWN))

    def _links(self, states: dict[str, int], at: float) -> Iterator[Sample]:
        matter = set(self.links.matter()) & set(states)
        for name in sorted(matter):
            yield Sample("network.uplink.state", name, float(states[name]))
        for name in sorted(self._mattered - matter):
            yield Sample("network.uplink.state", name, float(UNKNOWN))
        self._mattered = matter
        for name, count in self.links.flaps(at).items():
            yield Sample("network.interface.flaps", name, float(count))

    def _rates(self, name: str, passed: Rates, speed: float) -> Iterator[Sample]:
        busiest = max((rate for rate in (passed.received, passed.sent) if rate is not None), default=None)
        share = min(100.0, 100.0 * busiest / speed) if busiest is not None and speed > 0 else None
        for metric, value in (
            ("network.interface.in.rate", passed.received),
            ("network.interface.out.rate", passed.sent),
            ("network.interface.utilization", share),
            ("network.interface.broadcast.rate", passed.broadcast),
        ):
            if value is not None:
                yield Sample(metric, name, value)
        for metric, value in (
            ("network.interface.errors.rate", passed.errors),
            ("network.interface.discards.rate", passed.discards),
        ):
            if value is not None and self._counts(Sample(metric, name, value)):
                yield Sample(metric, name, value)

    def _news(self, sample: Sample, quiet: frozenset[float], slow: bool) -> bool:
        """Whether a state is told at this poll: what is quiet and stays so is told with the slow tables only."""
        key = (sample.metric, sample.label)
        changed = self._last.get(key) != sample.value
        self._last[key] = sample.value
        return slow or changed or sample.value not in quiet

    def _counts(self, sample: Sample) -> bool:
        """Whether a figure that is mostly 0 is told: it is not, or was not, or is told whatever it is."""
        if sample.metric not in ON_CHANGE:
            return True
        key = (sample.metric, sample.label)
        before, self._last[key] = self._last.get(key, 0.0), sample.value
        return bool(sample.value or before)


def state_of(columns: Columns, index: str) -> int:
    """`network.interface.state` of an interface: what its people switched off is not down."""
    admin = whole(column(columns, oids.IF_ADMIN_STATUS).get(index))
    oper = whole(column(columns, oids.IF_OPER_STATUS).get(index))
    if admin == _ADMIN_DOWN and oper != 1:
        return OFF
    return 3 if admin == _ADMIN_TESTING else _OPER.get(oper or 0, UNKNOWN)


def counters_of(columns: Columns, port: Interface) -> Counters | None:
    """The port's counters as just read; None where there are none."""

    def cell(oid: str) -> int | None:
        return whole(column(columns, oid).get(port.number))

    received, sent = (cell(oid) for oid in (oids.COUNTERS_64[:2] if port.wide else oids.COUNTERS_32))
    if received is None and sent is None:
        return None
    megabits, bits = figure(column(columns, oids.IF_HIGH_SPEED).get(port.number)), cell(oids.IF_SPEED)
    return Counters(
        received,
        sent,
        port.wide,
        errors=() if port.radio else (cell(oids.IF_IN_ERRORS), cell(oids.IF_OUT_ERRORS)),
        discards=() if port.radio else (cell(oids.IF_IN_DISCARDS), cell(oids.IF_OUT_DISCARDS)),
        broadcast=cell(oids.IF_HC_IN_BROADCAST) if port.wide else None,
        broken=cell(oids.IF_DISCONTINUITY),
        speed=0.0 if port.radio else megabits * _MEGABIT if megabits else float(bits or 0),
    )
