"""The MQTT client against a real Mosquitto that is started, killed and started again."""

import asyncio
import gc
import os
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from protocols.errors import BrokerError
from protocols.mqtt import Endpoint, Message, MqttClient, Tls, Will, tls_context

PATIENCE = 15.0


class Broker:
    """A Mosquitto of the test's own, that can die."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._program = program
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\nmax_packet_size 400000\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def add(self, lines: str) -> None:
        """Further lines of its configuration."""
        self._config.write_text(self._config.read_text() + lines)

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", self._config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def wait(self) -> None:
        """Until it answers, so that no test begins with a second of waiting to connect again."""
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            sleep(0.01)
        pytest.fail("Mosquitto did not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@pytest.fixture
def mosquitto(mosquitto_program: str, tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(mosquitto_program, tmp_path)
    broker.start()
    broker.wait()
    yield broker
    broker.kill()


@asynccontextmanager
async def client(port: int, name: str, will: Will | None = None, **more: int) -> AsyncIterator[MqttClient]:
    found = MqttClient(Endpoint("127.0.0.1", port, name), will, **more)
    await found.start()
    try:
        yield found
    finally:
        await found.stop()


async def up(*clients: MqttClient) -> None:
    for each in clients:
        await asyncio.wait_for(each.connected.wait(), PATIENCE)


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not check():
            await asyncio.sleep(0.01)


async def first(reader: MqttClient) -> Message:
    async with asyncio.timeout(PATIENCE):
        async for message in reader.messages():
            return message
    raise AssertionError("the client was stopped")


async def subscribed(reader: MqttClient, writer: MqttClient, topic: str) -> None:
    """Returns once what `writer` publishes on `topic` reaches `reader`."""
    reader.subscribe(topic)
    async with asyncio.timeout(PATIENCE):
        while True:
            writer.publish(topic, b"ping")
            try:
                await asyncio.wait_for(anext(reader.messages()), 0.3)
            except TimeoutError:
                continue
            return


async def drain(reader: MqttClient) -> None:
    while True:
        try:
            await asyncio.wait_for(anext(reader.messages()), 0.05)
        except TimeoutError:
            return


async def test_payload_topic_encoding_and_order(mosquitto: Broker) -> None:
    async with client(mosquitto.port, "reader") as reader, client(mosquitto.port, "writer") as writer:
        await up(reader, writer)
        await subscribed(reader, writer, "a/b")
        await drain(reader)
        for number in range(50):
            assert writer.publish("a/b", bytes([number]), encoding="zlib" if number % 2 else None, content_type="x/y")
        found = [await first(reader) for _ in range(50)]
    assert found == [Message("a/b", bytes([n]), "zlib" if n % 2 else None, False) for n in range(50)]


async def test_a_large_message(mosquitto: Broker) -> None:
    payload = os.urandom(256 * 1024)
    async with client(mosquitto.port, "both") as both:
        await up(both)
        await subscribed(both, both, "big")
        await drain(both)
        both.publish("big", payload)
        assert (await first(both)).payload == payload


async def test_retained_is_told_to_those_who_come_later(mosquitto: Broker) -> None:
    async with client(mosquitto.port, "writer") as writer:
        await up(writer)
        writer.publish("firstbell/v1/a/status", b"here", retain=True)
        async with client(mosquitto.port, "reader") as reader:
            reader.subscribe("firstbell/v1/+/status")
            await up(reader)
            assert await first(reader) == Message("firstbell/v1/a/status", b"here", None, True)


async def test_the_last_will_is_told_when_the_connection_breaks_and_not_when_it_ends(mosquitto: Broker) -> None:
    async with client(mosquitto.port, "reader") as reader, client(mosquitto.port, "writer") as writer:
        await up(reader, writer)
        reader.subscribe("will/#")
        await subscribed(reader, writer, "other")
        await drain(reader)
        async with client(mosquitto.port, "polite", Will("will/polite", b"gone")) as polite:
            await up(polite)
        async with client(mosquitto.port, "torn", Will("will/torn", b"gone")) as torn:
            await up(torn)
            assert torn._client is not None
            torn._client.socket().shutdown(socket.SHUT_RDWR)
            assert (await first(reader)).topic == "will/torn"


async def test_a_killed_broker_is_found_again_and_subscriptions_are_renewed(mosquitto: Broker) -> None:
    async with client(mosquitto.port, "reader") as reader, client(mosquitto.port, "writer") as writer:
        connects: list[int] = []
        reader.on_connect(lambda: connects.append(1))
        await up(reader, writer)
        await subscribed(reader, writer, "again")
        await drain(reader)
        mosquitto.kill()
        await until(lambda: not reader.connected.is_set() and not writer.connected.is_set())
        assert reader.failure
        assert not writer.publish("again", b"lost")
        mosquitto.start()
        await up(reader, writer)
        assert reader.failure is None
        await until(lambda: len(connects) == 2)
        heard = asyncio.create_task(first(reader))  # the broker may meet the publication before the subscription
        while not heard.done():
            writer.publish("again", b"back")
            await asyncio.wait([heard], timeout=0.3)
        assert heard.result().payload == b"back"


async def test_a_broker_that_is_not_there_yet_is_waited_for_and_logged_once(
    mosquitto: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "protocols.mqtt")
    mosquitto.kill()
    async with client(mosquitto.port, "early") as early:
        await until(lambda: early.failure is not None)
        assert str(mosquitto.port) in (early.failure or "")
        assert not early.publish("a", b"b")
        early._down(early.failure or "")  # the next attempt fails alike
        mosquitto.start()
        await up(early)
    where = f"127.0.0.1:{mosquitto.port}"
    assert [record.getMessage() for record in caplog.records if record.name == "protocols.mqtt"] == [
        f"no broker: {where} cannot be reached; it is tried again",
        f"connected to the broker {where}",
    ]


async def test_a_callback_that_raises_does_not_end_the_thread(
    mosquitto: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with client(mosquitto.port, "both") as both:
        await up(both)
        await subscribed(both, both, "odd")
        await drain(both)
        for error in (ValueError("odd"), OSError("odd"), ZeroDivisionError("odd")):
            heard = threading.Event()

            def fail(*_: object, error: Exception = error, heard: threading.Event = heard) -> None:
                heard.set()
                raise error

            with monkeypatch.context() as patched:
                patched.setattr(both, "_in_loop", fail)
                both.publish("odd", b"1")
                assert await asyncio.to_thread(heard.wait, PATIENCE)
            both.publish("odd", b"2")
            assert (await first(both)).payload == b"2"
    assert "odd" in caplog.text


@pytest.mark.parametrize(("size", "kept"), [(1000, 3), (0, 10)])
async def test_unread_messages_are_bounded_in_bytes_and_counted(mosquitto: Broker, size: int, kept: int) -> None:
    async with (
        client(mosquitto.port, "reader", queue_bytes=5200) as reader,
        client(mosquitto.port, "writer") as writer,
    ):
        await up(reader, writer)
        await subscribed(reader, writer, "flood")
        await drain(reader)
        for _ in range(30):
            writer.publish("flood", bytes(size))
        await until(lambda: reader.dropped + reader._queue.qsize() >= 30)
        assert reader._queue.qsize() == kept
        assert reader.dropped == 30 - kept
        await drain(reader)
        writer.publish("flood", b"room again")
        assert (await first(reader)).payload == b"room again"


async def test_stop_leaves_no_thread_and_no_socket(mosquitto: Broker) -> None:
    await asyncio.to_thread(int)  # the pool's own thread is not counted
    gc.collect()
    threads, files = _threads(), len(os.listdir("/proc/self/fd"))
    for number in range(3):
        async with client(mosquitto.port, f"c{number}") as one:
            await up(one)
            reader = asyncio.create_task(_all(one))
            await asyncio.sleep(0)
        assert await asyncio.wait_for(reader, PATIENCE) == []
        assert not one.connected.is_set()
        assert not one.publish("a", b"b")
        await one.stop()
    del one
    gc.collect()
    assert _threads() == threads
    assert len(os.listdir("/proc/self/fd")) == files


def _threads() -> set[str]:
    return {each.name for each in threading.enumerate() if not each.name.startswith("asyncio")}


async def _all(one: MqttClient) -> list[Message]:
    return [message async for message in one.messages()]


async def test_stop_is_quick_while_the_broker_is_away(mosquitto: Broker) -> None:
    mosquitto.kill()
    async with client(mosquitto.port, "early") as early:
        await until(lambda: early.failure is not None)
        await asyncio.sleep(0.1)
        async with asyncio.timeout(6):
            await early.stop()


@pytest.mark.parametrize("broken", ["absent", "empty", "garbage", "folder"])
async def test_bad_tls_files_are_named(tmp_path: Path, broken: str) -> None:
    ca = tmp_path / "ca.pem"
    if broken == "folder":
        ca.mkdir()
    elif broken != "absent":
        ca.write_text("" if broken == "empty" else "not a certificate")
    with pytest.raises(BrokerError, match=r"ca\.pem") as caught:
        await MqttClient(Endpoint("127.0.0.1", 1, "x", Tls(ca))).start()
    assert caught.value.permanent


async def test_tls_with_the_right_authority_and_with_a_wrong_one(mosquitto_program: str, tmp_path: Path) -> None:
    right, wrong = authority(tmp_path / "right"), authority(tmp_path / "wrong")
    broker = Broker(mosquitto_program, tmp_path)
    broker.add(f"certfile {right.certificate}\nkeyfile {right.key}\ncafile {right.ca}\nrequire_certificate true\n")
    broker.start()
    broker.wait()
    try:
        for tls, reason in ((Tls(wrong.ca), "certificate verify failed"), (right, None), (Tls(right.ca), "")):
            one = MqttClient(Endpoint("127.0.0.1", broker.port, "one", tls))
            await one.start()
            if reason is None:
                await up(one)
            else:
                await until(lambda one=one: one.failure is not None)  # type: ignore[misc]
                assert reason in (one.failure or "")
                assert not one.connected.is_set()
            await one.stop()
    finally:
        broker.kill()


def authority(folder: Path) -> Tls:
    """A self-signed certificate for loopback, its own authority."""
    folder.mkdir()
    key, certificate = folder / "key.pem", folder / "cert.pem"
    make = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    name = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)
    subprocess.run([*make, *name], check=True, capture_output=True)
    return Tls(certificate, certificate, key)


def test_an_encrypted_key_is_refused_and_no_password_asked(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=x")
    subprocess.run(
        [*make, "-passout", "pass:secret", "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    with pytest.raises(BrokerError, match=r"key\.pem"):
        tls_context(Tls(certificate, certificate, key))
