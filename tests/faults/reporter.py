"""A reporter in a process of its own, which kills itself (SIGKILL) at the step it is told: made, kept, claimed, handed, noted."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from collector.notify import sender
from collector.notify.guard import allowed_of
from collector.notify.report import loop
from collector.secrets import Secrets
from collector.store import report_mornings
from collector.store.database import Database
from protocols.clock import ManualClock


def _dying(step: Any) -> Any:
    async def call(*args: Any) -> Any:
        await step(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    return call


async def main(dsn: str, data: str, now_ms: int, step: str) -> None:
    """Make and send what is due, and die at `step`."""
    if step == "made":
        report_mornings.put = _dying(report_mornings.put)
    elif step == "kept":
        loop.Reporter.make_due = _dying(loop.Reporter.make_due)  # type: ignore[method-assign]
    elif step == "claimed":
        report_mornings.claim = _dying(report_mornings.claim)
    elif step == "handed":
        sender.deliver = _dying(sender.deliver)
    elif step == "noted":
        report_mornings.delivered = _dying(report_mornings.delivered)
    database = Database(dsn)
    await database.open()
    reporter = loop.Reporter(database, ManualClock(now_ms), Secrets(Path(data)), None, allowed_of("127.0.0.1"))
    await reporter.make_due()
    await reporter.send_due()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
