"""Mosquitto's configuration as text: what `firstbell up`, the containers and a district's own broker all need alike."""

from dataclasses import dataclass
from pathlib import Path

from protocols.errors import StartError
from protocols.wire.limits import MESSAGE_BYTES
from protocols.wire.topics import COLLECTOR, ROOT

PACKET_BYTES = 4 * MESSAGE_BYTES
"""A client that sends a larger packet is disconnected, and would send it again for ever. So this lies well above the
wire's limit: a message between the two reaches the collector, which refuses it with a reason."""


@dataclass(frozen=True)
class TlsListener:
    """Where other machines connect, and the PEM files: the CA that signs agents, the broker's certificate and its key."""

    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path


_WRITES = ("data", "status", "result")
_READS = ("ack", "config", "command")


def acl() -> str:
    """Who may do what over TLS. `%u` is the common name of the client's certificate; what is not named is refused."""
    lines = ["# An agent: its own topics alone."]
    lines += [f"pattern write {ROOT}/%u/{channel}" for channel in _WRITES]
    lines += [f"pattern read {ROOT}/%u/{channel}" for channel in _READS]
    lines += ["", "# The collector: every agent's, the other way round.", f"user {COLLECTOR}"]
    lines += [f"topic read {ROOT}/+/{channel}" for channel in _WRITES]
    lines += [f"topic write {ROOT}/+/{channel}" for channel in _READS]
    return "\n".join(lines) + "\n"


def files(host: str, port: int, tls: TlsListener | None, folder: Path) -> dict[str, bytes]:
    """Every file of a Mosquitto whose files lie in `folder`, by name. Raises `StartError` for a TLS file that is missing."""
    lines = [*_GENERAL, "", f"listener {port} {host}", "allow_anonymous true"]
    if tls is None:
        return {"mosquitto.conf": _text(lines)}
    lines += ["", *secure_listener(tls.host, tls.port, folder)]
    sources = {"ca.pem": tls.ca, "broker.pem": tls.certificate, "broker.key": tls.key}
    found: dict[str, bytes] = {"mosquitto.conf": _text(lines), "acl": acl().encode()}
    for name, source in sources.items():
        try:
            found[name] = source.read_bytes()
        except OSError as error:
            raise StartError(f"the broker's TLS file {source}: {error.strerror}", permanent=True) from error
    return found


def standalone(host: str, port: int, folder: str) -> dict[str, bytes]:
    """`mosquitto.conf` and `acl` of a broker of its own that has the TLS listener alone; `folder` as the broker sees it."""
    lines = [*_GENERAL, "", *secure_listener(host, port, Path(folder))]
    return {"mosquitto.conf": _text(lines), "acl": acl().encode()}


def secure_listener(host: str, port: int, folder: Path) -> list[str]:
    """The lines of the mutual TLS listener, its files in `folder`. A `crlfile` finds its place here."""
    return [
        f"listener {port} {host}",
        "allow_anonymous false",
        f"cafile {folder}/ca.pem",
        f"certfile {folder}/broker.pem",
        f"keyfile {folder}/broker.key",
        "tls_version tlsv1.2",
        "require_certificate true",
        "use_identity_as_username true",
        f"acl_file {folder}/acl",
    ]


_GENERAL = [
    "# Written by First Bell; not for editing.",
    "per_listener_settings true",
    "persistence false",
    "log_dest stderr",
    "log_type error",
    "log_type warning",
    "log_type notice",
    "connection_messages true",
    f"max_packet_size {PACKET_BYTES}",
    # The client's own receive maximum bounds what is in flight; the bytes bound what waits for a collector that is slow.
    "max_inflight_messages 0",
    "max_queued_messages 0",
    f"max_queued_bytes {256 * 1024 * 1024}",
]


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()
