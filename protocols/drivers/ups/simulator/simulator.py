"""The simulated UPS at its address, with faults; over SNMP it sends traps when it has somewhere to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from protocols.address import Place
from protocols.clock import Clock
from protocols.drivers.ups.address import read_address
from protocols.drivers.ups.simulator import snmp
from protocols.drivers.ups.simulator.model import FAULTS, Model
from protocols.drivers.ups.simulator.nut import NutSimulator
from protocols.transports.snmp.agent import Access, Agent, Mib, simulated_agent
from protocols.transports.snmp.values import object_identifier
from protocols.wire.batch import Scalar


class SimulatedUps:
    """What `simulate` yields. `agent` or `server` is what answers, for tests that look at what was asked."""

    def __init__(self, model: Model, address: str, options: Mapping[str, Scalar]) -> None:
        self.model = model
        self.address, self.options = address, options
        self.agent: Agent | None = None
        self.server: NutSimulator | None = None
        self.sink: Place | None = None
        self._apc = True

    def serve(self, agent: Agent, sink: Place | None, apc: bool) -> None:
        """Be the UPS of this agent; traps go to `sink`."""
        self.agent, self.sink, self._apc = agent, sink, apc

    async def fault(self, name: str) -> None:
        """One of `FAULTS`, beside those that are there."""
        if name not in FAULTS:
            raise KeyError(name)
        self._change(self.model.faults | {name})

    async def heal(self) -> None:
        """Undo every fault."""
        self._change(set())

    def _change(self, faults: set[str]) -> None:
        was = self.model.is_on_battery
        self.model.set_faults(faults)
        if self.agent is not None:
            self.agent.faults = faults & {"silent"}
            snmp.set_alarms(self.agent.values, self.model)
            if self.sink is not None and self.model.is_on_battery != was:
                self._tell(self.agent, self.sink)

    def _tell(self, agent: Agent, sink: Place) -> None:
        if self._apc:
            agent.notify(sink, snmp.APC_TRAPS[self.model.is_on_battery])
        elif self.model.is_on_battery:
            agent.notify(sink, snmp.TRAP_ON_BATTERY)
        else:
            agent.notify(sink, "1.3.6.1.2.1.33.2.0.4", [(f"{snmp.U}6.2.1.2.1", object_identifier(f"{snmp.U}6.3.2"))])


@asynccontextmanager
async def simulate(
    address: str, clock: Clock, name: str = "UPS-MDF", apc: bool = True, traps_to: Place | None = None,
    access: Access | None = None,
) -> AsyncIterator[SimulatedUps]:  # fmt: skip
    """A UPS at `host:port` or `nut://host:port/name`; port 0 is a free one.

    `apc`: with PowerNet-MIB, else UPS-MIB alone. `traps_to`: where it sends traps. `access`: who may read it.
    """
    model = Model(clock)
    is_nut = address.startswith("nut://")
    where = read_address(address.replace(":0", ":1", 1) if _is_any(address) else address, "auto", "simulator")
    if is_nut and where.nut is not None:
        server = NutSimulator(model, where.name or "ups")
        port = await server.start(where.nut.host, 0 if _is_any(address) else where.nut.port)
        running = SimulatedUps(model, f"nut://{Place(where.nut.host, port)}/{server.name}", {})
        running.server = server
        try:
            yield running
        finally:
            await server.stop()
    elif where.snmp is not None:
        mib = Mib()
        place = where.snmp._replace(port=0 if _is_any(address) else where.snmp.port)
        async with simulated_agent(place, mib, clock, access or Access(), name) as agent:
            snmp.fill(mib, model, agent, name, apc)
            running = SimulatedUps(model, agent.address, {"trap_port": traps_to.port} if traps_to else {})
            running.serve(agent, traps_to, apc)
            yield running


def _is_any(address: str) -> bool:
    return address.partition("//")[2].partition("/")[0].endswith(":0") or address.endswith(":0")
