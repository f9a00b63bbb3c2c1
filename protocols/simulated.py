"""What every driver's simulator offers to tests, to `firstbell up --school` and to `firstbell school break`.

`protocols.drivers.<kind>.simulator` exports `FAULTS` (name → what goes wrong, one line each) and
`simulate(address, clock, …traits)`, an async context manager that yields a `Simulated` while it answers.
"""

from collections.abc import Mapping
from typing import Protocol

from protocols.wire.batch import Scalar


class Simulated(Protocol):
    """A device that does not exist, answering over its real protocol."""

    @property
    def address(self) -> str:
        """Where it answers, as `[[device]]` writes it; a port of 0 that was asked for is a real one here."""

    @property
    def options(self) -> Mapping[str, Scalar]:
        """What `[[device]]` must say under `options` to read it; empty when the defaults do."""

    async def fault(self, name: str) -> None:
        """Break it: one of the simulator's `FAULTS`, beside those that are broken already. Raises `KeyError` for another name."""

    async def heal(self) -> None:
        """Undo every fault."""
