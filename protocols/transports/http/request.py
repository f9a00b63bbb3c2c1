"""What is asked, and how long and how much its answer may be."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocols.transports.http.digest import Credential
from protocols.transports.stream import Tls

VERIFIED = Tls()


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` for all of it, redirects and sign-in included; `bytes` of body, inflated.

    A longer body is a `StreamError`, or with `cut` its first `bytes`, and `Response.cut` says so. With `keep` False the body
    is counted (`Response.size`) and thrown away.
    """

    seconds: float = 10.0
    bytes: int = 1_000_000
    cut: bool = False
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """`url` is http or https. `credential` is sent only when the server asks for it, and only to the host of `url`.

    `follow` is how many redirects are followed (0: none, at most 5), of GET and HEAD alone, with a credential or `headers` never
    from https to http; to another host go neither.
    """

    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    credential: Credential | None = None
    tls: Tls = VERIFIED
    limits: Limits = Limits()
    follow: int = 0
