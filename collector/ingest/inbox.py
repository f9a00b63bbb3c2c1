"""Messages that wait for their group: bounded in bytes; taken together after a short while or when there are enough."""

import asyncio
from collections import deque

from protocols.mqtt import Message

OVERHEAD = 512
"""What a message takes beside its payload, so that a flood of empty ones is bounded too."""


class Inbox:
    """A queue bounded by `capacity` bytes. `take` waits for a first message, then up to `window` s for `enough` bytes."""

    def __init__(self, capacity: int = 64 * 1024 * 1024, enough: int = 2 * 1024 * 1024, window: float = 0.2) -> None:
        self._capacity = capacity
        self._enough = enough
        self._window = window
        self._waiting: deque[Message] = deque()
        self._some = asyncio.Event()
        self._full = asyncio.Event()
        self.size = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Message) -> bool:
        """False when there is no room: the message is let go, its agent sends it again."""
        size = len(message.payload) + OVERHEAD
        if self.size + size > self._capacity:
            return False
        self._waiting.append(message)
        self.size += size
        self._some.set()
        if self.size >= self._enough:
            self._full.set()
        return True

    async def take(self) -> list[Message]:
        """The next group: at least one message, and no more than `enough` bytes but for the last."""
        await self._some.wait()
        try:
            async with asyncio.timeout(self._window):
                await self._full.wait()
        except TimeoutError:
            pass
        group: list[Message] = []
        size = 0
        while self._waiting and size < self._enough:
            message = self._waiting.popleft()
            size += len(message.payload) + OVERHEAD
            group.append(message)
        self.size -= size
        if self.size < self._enough:
            self._full.clear()
        if not self._waiting:
            self._some.clear()
        return group
