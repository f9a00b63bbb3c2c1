"""Streams of live events over real connections: who never reads, who opens too many, who leaves."""

import asyncio
from typing import Any

import httpx

from collector.api.live import STREAMS


async def opened(site: Any) -> asyncio.StreamWriter:
    """A connection that asks for the stream and never reads on."""
    host, _, port = site.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(f"GET /api/v1/live HTTP/1.1\r\nHost: x\r\nCookie: firstbell_session={site.cookie}\r\n\r\n".encode())
    assert b"200" in await reader.readline()
    return writer


async def until_open(site: Any, number: int) -> None:
    async with asyncio.timeout(20):
        while sum(site.house.streams.values()) != number or site.house.hub.listeners != number:
            await asyncio.sleep(0.01)


async def test_who_never_reads_holds_nobody_up_and_too_many_are_refused(site: Any) -> None:
    writers = [await opened(site) for _ in range(STREAMS)]
    await until_open(site, STREAMS)
    for number in range(3_000):
        site.house.hub.publish("reading", {"n": number, "text": "x" * 2_000})
    async with httpx.AsyncClient(base_url=site.url, cookies={"firstbell_session": site.cookie}) as client:
        assert (await client.get("/")).status_code == 200
        refused = await client.get("/api/v1/live")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "15")
        assert "32 streams are open" in refused.json()["detail"]
        for writer in writers[:5]:
            writer.close()
        await until_open(site, STREAMS - 5)
        async with client.stream("GET", "/api/v1/live") as stream:
            assert stream.status_code == 200
    for writer in writers[5:]:
        writer.close()
    await until_open(site, 0)
    assert not site.house.streams
