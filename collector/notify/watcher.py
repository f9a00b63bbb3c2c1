"""A beat to an outside watcher: it is asked while all is well here, and tells people itself when it is asked no more."""

import logging
from collections.abc import Callable

from collector.notify.guard import Allowed
from collector.notify.request import Request, send
from collector.notify.webhook import target_of
from protocols.clock import Clock
from protocols.errors import ChannelError

log = logging.getLogger(__name__)
EVERY_S = 300.0


class Watcher:
    """Runs until cancelled; `url` None: there is no watcher. `unwell` says in words what is wrong here, None when nothing is."""

    def __init__(self, url: str | None, clock: Clock, allowed: Allowed, unwell: Callable[[], str | None]) -> None:
        self._url = url
        self._clock = clock
        self._allowed = allowed
        self._unwell = unwell

    async def run(self) -> None:
        """Ask every five minutes."""
        while True:
            await self.beat()
            await self._clock.sleep(EVERY_S)

    async def beat(self) -> bool:
        """Ask once, if all is well; whether the watcher answered."""
        if self._url is None:
            return False
        why = self._unwell()
        if why is not None:
            log.warning("the outside watcher is not asked: %s", why)
            return False
        try:
            target = target_of(self._url)
            answer = await send(Request("GET", target.url, target.headers), self._allowed)
        except ChannelError as error:
            log.warning("the outside watcher was not reached: %s", str(error).replace(self._url, "…"))
            return False
        if not 200 <= answer.status < 300:
            log.warning("the outside watcher answered %d", answer.status)
        return 200 <= answer.status < 300
