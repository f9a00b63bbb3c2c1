"""Each broker of `firstbell up` against our own MQTT client: what the wire asks of it, and what it keeps out."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.fleet import authority
from deploy.broker import Broker, IotCore, Mosquitto, TlsListener
from deploy.broker.listening import end, wait_until_open
from deploy.commands import broker_files
from protocols.errors import StartError
from protocols.mqtt import Endpoint, Message, MqttClient, Tls, Will, tls_context
from protocols.wire.limits import MESSAGE_BYTES
from protocols.wire.topics import data_filter, status_filter, topic

NOW = datetime(2026, 11, 2, tzinfo=UTC)
LOOPBACK = "127.0.0.1"


@pytest.fixture(params=[Mosquitto, IotCore], ids=["mosquitto", "iotcore"])
async def plain(request: pytest.FixtureRequest, tmp_path: Path, new_port: Callable[[], int]) -> AsyncIterator[Broker]:
    if request.param is Mosquitto:
        request.getfixturevalue("mosquitto_program")
    broker: Broker = request.param(tmp_path, LOOPBACK, new_port())
    await broker.start()
    yield broker
    await broker.stop()


@asynccontextmanager
async def client(endpoint: Endpoint, *topics: str, will: Will | None = None) -> AsyncIterator[MqttClient]:
    connected = MqttClient(endpoint, will)
    for one in topics:
        connected.subscribe(one)
    await connected.start()
    try:
        await asyncio.wait_for(connected.connected.wait(), 10)
        yield connected
    finally:
        await connected.stop()


async def take(source: MqttClient, count: int) -> list[Message]:
    async def some() -> list[Message]:
        found = []
        async for message in source.messages():
            found.append(message)
            if len(found) == count:
                break
        return found

    return await asyncio.wait_for(some(), 10)


async def test_the_largest_message_arrives_whole_with_its_encoding(plain: Broker) -> None:
    payload = bytes(range(256)) * (MESSAGE_BYTES // 256)
    async with (
        client(Endpoint(LOOPBACK, plain.port, "c"), data_filter()) as collector,
        client(Endpoint(LOOPBACK, plain.port, "a")) as agent,
    ):
        assert agent.publish(topic("a", "data"), payload, encoding="zlib", content_type="application/x")
        (message,) = await take(collector, 1)
    assert message == Message(topic("a", "data"), payload, "zlib", False)


async def test_a_message_above_the_wires_limit_still_reaches_the_collector_to_be_refused(plain: Broker) -> None:
    async with (
        client(Endpoint(LOOPBACK, plain.port, "c"), data_filter()) as collector,
        client(Endpoint(LOOPBACK, plain.port, "a")) as agent,
    ):
        agent.publish(topic("a", "data"), bytes(MESSAGE_BYTES + 1))
        (message,) = await take(collector, 1)
        assert agent.connected.is_set()
    assert len(message.payload) == MESSAGE_BYTES + 1


async def test_a_retained_status_waits_for_who_comes_later(plain: Broker) -> None:
    async with client(Endpoint(LOOPBACK, plain.port, "a")) as agent:
        agent.publish(topic("a", "status"), b"here", retain=True)
        await asyncio.sleep(0.05)
        async with client(Endpoint(LOOPBACK, plain.port, "c"), status_filter()) as collector:
            (message,) = await take(collector, 1)
    assert (message.payload, message.retained) == (b"here", True)


async def test_a_broken_connection_leaves_its_will_retained(plain: Broker) -> None:
    will = Will(topic("a", "status"), b"gone")
    async with client(Endpoint(LOOPBACK, plain.port, "watch"), status_filter()) as watcher:
        async with client(Endpoint(LOOPBACK, plain.port, "a"), will=will) as agent:
            await _break(agent)
            assert (await take(watcher, 1))[0].payload == b"gone"
        async with client(Endpoint(LOOPBACK, plain.port, "later"), status_filter()) as later:
            (message,) = await take(later, 1)
    assert (message.payload, message.retained) == (b"gone", True)


async def test_several_collectors_share_the_batches(plain: Broker) -> None:
    async with (
        client(Endpoint(LOOPBACK, plain.port, "c1"), data_filter(shared=True)) as one,
        client(Endpoint(LOOPBACK, plain.port, "c2"), data_filter(shared=True)) as other,
        client(Endpoint(LOOPBACK, plain.port, "a")) as agent,
    ):
        for number in range(40):
            agent.publish(topic("a", "data"), b"%d" % number)
        got = [await asyncio.wait_for(_until_quiet(each), 10) for each in (one, other)]
    assert sorted(int(payload) for half in got for payload in half) == list(range(40))


async def test_a_taken_port_is_one_clear_line(plain: Broker, tmp_path: Path) -> None:
    with pytest.raises(
        StartError, match=rf"--mqtt 127.0.0.1:{plain.port}: another program listens there: .*--mqtt HOST:PORT"
    ):
        await type(plain)(tmp_path / "other", LOOPBACK, plain.port).start()


async def test_it_starts_again_after_it_was_killed(plain: Broker) -> None:
    assert plain.process is not None
    plain.process.kill()
    await plain.process.wait()
    await plain.start()
    async with client(Endpoint(LOOPBACK, plain.port, "a")):
        pass


@pytest.mark.parametrize("kind", [Mosquitto, IotCore])
def test_plain_mqtt_never_leaves_this_machine(kind: type[Broker], tmp_path: Path) -> None:
    with pytest.raises(StartError, match="for this machine alone"):
        kind(tmp_path, "0.0.0.0", 1883)


@dataclass
class Secure:
    """A Mosquitto with a TLS listener, its authority, and where certificates of tests are put."""

    broker: Mosquitto
    port: int
    ca: authority.Authority
    folder: Path

    def endpoint(self, name: str | None, ca: authority.Authority | None = None) -> Endpoint:
        """As the holder of a certificate called `name`, from `ca` or our own; None: without one."""
        certificate = key = None
        if name is not None:
            certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
            for path, content in zip((certificate, key), (ca or self.ca).client(name, NOW), strict=True):
                path.write_bytes(content)
        return Endpoint(LOOPBACK, self.port, name or "x", Tls(self.folder / "authority" / "ca.pem", certificate, key))


@pytest.fixture
async def secure(mosquitto_program: str, tmp_path: Path, new_port: Callable[[], int]) -> AsyncIterator[Secure]:
    ca = authority.load(tmp_path, NOW)
    folder = tmp_path / "authority"
    for name, content in zip(("broker.pem", "broker.key"), ca.serve([LOOPBACK], NOW), strict=True):
        (folder / name).write_bytes(content)
    port = new_port()
    tls = TlsListener(LOOPBACK, port, folder / "ca.pem", folder / "broker.pem", folder / "broker.key")
    broker = Mosquitto(tmp_path, LOOPBACK, new_port(), tls)
    await broker.start()
    yield Secure(broker, port, ca, tmp_path)
    await broker.stop()


FORGED = [
    topic("elm", "data"),
    topic("elm", "status"),
    topic("oak", "ack"),
    topic("oak", "config"),
    "firstbell/v1/oak/data/x",
]


async def test_an_agent_writes_its_own_topics_alone(secure: Secure) -> None:
    own = [topic("oak", channel) for channel in ("data", "status", "result")]
    async with client(Endpoint(LOOPBACK, secure.broker.port, "collector"), "firstbell/#") as collector:
        for one in FORGED:  # a connection each: Mosquitto may end one that publishes where it must not
            answer = await say(secure.endpoint("oak"), CONNECT, publish(one))
            assert answer.startswith(CONNACK)
            assert answer.endswith(NOT_AUTHORISED)
        async with client(secure.endpoint("oak")) as oak:
            for one in own:
                oak.publish(one, b"own")
            got = await take(collector, 3)
    assert [message.topic for message in got] == own


async def test_an_agent_hears_its_own_topics_alone(secure: Secure) -> None:
    everything = [
        "firstbell/#",
        "firstbell/v1/+/ack",
        topic("elm", "ack"),
        topic("elm", "config"),
        topic("oak", "data"),
    ]
    async with (
        client(secure.endpoint("oak"), *everything, topic("oak", "ack"), topic("oak", "config")) as oak,
        client(Endpoint(LOOPBACK, secure.broker.port, "collector")) as collector,
    ):
        await asyncio.sleep(0.1)
        for name, channel in (("elm", "ack"), ("elm", "config"), ("oak", "data"), ("oak", "ack"), ("oak", "config")):
            collector.publish(topic(name, channel), b"-")
        heard = set()
        while topic("oak", "config") not in heard:
            heard.add((await take(oak, 1))[0].topic)
    assert heard == {topic("oak", "ack"), topic("oak", "config")}


async def test_the_certificate_counts_and_not_the_client_id(secure: Secure) -> None:
    as_elm = CONNECT.replace(b"oak", b"elm")
    answer = await say(secure.endpoint("oak"), as_elm, publish(topic("elm", "data")))
    assert answer.startswith(CONNACK)
    assert answer.endswith(NOT_AUTHORISED)
    assert b"\x87" not in await say(secure.endpoint("oak"), as_elm, publish(topic("oak", "data")))


async def test_a_collector_elsewhere_uses_the_certificate_in_its_name(secure: Secure) -> None:
    async with (
        client(secure.endpoint("collector"), data_filter(), status_filter()) as collector,
        client(secure.endpoint("oak"), topic("oak", "ack")) as oak,
    ):
        oak.publish(topic("oak", "data"), b"batch")
        assert (await take(collector, 1))[0].payload == b"batch"
        collector.publish(topic("oak", "ack"), b"ack")
        assert (await take(oak, 1))[0].payload == b"ack"


async def test_no_certificate_or_a_strangers_is_refused(secure: Secure, tmp_path: Path) -> None:
    stranger = authority.load(tmp_path / "elsewhere", NOW)
    assert (await say(secure.endpoint("oak"), CONNECT)).startswith(CONNACK)
    assert await say(secure.endpoint(None), CONNECT) == b""
    assert await say(secure.endpoint("oak", stranger), CONNECT) == b""


async def test_plain_mqtt_on_the_tls_port_gets_nowhere(secure: Secure) -> None:
    assert (await say(Endpoint(LOOPBACK, secure.broker.port, "oak"), CONNECT)).startswith(CONNACK)
    assert CONNACK not in await say(Endpoint(LOOPBACK, secure.port, "oak"), CONNECT)


def test_its_files_are_readable_by_its_user_alone(secure: Secure) -> None:
    assert secure.broker.process is not None
    arguments = Path(f"/proc/{secure.broker.process.pid}/cmdline").read_bytes().split(b"\0")
    folder = Path(arguments[2].decode()).parent
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert Path(f"/proc/{secure.broker.process.pid}").stat().st_uid == folder.stat().st_uid != 0 or folder.stat().st_uid


CONNECT = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x0f\x00\x00\x03oak"
"""MQTT 5, clean start, keep-alive 15 s, client id `oak`."""
CONNACK = b"\x20"
NOT_AUTHORISED = b"\x40\x03\x00\x01\x87"
"""PUBACK of packet 1, reason 135."""


def publish(where: str) -> bytes:
    """A PUBLISH at QoS 1, packet 1."""
    body = len(where).to_bytes(2, "big") + where.encode() + b"\x00\x01\x00forged"
    return bytes([0x32, len(body)]) + body


async def say(endpoint: Endpoint, *packets: bytes) -> bytes:
    """What the broker answers to the packets within a moment; nothing where TLS already fails."""
    context = tls_context(endpoint.tls) if endpoint.tls else None
    answer = b""
    try:
        reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port, ssl=context)
        for packet in packets:
            writer.write(packet)
            answer += await asyncio.wait_for(reader.read(1024), 2)
        writer.transport.abort()
    except OSError:
        return b""
    return answer


async def _break(agent: MqttClient) -> None:
    """Cut the wire without a DISCONNECT."""
    assert agent._client is not None
    wire = agent._client.socket()
    assert wire is not None
    agent._client._thread_terminate = True  # the thread must not connect again and take the will back
    wire.shutdown(socket.SHUT_RDWR)


async def _until_quiet(source: MqttClient) -> list[bytes]:
    found: list[bytes] = []
    while True:
        try:
            found += [message.payload for message in await asyncio.wait_for(take(source, 1), 0.4)]
        except TimeoutError:
            return found


async def test_a_broker_of_its_own_runs_with_the_files_written_for_it(
    mosquitto_program: str, tmp_path: Path, new_port: Callable[[], int]
) -> None:
    port, folder = new_port(), tmp_path / "broker"
    broker_files.write(tmp_path, folder, [LOOPBACK], port, NOW)
    config = folder / "mosquitto.conf"
    config.write_text(config.read_text() + "user root\n")  # as the container does, it runs as the owner of the files
    process = await asyncio.create_subprocess_exec(mosquitto_program, "-c", config, stderr=asyncio.subprocess.DEVNULL)
    own = tmp_path / "authority"
    tls = Tls(own / "ca.pem", own / "collector.pem", own / "collector.key")
    try:
        await wait_until_open(process, LOOPBACK, port, tmp_path / "log")
        async with client(Endpoint(LOOPBACK, port, "collector", tls), data_filter()):
            pass
    finally:
        await end(process)
