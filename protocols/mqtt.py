"""The only importer of paho: its thread enters the event loop here and nowhere else. MQTT 5, QoS 1.

Every callback is wrapped: an exception inside one would end paho's thread while `is_connected()` stays true.
"""

import asyncio
import logging
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar, cast

from protocols.errors import BrokerError


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """Let the module seem not to be installed, unless it is loaded already."""
    modules: dict[str, ModuleType | None] = cast("dict[str, ModuleType | None]", sys.modules)
    modules.setdefault(name, None)
    try:
        yield
    finally:
        if modules[name] is None:
            del modules[name]


with _absent("dns.resolver"):  # paho loads it for SRV look-ups that are not made here: 3 MB of a Pi's memory
    from paho.mqtt import client as paho
    from paho.mqtt.enums import CallbackAPIVersion
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

log = logging.getLogger(__name__)
_paho_log = logging.getLogger("protocols.mqtt.paho")
# paho calls every end of a connection an error, also the one that was asked for; `failure` says what matters.
_paho_log.addFilter(lambda record: not record.getMessage().startswith("Client is not connected"))
F = TypeVar("F", bound=Callable[..., None])
_ENCODING = "content-encoding"
_OVERHEAD = 512
"""What a message waiting in the queue takes beside its payload, so that a flood of empty ones is bounded too."""


class Message(NamedTuple):
    """One message received. `encoding` is the content-encoding user property, None when there is none."""

    topic: str
    payload: bytes
    encoding: str | None
    retained: bool


@dataclass(frozen=True)
class Will:
    """What the broker publishes for us when the connection breaks."""

    topic: str
    payload: bytes
    retain: bool = True


@dataclass(frozen=True)
class Tls:
    """Files for mutual TLS (PEM): the collector's CA, this client's certificate and its private key."""

    ca: Path
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True)
class Endpoint:
    """Where the broker is and who we are to it."""

    host: str
    port: int
    client_id: str
    tls: Tls | None = None
    username: str | None = None
    password: str | None = None
    keepalive: int = 15
    session_expiry: int = 0
    """Seconds the broker keeps our subscriptions and queue; 0: none, the delivery promise does not rest on the broker."""
    receive_maximum: int = 64


