"""A mail server's greeting, EHLO and STARTTLS (RFC 5321, RFC 3207). No mail is begun: EHLO, STARTTLS and QUIT are all that is said."""

from typing import NamedTuple

from protocols.drivers.probe.answers import Mail
from protocols.drivers.probe.shown import shown
from protocols.drivers.probe.target import Aim
from protocols.transports.stream import Stopwatch, Stream, StreamError, Tls, open_stream, start_tls

TLS_PORT = 465
"""Submission over TLS from the first byte on (RFC 8314)."""
MOST_LINES = 100


class Reply(NamedTuple):
    """A reply's code and its lines without it."""

    code: int
    lines: list[str]


async def ask(aim: Aim, tls: Tls, watch: Stopwatch) -> Mail:
    """How the server greets, and its certificate where it offers one; one without trust is looked at a second time. Raises
    `StreamError`; the caller sets the deadline."""
    try:
        return await _talk(aim, tls._replace(verify=True), watch, None)
    except StreamError as error:
        if error.reason != "certificate":
            raise
        return await _talk(aim, tls._replace(verify=False), watch, error.detail)


async def _talk(aim: Aim, tls: Tls, watch: Stopwatch, wrong: str | None) -> Mail:
    stream = await open_stream(aim.place, tls if aim.place.port == TLS_PORT else None, watch)
    try:
        watch.enter("first byte")
        greeting = await _reply(stream)
        watch.enter("transfer")
        if greeting.code != 220:
            return Mail(greeting.code, greeting.lines[0], False, watch.stop())
        hello = await _say(stream, f"EHLO {_name(stream)}")
        if hello.code != 250:
            return Mail(hello.code, hello.lines[0], False, watch.stop())
        offered = any(line.strip().upper() == "STARTTLS" for line in hello.lines)
        if offered and stream.certificate is None and (await _say(stream, "STARTTLS")).code == 220:
            watch.enter("tls")
            await start_tls(stream, tls)
            watch.enter("transfer")
        certificate = stream.certificate._replace(problem=wrong) if stream.certificate is not None else None
        stream.writer.write(b"QUIT\r\n")
        return Mail(greeting.code, greeting.lines[0], offered, watch.stop(), shown(certificate))
    except (ConnectionError, EOFError) as error:
        raise StreamError("reset", f"{aim.place}: breaks the connection off") from error
    finally:
        stream.close()


def _name(stream: Stream) -> str:
    """Our own address as a literal (RFC 5321, 4.1.3): a machine without a public name has no better one."""
    host = str(stream.writer.get_extra_info("sockname")[0])
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


async def _say(stream: Stream, command: str) -> Reply:
    stream.writer.write(f"{command}\r\n".encode("ascii"))
    await stream.writer.drain()
    return await _reply(stream)


async def _reply(stream: Stream) -> Reply:
    lines: list[str] = []
    while len(lines) < MOST_LINES:
        try:
            raw = await stream.reader.readline()
        except ValueError as error:  # longer than the stream's limit
            raise StreamError("too much", f"{stream.place}: answers with a line that does not end") from error
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not raw:
            raise StreamError("reset", f"{stream.place}: closes the connection without an answer")
        if not (line[:3].isascii() and line[:3].isdigit() and line[3:4] in ("", " ", "-")):
            raise StreamError("nonsense", f"{stream.place}: answers no SMTP: {line[:60]!r}")
        lines.append(line[4:])
        if line[3:4] != "-":
            return Reply(int(line[:3]), lines)
    raise StreamError("too much", f"{stream.place}: a reply of more than {MOST_LINES} lines")
