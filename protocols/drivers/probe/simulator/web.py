"""One page over HTTP/1.1."""

import asyncio
from collections.abc import Collection

MOST_HEAD = 65536
BLOCK_PAGE = "<!doctype html><title>Blocked</title><h1>Access denied by the content filter</h1>"


def page(text: str) -> str:
    """A sign-in page as school systems have them."""
    return f"<!doctype html><html><head><title>{text}</title></head><body><h1>{text}</h1><form>Sign in</form></body></html>"


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: str, faults: Collection[str]) -> None:
    """Answers requests until the peer ends; every path has the same page."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        body = page(text).encode()
        status = "200 OK"
        if "error" in faults:
            status, body = "500 Internal Server Error", b"<h1>Something went wrong</h1>"
        elif "wrong" in faults:
            body = page("Scheduled maintenance").encode()
        elif "blocked" in faults:
            status, body = "403 Forbidden", BLOCK_PAGE.encode()
        fields = f"HTTP/1.1 {status}\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(fields.encode() + (b"" if head.startswith(b"HEAD ") else body))
        await writer.drain()
