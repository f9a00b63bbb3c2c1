"""A loop that looks every so often, and at once when somebody says that there is something to do."""

import asyncio

from protocols.clock import Clock


class Wake:
    """Rung from the same event loop; a ring that comes while the loop is busy is not lost."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is something to do."""
        self._rung.set()

    async def wait(self, clock: Clock, most: float, least: float = 0.0) -> None:
        """Until it is rung, `least` seconds at least and `most` at most. What rang meanwhile is answered by this one."""
        if least > 0:
            await clock.sleep(min(least, most))
        asleep = asyncio.ensure_future(clock.sleep(most - min(least, most)))
        rung = asyncio.ensure_future(self._rung.wait())
        try:
            await asyncio.wait((asleep, rung), return_when=asyncio.FIRST_COMPLETED)
        finally:
            asleep.cancel()
            rung.cancel()
        self._rung.clear()
