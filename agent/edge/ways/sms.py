"""By text message through a modem that ModemManager keeps: its own program `mmcli` makes and sends each."""

import asyncio
import re
from dataclasses import dataclass

from agent.edge.ways import Notice
from protocols.errors import ChannelError

LONGEST = 300
"""Signs of a text message; a longer one would be many."""
_MADE = re.compile(r"/org/freedesktop/ModemManager1/SMS/\d+")


@dataclass(frozen=True)
class SmsWay:
    """`numbers` are all told; one that cannot be is tried again with the others."""

    numbers: tuple[str, ...]
    name: str = "sms"

    async def tell(self, notice: Notice) -> None:
        """Send the title to every number. Raises `ChannelError`."""
        text = notice.title.replace("'", "\u2019").replace('"', "\u201d")[:LONGEST]
        for number in self.numbers:
            made = _MADE.search(await _mmcli("-m", "any", f"--messaging-create-sms=text='{text}',number='{number}'"))
            if made is None:
                raise ChannelError("mmcli made no text message: does the modem have a SIM card and messaging?")
            await _mmcli("-s", made[0], "--send")


async def _mmcli(*words: str) -> str:
    """What it says. Raises `ChannelError`."""
    try:
        process = await asyncio.create_subprocess_exec(
            "mmcli", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise ChannelError(
            f"mmcli cannot be started: {error.strerror}; install ModemManager", permanent=True
        ) from error
    try:
        out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise ChannelError(f"mmcli: {errors.decode(errors='replace').strip()[:200]}")
    return out.decode(errors="replace")