@dataclass
class MqttClient:
    """An MQTT connection that keeps itself up. `messages()` yields what arrives; `connected` follows the connection.

    Subscriptions are renewed at each connect. More than `queue_bytes` of unread messages are dropped and counted: what
    matters is sent again by its sender.
    """

    endpoint: Endpoint
    will: Will | None = None
    queue_bytes: int = 64 * 1024 * 1024
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: int = 0
    failure: str | None = None
    """Why the last attempt to connect failed, in words; None while connected."""

    def __post_init__(self) -> None:
        self._subscriptions: list[str] = []
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue()
        self._waiting = 0
        self._ended = False
        self._told: set[str] = set()  # reasons logged since the connection was last up: each once
        self._on_connect: list[Callable[[], None]] = []
        self._client: paho.Client | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Begin to connect, also anew after `stop`; returns at once. A broker out of reach is retried (1 to 30 s).

        Raises `BrokerError` on bad TLS files.
        """
        self._loop = asyncio.get_running_loop()
        if self._ended:
            self._queue, self._waiting, self._ended = asyncio.Queue(), 0, False
        self._client = self._make()
        connect = Properties(PacketTypes.CONNECT)
        connect.SessionExpiryInterval = self.endpoint.session_expiry
        connect.ReceiveMaximum = self.endpoint.receive_maximum
        self._client.connect_async(
            self.endpoint.host, self.endpoint.port, self.endpoint.keepalive, clean_start=True, properties=connect
        )
        self._client.loop_start()

    async def stop(self) -> None:
        """Disconnect in order (no Last Will) and end `messages()`."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)
        self.connected.clear()
        self._ended = True
        self._queue.put_nowait(None)

    def on_connect(self, call: Callable[[], None]) -> None:
        """Call `call` in the event loop after each connect, subscriptions sent."""
        self._on_connect.append(call)

    def subscribe(self, topic: str) -> None:
        """Subscribe at QoS 1 now, if connected, and after each reconnect."""
        self._subscriptions.append(topic)
        if self._client is not None and self._client.is_connected():
            self._client.subscribe(topic, qos=1)

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, encoding: str | None = None, content_type: str = "",
        expires: int | None = None,
    ) -> bool:  # fmt: skip
        """Hand a message to the broker at QoS 1, which drops it after `expires` seconds. False when not connected; nothing is queued then."""
        if self._client is None or not self.connected.is_set():
            return False
        properties = Properties(PacketTypes.PUBLISH)
        if content_type:
            properties.ContentType = content_type
        if expires is not None:
            properties.MessageExpiryInterval = expires
        if encoding:
            properties.UserProperty = [(_ENCODING, encoding)]
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        return bool(info.rc == paho.MQTT_ERR_SUCCESS)

    async def messages(self) -> AsyncIterator[Message]:
        """What arrives, in order, until `stop`."""
        while (message := await self._queue.get()) is not None:
            self._waiting -= _weight(message)
            yield message

    def _make(self) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=self.endpoint.client_id, protocol=paho.MQTTv5)
        client.enable_logger(_paho_log)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.max_inflight_messages_set(self.endpoint.receive_maximum)
        if self.endpoint.tls is not None:
            client.tls_set_context(tls_context(self.endpoint.tls))
        if self.endpoint.username is not None:
            client.username_pw_set(self.endpoint.username, self.endpoint.password)
        if self.will is not None:
            client.will_set(self.will.topic, self.will.payload, qos=1, retain=self.will.retain)
        client.on_connect = self._connected
        client.on_connect_fail = self._connect_failed
        client.on_disconnect = self._disconnected
        client.on_message = self._received
        client.suppress_exceptions = True  # logged by paho; its thread lives on whatever a callback does
        return client

    @staticmethod
    def _wrapped(call: F) -> F:
        @wraps(call)
        def guard(*args: Any) -> None:
            try:
                call(*args)
            except RuntimeError as error:  # the event loop closed between check and call
                log.warning("MQTT callback after the end of the event loop: %s", error)
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                log.error("MQTT callback failed: %r", error, exc_info=error)

        return guard  # type: ignore[return-value]

    def _in_loop(self, call: Callable[..., None], *args: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *args)

    @_wrapped
    def _connected(self, client: paho.Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._in_loop(self._down, f"the broker refused: {reason}")
            return
        for topic in self._subscriptions:
            client.subscribe(topic, qos=1)
        self._in_loop(self._up)

    @_wrapped
    def _connect_failed(self, client: paho.Client, userdata: Any) -> None:
        error = sys.exc_info()[1]  # paho calls this while it handles the error, and does not hand it over
        why = (
            f"refuses TLS: {error}; check ca, certificate and key"
            if isinstance(error, ssl.SSLError)
            else "cannot be reached"
        )
        self._in_loop(self._down, f"{self.endpoint.host}:{self.endpoint.port} {why}")

    @_wrapped
    def _disconnected(self, client: paho.Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        self._in_loop(self._down, str(reason))

    @_wrapped
    def _received(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        pairs = getattr(message.properties, "UserProperty", None) or []
        encoding = next((value for name, value in pairs if name == _ENCODING), None)
        self._in_loop(self._enqueue, Message(message.topic, bytes(message.payload), encoding, message.retain))

    def _up(self) -> None:
        if self._told:
            log.info("connected to the broker %s:%d", self.endpoint.host, self.endpoint.port)
        self._told.clear()
        self.failure = None
        self.connected.set()
        for call in self._on_connect:
            call()

    def _down(self, why: str) -> None:
        if why not in self._told and self._client is not None:
            log.warning("no broker: %s; it is tried again", why)
            self._told.add(why)
        self.failure = why
        self.connected.clear()

    def _enqueue(self, message: Message) -> None:
        weight = _weight(message)
        if self._waiting + weight > self.queue_bytes:
            self.dropped += 1
            return
        self._waiting += weight
        self._queue.put_nowait(message)


def _weight(message: Message) -> int:
    return len(message.payload) + _OVERHEAD


def _no_password() -> str:
    """A key that is encrypted is refused: OpenSSL would otherwise ask for its password at a terminal."""
    return ""


class _HandshakeSocket(ssl.SSLSocket):
    """Closes itself when the handshake fails: paho drops it open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def tls_context(files: Tls) -> ssl.SSLContext:
    """TLS 1.2 or newer that trusts the CA file alone. Raises `BrokerError` naming the file that cannot be used."""
    try:
        context = ssl.create_default_context(cafile=str(files.ca))
        context.sslsocket_class = _HandshakeSocket
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if files.certificate is not None:
            context.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (OSError, ssl.SSLError) as error:
        raise BrokerError(f"TLS files {files.ca}, {files.certificate}, {files.key}: {error}", permanent=True) from error
    return context
