"""One question to one DNS server: UDP, and TCP where the answer did not fit (RFC 1035, RFC 7766)."""

from typing import TYPE_CHECKING

from protocols.clock import Clock
from protocols.drivers.probe.answers import Dns
from protocols.drivers.probe.datagram import converse
from protocols.drivers.probe.target import Aim
from protocols.errors import DeviceError
from protocols.transports.stream import Stopwatch, StreamError, open_stream
from protocols.transports.stream.lookup import lookup

if TYPE_CHECKING:
    from dns.message import Message

MOST_ANSWERS = 32
PAYLOAD = 1232
"""Bytes of an answer that UDP carries whole everywhere (DNS flag day 2020)."""


async def ask(aim: Aim, timeout: float, clock: Clock) -> Dns:
    """What the server says of `aim.name`; the phase `first byte` is how long it took to answer. Raises `StreamError`."""
    from dns.message import make_query  # loaded where first needed: 3 MB

    watch = Stopwatch(clock)
    watch.enter("lookup")
    endpoint = (await lookup(aim.place))[0]
    watch.enter("")
    question = make_query(aim.name.rstrip(".") + ".", aim.type, use_edns=0, payload=PAYLOAD)
    # As stub resolvers do: one lost packet is not a server that is down.
    waits = (timeout * 0.3, timeout * 0.6)
    answer, took = await converse(
        endpoint, aim.place, question.to_wire(), lambda data: _answer(question, data), waits, clock
    )
    if answer.flags & 0x0200:  # TC: truncated
        watch.enter("first byte")
        answer = await _over_tcp(aim, question, watch)
        watch.enter("")
        took = 0.0
    phases = dict(watch.seconds)
    phases["first byte"] = phases.get("first byte", 0.0) + took
    return _said(answer, aim, {**phases, "total": sum(phases.values())})


async def _over_tcp(aim: Aim, question: "Message", watch: Stopwatch) -> "Message":
    stream = await open_stream(aim.place, None, watch)
    try:
        wire = question.to_wire()
        stream.writer.write(len(wire).to_bytes(2, "big") + wire)
        await stream.writer.drain()
        size = int.from_bytes(await stream.reader.readexactly(2), "big")
        answer = _answer(question, await stream.reader.readexactly(size))
    except (EOFError, ConnectionError) as error:
        raise StreamError(
            "reset", f"{aim.place}: breaks the connection off (TCP, for an answer that is too long for UDP)"
        ) from error
    finally:
        stream.close()
    if answer is None:
        raise StreamError("nonsense", f"{aim.place}: what it answers over TCP is no answer to the question")
    return answer


def _answer(question: "Message", data: bytes) -> "Message | None":
    from dns.exception import DNSException
    from dns.message import from_wire

    try:
        answer = from_wire(data, ignore_trailing=True)
        return answer if question.is_response(answer) else None
    except (DNSException, ValueError, IndexError):
        return None


def _said(answer: "Message", aim: Aim, phases: dict[str, float]) -> Dns:
    from dns.rcode import to_text
    from dns.rdatatype import from_text

    wanted = from_text(aim.type)
    records = [record for rows in answer.answer if rows.rdtype == wanted for record in rows]
    try:
        return Dns(to_text(answer.rcode()), tuple(each.to_text()[:500] for each in records[:MOST_ANSWERS]), phases)
    except (ValueError, UnicodeError) as error:
        raise DeviceError(f"{aim.place}: answers with records that cannot be read") from error
