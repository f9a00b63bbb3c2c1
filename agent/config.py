"""`agent.toml` to a checked `Config`. Everything is validated here, before anything is opened or connected."""

import hashlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from protocols.driver import Driver, Target
from protocols.errors import OptionError
from protocols.options import nearest, read_options
from protocols.registry import driver as load_driver
from protocols.wire import limits
from protocols.wire.topics import AGENT_NAME

if TYPE_CHECKING:
    from agent.edge.options import EdgeConfig

DEFAULT_FILE = Path("/etc/firstbell/agent.toml")
_LOOPBACK = ("127.", "localhost", "::1", "[::1]")
_SECTIONS = ["agent", "collector", "device", "edge"]


class AgentOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[agent]`: who this agent is and where it keeps its state."""

    id: Annotated[str, Meta(description="The agent's name: its certificate's common name and its topic on the broker")]
    state: Annotated[str, Meta(description="Folder of the spool and the identity; must be writable")] = (
        "/var/lib/firstbell-agent"
    )
    spool_bytes: Annotated[
        int, Meta(ge=1024 * 1024, description="Most bytes the spool holds on disk; the oldest is thinned when full")
    ] = 512 * 1024 * 1024
    keep_hours: Annotated[
        float, Meta(ge=1, le=720, description="Hours that acknowledged batches are kept for a restored database")
    ] = 72.0
    replace_hours: Annotated[
        float,
        Meta(ge=0, le=8760, description="Hours that another thing stays at a device's address to be its replacement"),
    ] = 24.0
    log: Annotated[str, Meta(description="Least severe message logged: debug, info, warning or error")] = "info"


class CollectorOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[collector]`: the broker through which the collector is reached, and the files that prove who we are."""

    broker: Annotated[str, Meta(description="host:port of the MQTT broker")] = "127.0.0.1:1883"
    ca: Annotated[str | None, Meta(description="PEM file of the collector's CA; absent: plain, loopback only")] = None
    certificate: Annotated[str | None, Meta(description="PEM file of this agent's certificate")] = None
    key: Annotated[str | None, Meta(description="PEM file of this agent's private key")] = None
    username: Annotated[str | None, Meta(description="User name, for brokers that ask for a password")] = None
    password_file: Annotated[str | None, Meta(description="File that holds the password, never the password")] = None


class DeviceOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[device]]`: one device to watch."""

    kind: Annotated[str, Meta(description="Which driver reads it: a folder of protocols/drivers")]
    address: Annotated[str, Meta(description="Where it is, as the driver's README writes it")] = ""
    key: Annotated[str | None, Meta(description='Its lasting name within the agent; absent: "{kind}:{address}"')] = None
    name: Annotated[str | None, Meta(description="What people call it; absent: what it calls itself")] = None
    room: Annotated[str | None, Meta(description="The room it is in")] = None
    parent: Annotated[str | None, Meta(description="Key of the device it hangs off, in this file")] = None
    interval: Annotated[
        Annotated[float, Meta(ge=1, le=86400)] | None,
        Meta(description="Seconds between polls; absent: the driver's default"),
    ] = None
    timeout: Annotated[
        Annotated[float, Meta(gt=0, le=600)] | None,
        Meta(description="Seconds one poll may take; absent: the interval, 10 to 60"),
    ] = None
    identity: Annotated[
        Literal["kept", "any"], Meta(description='"any": whatever answers at the address is this device')
    ] = "kept"
    options: Annotated[dict[str, Any], Meta(description="The driver's own options")] = msgspec.field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True)
class Device:
    """One device to watch, checked: its driver loaded, its options typed. Times in seconds."""

    key: str
    address: str
    driver: Driver
    options: msgspec.Struct
    interval: float
    timeout: float
    facts: dict[str, str]
    """What the file says of it: `name`, `room`, `parent`, `address`, as attributes."""
    identity: Literal["kept", "any"] = "kept"

    @property
    def target(self) -> Target:
        """The device as its driver is told of it."""
        return Target(self.key, self.address)


@dataclass(frozen=True, slots=True)
class Config:
    """A whole `agent.toml`, checked. `digest` (12 hex) tells two versions of it apart."""

    agent: AgentOptions
    collector: CollectorOptions
    devices: tuple[Device, ...]
    digest: str
    edge: "EdgeConfig | None" = None
    """None: the building itself tells nobody."""

    @property
    def spool_file(self) -> Path:
        """Where the spool is."""
        return Path(self.agent.state) / "spool.db"

    @property
    def edge_file(self) -> Path:
        """Where what the building itself tells is kept."""
        return Path(self.agent.state) / "edge.json"

    @property
    def devices_file(self) -> Path:
        """Where what is remembered of the devices is."""
        return Path(self.agent.state) / "devices.db"

    @property
    def broker(self) -> tuple[str, int]:
        """Host and port of the broker."""
        host, _, port = self.collector.broker.rpartition(":")
        return host.strip("[]"), int(port)


