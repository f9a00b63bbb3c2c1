"""The points of a network device: metric, and where the device says it."""

from protocols.driver import PointRow

_PROFILE = "the vendor's profile"

POINTS = (
    PointRow("network.uptime", "SNMPv2-MIB sysUpTime; snmpEngineTime after sysUpTime's wrap at 497 days"),
    PointRow("network.interface.state", "IF-MIB ifAdminStatus, ifOperStatus"),
    PointRow("network.interface.in.rate", "IF-MIB ifHCInOctets, else ifInOctets"),
    PointRow("network.interface.out.rate", "IF-MIB ifHCOutOctets, else ifOutOctets"),
    PointRow("network.interface.utilization", "the busier of both rates of ifHighSpeed, else ifSpeed"),
    PointRow("network.interface.speed", "IF-MIB ifHighSpeed, else ifSpeed"),
    PointRow("network.interface.duplex", "EtherLike-MIB dot3StatsDuplexStatus"),
    PointRow("network.interface.errors.rate", "IF-MIB ifInErrors and ifOutErrors"),
    PointRow("network.interface.discards.rate", "IF-MIB ifInDiscards and ifOutDiscards"),
    PointRow("network.interface.broadcast.rate", "IF-MIB ifHCInBroadcastPkts"),
    PointRow("network.interface.flaps", "changes of ifOperStatus between polls, and linkDown and linkUp traps"),
    PointRow("network.uplink.state", "the state of a port that matters"),
    PointRow("network.poe.state", "POWER-ETHERNET-MIB pethPsePortDetectionStatus, pethPsePortPowerDeniedCounter"),
    PointRow("network.poe.power", _PROFILE),
    PointRow("network.poe.budget", "POWER-ETHERNET-MIB pethMainPsePower"),
    PointRow("network.poe.drawn", "POWER-ETHERNET-MIB pethMainPseConsumptionPower"),
    PointRow("network.poe.budget.used", "pethMainPseConsumptionPower of pethMainPsePower"),
    PointRow("network.poe.unit.state", "POWER-ETHERNET-MIB pethMainPseOperStatus"),
    PointRow("network.temperature", "ENTITY-SENSOR-MIB entPhySensorValue of type celsius; the vendor's profile"),
    PointRow("sensor.value", "ENTITY-SENSOR-MIB entPhySensorValue of other types"),
    PointRow("network.cpu.utilization", _PROFILE),
    PointRow("network.memory.utilization", _PROFILE),
    PointRow("network.part.state", _PROFILE),
    PointRow("network.sessions", _PROFILE),
    PointRow("network.sessions.used", _PROFILE),
    PointRow("network.clients", _PROFILE),
    PointRow("network.access.points", _PROFILE),
    PointRow("network.tunnels", _PROFILE),
    PointRow("network.redundancy.state", _PROFILE),
)
