"""A sender in a process of its own, which kills itself (SIGKILL) at the step it is told: before-claim, claimed, handed, noted."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from collector.notify import notifier, sender
from collector.notify.guard import allowed_of
from collector.secrets import Secrets
from collector.store import outbox
from collector.store.database import Database
from protocols.clock import ManualClock


def _dying(step: Any, *, before: bool = False) -> Any:
    async def call(*args: Any) -> Any:
        if before:
            os.kill(os.getpid(), signal.SIGKILL)
        await step(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    return call


async def main(dsn: str, data: str, now_ms: int, step: str) -> None:
    """Send what is due, and die at `step`."""
    if step in ("before-claim", "claimed"):
        outbox.claim = _dying(outbox.claim, before=step == "before-claim")
    elif step == "handed":
        sender.deliver = _dying(sender.deliver)
    elif step == "noted":
        outbox.delivered = _dying(outbox.delivered)
    database = Database(dsn)
    await database.open()
    await notifier.Notifier(
        database, ManualClock(now_ms), Secrets(Path(data)), None, allowed_of("127.0.0.1")
    ).send_due()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
