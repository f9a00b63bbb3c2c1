"""`host`, `host:port`, `[v6]:port` → host and port, with an error that says how to write it."""

from typing import NamedTuple

from protocols.errors import OptionError


class Place(NamedTuple):
    """Where something answers. `host` is a name or an address without brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_place(text: str, port: int, where: str) -> Place:
    """The place that `text` names; `port` where it names none. `where` is for the message. Raises `OptionError`."""
    host, own = _split(text.strip())
    if not host or any(sign in host for sign in " /@?#[]\x00"):
        raise OptionError(f"{where}: address = {text[:80]!r}: write a host or host:port, for example 10.1.2.3:{port}")
    if own is None:
        return Place(host, port)
    if not (own.isascii() and own.isdigit() and 0 < int(own) < 65536):
        raise OptionError(f"{where}: address = {text[:80]!r}: the port is a number from 1 to 65535")
    return Place(host, int(own))


def _split(text: str) -> tuple[str, str | None]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            return "", None
        return host, rest[1:] if rest else None
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, port
    return text, None
