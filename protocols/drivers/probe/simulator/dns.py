"""A resolver that knows every name by one address."""

import asyncio
from collections.abc import Collection

from dns.exception import DNSException
from dns.flags import RA
from dns.message import Message, from_wire, make_response
from dns.rcode import NXDOMAIN, SERVFAIL
from dns.rrset import from_text

SINKHOLE = "0.0.0.0"  # noqa: S104  (an answer, not an address to listen at)
ELSEWHERE = "198.51.100.66"
"""What it answers when it is wrong (RFC 5737)."""


def reply(data: bytes, text: str, faults: Collection[str]) -> bytes | None:
    """The answer to a question; `text` is the address. None for what is no question."""
    try:
        question = from_wire(data)
        answer = make_response(question)
    except (DNSException, ValueError):
        return None
    answer.flags |= RA
    if "error" in faults:
        answer.set_rcode(SERVFAIL)
    elif "no-name" in faults:
        answer.set_rcode(NXDOMAIN)
    else:
        _fill(answer, SINKHOLE if "blocked" in faults else ELSEWHERE if "wrong" in faults else text)
    return answer.to_wire()


def _fill(answer: Message, address: str) -> None:
    for asked in answer.question:
        if asked.rdtype == 1:  # A
            answer.answer.append(from_text(asked.name, 300, "IN", "A", address))


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: str, faults: Collection[str]) -> None:
    """The same over TCP."""
    while True:
        size = int.from_bytes(await reader.readexactly(2), "big")
        answer = reply(await reader.readexactly(size), text, faults)
        if answer is None:
            return
        writer.write(len(answer).to_bytes(2, "big") + answer)
        await writer.drain()
