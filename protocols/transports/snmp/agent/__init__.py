"""An SNMP agent for simulators: `simulated_agent` serves OID → value over versions 1, 2c and 3, with faults."""

from protocols.transports.snmp.agent.agent import FAULTS, Access, Agent, simulated_agent
from protocols.transports.snmp.agent.mib import Mib

__all__ = ["FAULTS", "Access", "Agent", "Mib", "simulated_agent"]
