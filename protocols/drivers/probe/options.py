"""What can be chosen for a probe. Every default works."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


def _says(description: str) -> Meta:
    return Meta(extra_json_schema={"description": description})


class ProbeOptions(msgspec.Struct, frozen=True):
    """Options of the probe driver."""

    timeout: Annotated[float, Meta(ge=0.1, le=30), _says("Seconds within which the whole check must be answered")] = (
        10.0
    )
    must_be_blocked: Annotated[
        bool, _says("http, dns, tcp: the content filter or firewall must block it; reaching it is the problem")
    ] = False
    status: Annotated[str, _says("http: the statuses that are right: numbers and ranges")] = "200-399, 401"
    contains: Annotated[tuple[str, ...], _says("http: texts that the page must hold, whatever their case")] = ()
    lacks: Annotated[tuple[str, ...], _says("http: texts that the page must not hold")] = ()
    method: Annotated[Literal["GET", "HEAD"], _says("http: how to ask; HEAD brings no page to look into")] = "GET"
    headers: Annotated[dict[str, str], _says("http: further headers to send; no secrets, they are shown")] = {}
    follow: Annotated[int, Meta(ge=0, le=5), _says("http: how many redirects to follow")] = 5
    most_bytes: Annotated[int, Meta(ge=1000, le=10_000_000), _says("http: how much of a page is read")] = 500_000
    user: Annotated[str, _says("http: user to sign in as, where the server asks (Basic, Digest)")] = ""
    password_file: Annotated[str | None, _says("http: file with that user's password")] = None
    verify: Annotated[
        bool, _says("https, tls, smtp: a certificate that is not trusted is a wrong answer; false: it is only told")
    ] = True
    ca_file: Annotated[str, _says("https, tls, smtp: PEM file of the authorities to trust; empty: the system's")] = ""
    server_name: Annotated[str, _says("https, tls, smtp: name to ask for and expect; empty: the address's own")] = ""
    answers: Annotated[tuple[str, ...], _says("dns: what must be among the answers; * allowed")] = ()
    count: Annotated[int, Meta(ge=1, le=100), _says("icmp: packets a check")] = 10
    spacing: Annotated[float, Meta(ge=0.01, le=5), _says("icmp: seconds between two packets")] = 0.2
    speed_url: Annotated[
        str,
        _says(
            "http: file to load once a night to measure the download speed, such as one of the provider's; empty: never"
        ),
    ] = ""
    speed_hours: Annotated[str, _says("http: hours, by this machine's clock, in which the speed is measured")] = "1-4"
    speed_bytes: Annotated[
        int, Meta(ge=100_000, le=100_000_000), _says("http: how much of that file is loaded at most")
    ] = 10_000_000
