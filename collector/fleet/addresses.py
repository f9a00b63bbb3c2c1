"""Where agents reach this collector: the URL in the line that is pasted, and the broker they are told."""

import socket
from typing import NamedTuple

from collector.settings import Settings, split_address
from protocols.errors import StartError

_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 (recognised, not listened on)


class Reach(NamedTuple):
    """`url` without a slash at its end; `loopback`: no other machine can use it."""

    url: str
    loopback: bool


def reach(settings: Settings) -> Reach:
    """The URL agents are given: `public_url`, else the address listened on, a wildcard replaced by this machine's own."""
    if settings.public_url:
        return Reach(settings.public_url, loopback=False)
    host, port = split_address(settings.http)
    if host in _WILDCARDS:
        host = outward_address()
    return Reach(f"http://{join(host, port)}", is_loopback(host))


def agent_broker(settings: Settings, asked_host: str | None = None) -> str:
    """HOST:PORT of the TLS listener; a wildcard becomes the host by which the agent reached us. Raises `StartError`."""
    listener = settings.agent_broker or (settings.broker if settings.broker_ca else None)
    if listener is None:
        raise StartError(
            "the broker listens on this machine alone, so no other can enrol: start with"
            " `firstbell up --http 0.0.0.0:8470 --mqtt 0.0.0.0:8883` (Mosquitto installed), or set agent_broker",
            permanent=True,
        )
    host, port = split_address(listener)
    if host in _WILDCARDS:
        host = asked_host or outward_address()
    return join(host, port)


def outward_address() -> str:
    """The address of this machine on its way to others; loopback when it has no other. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    return host in ("localhost", "::1") or host.startswith("127.")


def join(host: str, port: int) -> str:
    """HOST:PORT, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
