"""What a check fetched, before anybody judges it. Seconds, and milliseconds since the epoch for dates."""

import msgspec


class Certificate(msgspec.Struct, frozen=True):
    """`problem`: why it is not trusted, to be read after "the certificate"; None where it is."""

    subject: str
    issuer: str
    begins: int
    ends: int
    problem: str | None = None
    version: str = ""


class Failure(msgspec.Struct, frozen=True, tag="failure"):
    """No answer. `reason` is one of `protocols.transports.stream.failure.REASONS`, or `offline`: this machine has no network."""

    reason: str
    message: str


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """A TCP connection was taken, and TLS spoken where `certificate` is."""

    phases: dict[str, float]
    certificate: Certificate | None = None


class Web(msgspec.Struct, frozen=True, tag="web"):
    """The page at the end of the redirects. `peer` is the address that answered; `cut`: the page goes on."""

    status: int
    reason: str
    url: str
    text: str
    phases: dict[str, float]
    peer: str = ""
    server: str = ""
    cut: bool = False
    certificate: Certificate | None = None
    speed: float | None = None
    """bit/s, where the speed was measured with this check."""


class Dns(msgspec.Struct, frozen=True, tag="dns"):
    """`code` is the RCODE's name (NOERROR, NXDOMAIN, SERVFAIL, …), `answers` the records of the type that was asked for."""

    code: str
    answers: tuple[str, ...]
    phases: dict[str, float]


class Train(msgspec.Struct, frozen=True, tag="train"):
    """Round trips in seconds in the order of sending; None: not answered."""

    round_trips: tuple[float | None, ...]


class Ntp(msgspec.Struct, frozen=True, tag="ntp"):
    """`offset`: the server's clock less this machine's; `delay`: the round trip; `leap` and `stratum` as RFC 5905 has them;
    `reference`: its source's name, or with stratum 0 the kiss code; `distance`: root distance in seconds."""

    offset: float
    delay: float
    leap: int
    stratum: int
    reference: str
    distance: float
    phases: dict[str, float]


class Mail(msgspec.Struct, frozen=True, tag="mail"):
    """`code` and `banner` of the greeting, or of the reply that refused EHLO."""

    code: int
    banner: str
    starttls: bool
    phases: dict[str, float]
    certificate: Certificate | None = None


Answer = Failure | Opened | Web | Dns | Train | Ntp | Mail
