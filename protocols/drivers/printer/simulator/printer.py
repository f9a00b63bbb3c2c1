"""The simulated printer as it runs: SNMP and IPP of one device, with faults."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.drivers.printer.simulator.ipp import IppServer
from protocols.drivers.printer.simulator.mib import PrinterMib
from protocols.drivers.printer.simulator.state import FAULTS, State, Traits
from protocols.transports.snmp.agent import Agent, simulated_agent
from protocols.wire.batch import Scalar

__all__ = ["FAULTS", "SimulatedPrinter", "simulate"]


class SimulatedPrinter:
    """A printer or copier at a host: `address`, with its two ports in `options`."""

    def __init__(self, host: str, state: State, mib: PrinterMib, agent: Agent, server: IppServer) -> None:
        self.state, self.mib, self.agent, self.server = state, mib, agent, server
        self._host = host

    @property
    def address(self) -> str:
        """The host alone."""
        return self._host

    @property
    def options(self) -> Mapping[str, Scalar]:
        """The ports at which it answers."""
        return {"snmp_port": int(self.agent.address.rpartition(":")[2]), "ipp_port": self.server.port}

    async def fault(self, name: str) -> None:
        """Break it: one of `FAULTS`. Raises `KeyError`."""
        self.state.break_down(name)
        self.mib.refresh()
        if name == "snmp-off":
            self.agent.faults.add("silent")
        if name == "ipp-off":
            await self.server.stop()

    async def heal(self) -> None:
        """Mend everything."""
        self.state.mend()
        self.mib.refresh()
        self.agent.faults.clear()
        await self.server.start()


@asynccontextmanager
async def simulate(
    address: str, clock: Clock, name: str = Traits.name, model: str = Traits.model, colour: bool = True, trays: int = 2
) -> AsyncIterator[SimulatedPrinter]:
    """A printer at `address`: "127.0.0.1" for free ports, "127.0.0.1:9161" for UDP and TCP port 9161."""
    place = read_place(address.removesuffix(":0"), 0, "simulator")
    state = State(Traits(name, model, colour, trays), clock)
    mib = PrinterMib(state)
    server = IppServer(state, place.host, place.port)
    async with simulated_agent(Place(place.host, place.port), mib, clock, name=name) as agent:
        await server.start()
        try:
            yield SimulatedPrinter(place.host, state, mib, agent, server)
        finally:
            await server.stop()
