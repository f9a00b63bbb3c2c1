"""One printer, open for reading."""

from protocols.clock import Clock
from protocols.driver import Reading, Target
from protocols.drivers.printer.client import Client
from protocols.drivers.printer.decode import decode
from protocols.drivers.printer.merge import Memory


class PrinterSession:
    """Asks, and remembers labels and alerts from poll to poll."""

    def __init__(self, client: Client, low: float, target: Target, clock: Clock) -> None:
        self._client, self._low, self._target, self._clock = client, low, target, clock
        self._memory = Memory()

    async def poll(self) -> Reading:
        """One reading. Raises `DeviceError` when neither protocol answers."""
        answers = await self._client.read()
        return decode(answers, self._memory, self._low, self._clock.now_ms(), self._target.heard)

    async def close(self) -> None:
        """Give up every socket."""
        await self._client.close()