def read_config(path: Path, find: Callable[[str], Driver] = load_driver, broker: str | None = None) -> Config:
    """The configuration in the file `path`, with `broker` (host:port) instead of its own. Raises `OptionError` that names file, section, key, value and the fix."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise OptionError(
            f"{path}: no such file; write one (agent/README.md shows it), or name another with --config FILE"
        ) from error
    except OSError as error:
        raise OptionError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        tables = tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{path}: not TOML: {error}") from error
    if broker is not None and isinstance(tables.setdefault("collector", {}), dict):
        tables["collector"]["broker"] = broker
    return check_config(tables, str(path), find, hashlib.sha256(raw).hexdigest()[:12])


def check_config(tables: dict[str, Any], where: str, find: Callable[[str], Driver], digest: str = "") -> Config:
    """The configuration in already parsed tables; `where` is the file, for messages. Raises `OptionError`."""
    for name in tables:
        if name not in _SECTIONS:
            raise OptionError(f"{where}: unknown section {name!r}{nearest(name, _SECTIONS)}")
    agent = read_options(_table(tables, "agent", where), AgentOptions, f"{where} [agent]")
    collector = read_options(_table(tables, "collector", where), CollectorOptions, f"{where} [collector]")
    _check_agent(agent, where)
    _check_collector(collector, where)
    rows = tables.get("device") or [{"kind": "host", "address": "local", "key": "host"}]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise OptionError(f"{where}: a device is written [[device]], with two brackets")
    devices = [_device(row, f"{where} [[device]] {number}", find) for number, row in enumerate(rows, 1)]
    _check_keys(devices, where)
    return Config(agent, collector, tuple(devices), digest, _edge(tables, where))


def _table(tables: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise OptionError(f"{where}: {name} should be a section [{name}], is {str(table)[:60]!r}")
    return table


def _edge(tables: dict[str, Any], where: str) -> "EdgeConfig | None":
    if "edge" not in tables:
        return None
    from agent.edge.options import check_edge  # what an agent without [edge] need not load

    return check_edge(_table(tables, "edge", where), f"{where} [edge]")


def _check_agent(agent: AgentOptions, where: str) -> None:
    if not AGENT_NAME.fullmatch(agent.id):
        raise OptionError(
            f"{where} [agent]: id = {agent.id!r}: 1 to 64 of a-z 0-9 . _ -, beginning and ending with a-z or 0-9"
        )
    if agent.log not in ("debug", "info", "warning", "error"):
        raise OptionError(f"{where} [agent]: log = {agent.log!r}; use debug, info, warning or error")


def _check_collector(collector: CollectorOptions, where: str) -> None:
    section = f"{where} [collector]"
    host, colon, port = collector.broker.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise OptionError(f"{section}: broker = {collector.broker!r}: write host:port, for example 127.0.0.1:1883")
    if (collector.certificate is None) != (collector.key is None):
        raise OptionError(f"{section}: certificate and key go together; give both or neither")
    if collector.certificate is not None and collector.ca is None:
        raise OptionError(f"{section}: certificate without ca: name the collector's CA file too")
    if collector.ca is None and not host.startswith(_LOOPBACK):
        raise OptionError(
            f"{section}: broker = {collector.broker!r} is another machine and no ca is given: "
            "set ca, certificate and key (plain MQTT is for loopback only)"
        )
    for name in ("ca", "certificate", "key", "password_file"):
        file = getattr(collector, name)
        if file is not None and not Path(file).is_file():
            raise OptionError(f"{section}: {name} = {file!r}: no such file; enrol this agent, or correct the path")


def _device(row: dict[str, Any], where: str, find: Callable[[str], Driver]) -> Device:
    options = read_options(row, DeviceOptions, where)
    try:
        driver = find(options.kind)
    except OptionError as error:
        raise OptionError(f"{where}: kind = {options.kind!r}: {error}") from error
    own = read_options(options.options, driver.options, f"{where} options")
    key = options.key or (f"{options.kind}:{options.address}" if options.address else options.kind)
    for name, text in (("key", key), ("name", options.name or ""), ("room", options.room or "")):
        if "\x00" in text or len(text.encode()) > limits.STRING_BYTES:
            raise OptionError(f"{where}: {name} = {text[:40]!r}: at most {limits.STRING_BYTES} bytes, no NUL")
    usual = driver.interval_of(options.address) if driver.interval_of is not None else driver.interval
    interval = options.interval or usual
    facts = {name: getattr(options, name) for name in ("name", "room", "parent") if getattr(options, name)}
    if options.address:
        facts["address"] = options.address
    timeout = options.timeout or min(max(interval, 10.0), 60.0)
    return Device(key, options.address, driver, own, interval, timeout, facts, options.identity)


def _check_keys(devices: list[Device], where: str) -> None:
    seen: set[str] = set()
    for number, device in enumerate(devices, 1):
        if device.key in seen:
            raise OptionError(
                f"{where} [[device]] {number}: key = {device.key!r} is another device's too; give it its own key"
            )
        seen.add(device.key)
    for number, device in enumerate(devices, 1):
        parent = device.facts.get("parent")
        if parent is not None and (parent not in seen or parent == device.key):
            raise OptionError(
                f"{where} [[device]] {number}: parent = {parent!r} is no other device's key{nearest(parent, sorted(seen - {device.key}))}"
            )
