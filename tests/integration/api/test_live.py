"""Server-sent events: what comes, to whom, and resuming after a break."""

import asyncio
import json

import pytest

from collector.api.live import _stream, concerns
from collector.house import build
from collector.live import Hub
from collector.settings import Settings
from collector.store.accounts import Caller

ALL = Caller("a", "viewer")


class _Request:
    """What the stream asks of a request."""

    def __init__(self, app, token):
        self.app = app
        self.method = "GET"
        self.headers = {"authorization": f"Bearer {token}"}
        self.cookies = {}


def events_of(text):
    """Each event of a stream's text as (id, event, data)."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "event" in fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


@pytest.fixture
async def open_stream(app, house, database, clock):
    """Opens a stream as a route would; closed at the end."""
    from collector.store import accounts
    from protocols.clock import utc

    token = await accounts.create_token(database, "live", "viewer", None, None, utc(clock.now_ms()))
    streams = []

    def make(wanted=lambda event: True, after=None):
        stream = _stream(_Request(app, token), house, house.hub.subscribe(wanted, after=after))
        streams.append(stream)
        return stream

    yield make
    for stream in streams:
        await stream.aclose()


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_events_come_as_they_are_published(open_stream, house):
    stream = open_stream()
    assert (await anext(stream)).startswith("retry: ")
    waiting = asyncio.ensure_future(anext(stream))
    await settle()
    house.hub.publish("reading", {"device": 3, "name": "a\nb"}, building=1, device=3)
    text = await waiting
    assert text.count("\n\n") == 1
    assert [event[1:] for event in events_of(text)] == [("reading", {"device": 3, "name": "a\nb"})]


async def test_a_stream_resumes_after_the_last_event_seen(open_stream, house):
    first = open_stream(after=0)
    for number in range(5):
        house.hub.publish("device", {"n": number}, building=1, device=1)
    await anext(first)
    seen = events_of("".join([await anext(first) for _ in range(3)]))
    resumed = open_stream(after=seen[-1][0])
    await anext(resumed)
    assert [event[2] for event in events_of(await anext(resumed) + await anext(resumed))] == [{"n": 3}, {"n": 4}]


async def test_a_stream_resumes_across_a_restart(clock, app, tmp_path, dsn):
    before = build(Settings(data=tmp_path, database=dsn), clock).hub
    before.publish("device", {"n": 1})
    clock.step(1_000)
    after = build(Settings(data=tmp_path, database=dsn), clock).hub
    after.publish("device", {"n": 2})
    heard = before.subscribe(lambda event: True, after=0)
    resumed = after.subscribe(lambda event: True, after=(await anext(heard)).id)
    assert (await anext(resumed)).data == {"n": 2}
    await heard.aclose()
    await resumed.aclose()


async def test_who_never_reads_loses_the_oldest_and_costs_no_more(clock):
    hub = Hub()
    stream = hub.subscribe(lambda event: True)
    waiting = asyncio.ensure_future(anext(stream))
    await settle()
    for number in range(5_000):
        hub.publish("device", {"n": number})
    assert (await waiting).data["n"] == 4_000
    rest = [(await anext(stream)).data["n"] for _ in range(999)]
    assert rest == list(range(4_001, 5_000))
    await stream.aclose()


@pytest.mark.parametrize(
    ("caller", "building", "device", "expected"),
    [
        (ALL, None, None, [1, 2, 3, 4, 5, 6]),
        (ALL, 1, None, [1, 2, 5]),
        (ALL, None, 8, [2]),
        (Caller("s", "viewer", frozenset({2})), None, None, [3, 5]),
        (Caller("s", "viewer", frozenset({2, 3})), 3, None, []),
        (Caller("s", "viewer", frozenset({2})), 1, None, []),
    ],
)
async def test_each_caller_gets_its_own(caller, building, device, expected):
    hub = Hub()
    hub.publish("device", {}, building=1, device=7)
    hub.publish("device", {}, building=1, device=8)
    hub.publish("device", {}, building=2, device=9)
    hub.publish("agent", {})
    hub.publish("problem", {}, touches=[1, 2])
    hub.publish("problem", {}, building=4)
    stream = hub.subscribe(concerns(caller, building, device), after=0)
    assert [(await anext(stream)).id for _ in expected] == expected
    await stream.aclose()


async def test_a_comment_keeps_a_quiet_stream_open(open_stream, clock):
    stream = open_stream()
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream))
    await settle()
    await clock.advance(15)
    assert await waiting == ": still here\n\n"


async def test_a_stream_ends_when_its_token_is_revoked(open_stream, clock, database):
    from collector.store import accounts
    from protocols.clock import utc

    stream = open_stream()
    await anext(stream)
    await accounts.revoke_token(database, "live", utc(clock.now_ms()))
    waiting = asyncio.ensure_future(anext(stream))
    await settle()
    await clock.advance(15)
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_a_stream_ends_when_the_process_does(open_stream, house):
    stream = open_stream()
    await anext(stream)
    house.stopping.set()
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
