"""The simulated device: its ports, its clock, its heat, and everything as an SNMP agent tells it."""

from collections.abc import Callable, Iterator

from protocols.clock import Clock
from protocols.drivers.network import oids
from protocols.drivers.network.simulator.models import Model
from protocols.drivers.network.simulator.port import Port
from protocols.transports.snmp.agent import Mib
from protocols.transports.snmp.agent.mib import Content
from protocols.transports.snmp.values import (
    Typed,
    counter32,
    counter64,
    gauge32,
    object_identifier,
    octet_string,
    time_ticks,
)

BUDGET_W = 370.0
AGE_S = 40 * 86400.0
"""How long it has been up when it is started here."""
UPLINK_FIRST = 4
Rows = Iterator[tuple[str, Content]]


class Device:
    """`mib` is what the agent serves; `rebuild` after ports were renumbered or changed their tables."""

    def __init__(self, clock: Clock, model: Model, name: str, mac: str, ports: list[Port]) -> None:
        self.clock, self.model, self.name, self.mac, self.ports = clock, model, name, mac, ports
        self.location = "MDF"
        self.celsius, self.cpu, self.fan, self.sessions = 41.5, 7, 4, 8200
        self.boots, self.wide, self.addresses = 3, True, dict[str, str]()
        self.started = clock.monotonic() - AGE_S
        self.mib = Mib()
        self.rebuild()

    def restart(self, shift: int = 0) -> None:
        """Begin anew: uptime and counters from 0, and interfaces numbered `shift` higher."""
        self.started, self.boots = self.clock.monotonic(), self.boots + 1
        for port in self.ports:
            port.index += shift
            port.reset()
        self.rebuild()

    def rebuild(self) -> None:
        """The tables, from the ports as they are."""
        self.mib.clear()
        self.mib.update(dict(self._rows()))

    def drawn(self) -> float:
        """Watts that all ports draw."""
        return sum(port.power for port in self.ports if port.poe == 3 and port.oper() == 1)

    def age(self) -> float:
        """Seconds since it was started."""
        return self.clock.monotonic() - self.started

    def _rows(self) -> Rows:
        yield from self._system()
        for place, port in enumerate(self.ports, 1):
            yield from self._interface(port)
            yield from self._bridge(place, port)
            if self.model.poe and not port.name.startswith("Trk"):
                yield from self._poe_port(place, port)
        if self.model.poe:
            yield f"{oids.POE_BUDGET}.1", gauge32(int(BUDGET_W))
            yield f"{oids.POE_UNIT_STATUS}.1", 1
            yield f"{oids.POE_DRAWN}.1", lambda: gauge32(round(self.drawn()))
        yield from self._parts()
        for address, mac in self.addresses.items():
            yield f"{oids.ARP_MAC}.{self.ports[0].index}.{address}", _octets(mac)

    def _system(self) -> Rows:
        yield f"{oids.SYS_DESCR}.0", self.model.description
        yield f"{oids.SYS_OBJECT_ID}.0", object_identifier(self.model.object_id)
        yield f"{oids.SYS_UPTIME}.0", lambda: time_ticks(int(self.age() * 100))
        yield f"{oids.SYS_NAME}.0", lambda: octet_string(self.name)
        yield f"{oids.SYS_LOCATION}.0", lambda: octet_string(self.location)
        yield f"{oids.SYS_SERVICES}.0", self.model.services
        yield f"{oids.ENGINE_BOOTS}.0", lambda: self.boots
        yield f"{oids.ENGINE_TIME}.0", lambda: int(self.age())
        yield f"{oids.IF_TABLE_CHANGED}.0", time_ticks(0)
        yield f"{oids.BRIDGE_ADDRESS}.0", _octets(self.mac)
        yield f"{oids.BRIDGE_PORTS}.0", len(self.ports)
        yield f"{oids.LLDP_CHASSIS_TYPE}.0", 4
        yield f"{oids.LLDP_CHASSIS}.0", _octets(self.mac)
        chassis: dict[str, Content] = {
            oids.ENTITY_DESCR: self.model.model, oids.ENTITY_CLASS: 3, oids.ENTITY_NAME: "Chassis",
            oids.ENTITY_SOFTWARE: self.model.firmware, oids.ENTITY_SERIAL: "SG" + self.mac.replace(":", "")[-8:].upper(),
            oids.ENTITY_MAKER: self.model.maker, oids.ENTITY_MODEL: self.model.model,
        }  # fmt: skip
        for column, value in chassis.items():
            yield f"{column}.1", value

    def _interface(self, port: Port) -> Rows:
        def count(name: str, make: Callable[[int], Typed]) -> Content:
            return lambda: make(port.counters[name].now())

        cells: dict[str, Content] = {
            oids.IF_DESCR: port.name, oids.IF_NAME: port.name, oids.IF_TYPE: 6, oids.IF_PHYS_ADDRESS: _octets(self.mac),
            oids.IF_ALIAS: lambda: octet_string(port.alias), oids.IF_CONNECTOR_PRESENT: 1,
            oids.IF_ADMIN_STATUS: lambda: 1 if port.admin else 2, oids.IF_OPER_STATUS: port.oper,
            oids.IF_HIGH_SPEED: lambda: gauge32(port.megabits), oids.IF_SPEED: lambda: gauge32(min(port.megabits * 10**6, 2**32 - 1)),
            oids.IF_IN_OCTETS: count("received", counter32), oids.IF_OUT_OCTETS: count("sent", counter32),
            oids.IF_IN_ERRORS: count("errors", counter32), oids.IF_OUT_ERRORS: counter32(0),
            oids.IF_IN_DISCARDS: counter32(0), oids.IF_OUT_DISCARDS: count("discards", counter32),
            oids.IF_DISCONTINUITY: time_ticks(0), oids.DUPLEX: lambda: port.duplex,
        }  # fmt: skip
        if self.wide:
            cells |= {
                oids.IF_HC_IN_OCTETS: count("received", counter64),
                oids.IF_HC_OUT_OCTETS: count("sent", counter64),
                oids.IF_HC_IN_BROADCAST: count("broadcast", counter64),
            }
        for column, value in cells.items():
            yield f"{column}.{port.index}", value

    def _bridge(self, place: int, port: Port) -> Rows:
        yield f"{oids.BRIDGE_PORT_INTERFACE}.{place}", port.index
        yield f"{oids.LLDP_PORT_TYPE}.{place}", 5
        yield f"{oids.LLDP_PORT}.{place}", port.name
        for mac in port.macs if port.oper() == 1 else ():
            index = ".".join(str(octet) for octet in bytes.fromhex(mac.replace(":", "")))
            yield f"{oids.Q_FDB_PORT}.1.{index}", place
            yield f"{oids.Q_FDB_STATUS}.1.{index}", 3
        if port.peer is not None and port.oper() == 1:
            remote = f"0.{place}.1"
            yield f"{oids.LLDP_REMOTE_CHASSIS_TYPE}.{remote}", 4
            yield f"{oids.LLDP_REMOTE_CHASSIS}.{remote}", _octets(port.peer.mac)
            yield f"{oids.LLDP_REMOTE_PORT_TYPE}.{remote}", 5
            yield f"{oids.LLDP_REMOTE_PORT}.{remote}", port.peer.port
            yield f"{oids.LLDP_REMOTE_NAME}.{remote}", port.peer.name
            yield f"{oids.LLDP_REMOTE_ENABLED}.{remote}", bytes([0x28 if port.peer.carries else 0x01])
            if port.peer.address:
                yield f"{oids.LLDP_REMOTE_ADDRESS}.{remote}.1.4.{port.peer.address}", 2

    def _poe_port(self, place: int, port: Port) -> Rows:
        yield f"{oids.POE_STATUS}.1.{place}", lambda: port.poe if port.oper() == 1 or port.poe == 4 else 2
        yield f"{oids.POE_DENIED}.1.{place}", lambda: counter32(port.denied)
        milliwatts: Content = lambda: int(port.power * 1000) if port.poe == 3 and port.oper() == 1 else 0  # noqa: E731
        yield f"1.3.6.1.4.1.11.2.14.11.1.9.1.1.1.8.1.{place}", milliwatts
        yield f"1.3.6.1.4.1.9.9.402.1.2.1.9.1.{place}", milliwatts

    def _parts(self) -> Rows:
        yield f"{oids.ENTITY_DESCR}.20", "Inlet temperature"
        yield f"{oids.ENTITY_CLASS}.20", 8
        yield f"{oids.ENTITY_NAME}.20", "Inlet"
        yield f"{oids.SENSOR_TYPE}.20", 8
        yield f"{oids.SENSOR_SCALE}.20", 8
        yield f"{oids.SENSOR_PRECISION}.20", 2
        yield f"{oids.SENSOR_VALUE}.20", lambda: round(self.celsius * 100_000)
        yield f"{oids.SENSOR_STATUS}.20", 1
        yield "1.3.6.1.4.1.11.2.14.11.5.1.9.6.1.0", lambda: self.cpu
        yield "1.3.6.1.4.1.9.9.109.1.1.1.1.7.1", lambda: gauge32(self.cpu)
        yield "1.3.6.1.4.1.11.2.14.11.1.2.6.1.4.1", lambda: self.fan
        yield "1.3.6.1.4.1.11.2.14.11.1.2.6.1.7.1", "Fan Sensor"
        if self.model.maker == "Fortinet":
            base = "1.3.6.1.4.1.12356.101.4.1"
            yield f"{base}.3.0", lambda: gauge32(self.cpu)
            yield f"{base}.4.0", gauge32(46)
            yield f"{base}.8.0", lambda: gauge32(self.sessions)


def _octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))
