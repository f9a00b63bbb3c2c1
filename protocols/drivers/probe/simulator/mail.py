"""A mail server that greets and offers STARTTLS; it takes no mail."""

import asyncio
import ssl
from collections.abc import Callable, Collection


async def talk(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    text: str,
    faults: Collection[str],
    context: Callable[[], ssl.SSLContext],
) -> None:
    """Answers commands until QUIT."""
    host = "mail.school.example"
    if "error" in faults:
        writer.write(f"554 {host} no SMTP service here\r\n".encode())
        return
    writer.write((f"220 {host} ESMTP {text}\r\n" if "wrong" not in faults else "SSH-2.0-OpenSSH_9.2\r\n").encode())
    while True:
        await writer.drain()
        line = (await reader.readuntil(b"\n")).strip().upper()
        if line.startswith(b"EHLO"):
            secure = writer.get_extra_info("ssl_object") is not None
            offer = "" if secure else "250-STARTTLS\r\n"
            writer.write(f"250-{host}\r\n250-PIPELINING\r\n{offer}250 8BITMIME\r\n".encode())
        elif line == b"STARTTLS":
            writer.write(b"220 go ahead\r\n")
            await writer.drain()
            await writer.start_tls(context())
        elif line == b"QUIT":
            writer.write(b"221 bye\r\n")
            return
        else:
            writer.write(b"502 not here\r\n")
