"""Why a connection failed: a reason for programs and a sentence for people."""

import errno
import ssl

from protocols.address import Place
from protocols.errors import DeviceError

REASONS = (
    "no name",
    "lookup",
    "no route",
    "exhausted",
    "unreachable",
    "refused",
    "reset",
    "timeout",
    "tls",
    "certificate",
    "nonsense",
    "too much",
    "redirect",
)
"""`no name`: the name does not exist; `lookup`: the resolver gives no answer; `no route`: this machine itself has no way there; `exhausted`: it has no file,
memory or thread left;
`unreachable`: the network says that the host cannot be reached; `nonsense`: what was answered is not the protocol."""

_UNREACHABLE = (errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_NO_ROUTE = (errno.ENETUNREACH, errno.EADDRNOTAVAIL)


class StreamError(DeviceError):
    """`reason` is one of `REASONS`; `detail`, with `certificate`, is what is wrong with it (`is self-signed`)."""

    def __init__(self, reason: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.detail = detail


def failed(error: OSError, place: Place) -> StreamError:
    """What an `OSError` of a socket means at `place`; port 0 stands for a protocol without ports."""
    there = str(place) if place.port else place.host
    if isinstance(error, ssl.SSLError):
        return StreamError("tls", f"{there}: TLS fails: {_tls(error)}")
    if isinstance(error, ConnectionRefusedError):
        return StreamError(
            "refused", f"{there}: refuses the connection: nothing listens at port {place.port}, or a firewall"
        )
    if isinstance(error, ConnectionError):
        return StreamError("reset", f"{there}: breaks the connection off")
    if isinstance(error, TimeoutError):
        return StreamError("timeout", f"{there}: does not answer")
    if error.errno in _NO_ROUTE:
        return StreamError("no route", f"{there}: this machine has no route there: see its own network and gateway")
    if error.errno in _EXHAUSTED:
        return StreamError("exhausted", f"{there}: this machine cannot ask: {error.strerror}: see what it runs")
    if error.errno in _UNREACHABLE:
        return StreamError("unreachable", f"{there}: cannot be reached: the host is off, or not in this network")
    return StreamError("reset", f"{there}: the connection fails: {error.strerror or type(error).__name__}")


def _tls(error: ssl.SSLError) -> str:
    code = getattr(error, "reason", None) or ""
    reason = code.replace("_", " ").lower()
    if code in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"):
        return f"no TLS is spoken at this port ({reason})"
    if code in ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "DH_KEY_TOO_SMALL", "EE_KEY_TOO_SMALL"):
        return f"its TLS is too old to be trusted ({reason})"
    return reason or "the handshake is broken off"
