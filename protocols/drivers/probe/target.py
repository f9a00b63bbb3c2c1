"""An address as people write it → what is checked, and how."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from protocols.address import Place, read_place
from protocols.drivers.probe.options import ProbeOptions
from protocols.errors import OptionError
from protocols.options import nearest
from protocols.transports.http.url import read_url

PORTS = {"icmp": 1, "tcp": 0, "tls": 443, "dns": 53, "ntp": 123, "smtp": 25, "http": 80, "https": 443}
"""Scheme → port where none is written; 0: one must be. icmp has none."""
INTERVALS = {"icmp": 30.0, "dns": 30.0, "ntp": 120.0, "smtp": 120.0, "tls": 120.0}
"""Scheme → seconds between two checks; an hour's rules need to see two failures within their `for`."""
USUAL_INTERVAL = 60.0
TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")
DEFAULT_NAME = "example.com"
"""Reserved by RFC 2606 and served by IANA: it exists as long as names do."""
LONGEST_TRAIN = 20.0
"""Seconds; an agent gives a check that is made every 30 s no more than those."""
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
"""A token (RFC 9110, 5.6.2)."""
_ONLY = {"must_be_blocked": ("http", "https", "dns", "tcp"), "answers": ("dns",), "contains": ("http", "https"),
         "lacks": ("http", "https"), "speed_url": ("http", "https"), "user": ("http", "https")}  # fmt: skip


class Aim(NamedTuple):
    """`url` for http and https; `name` and `type` what a DNS server is asked."""

    scheme: str
    place: Place
    url: str = ""
    name: str = ""
    type: str = ""


def read_aim(address: str, where: str) -> Aim:
    """What `address` names. Raises `OptionError` that says how to write it."""
    scheme, mark, rest = address.strip().partition("://")
    if not mark:
        return Aim("icmp", _place(address, "icmp", where))
    scheme = scheme.lower()
    if scheme not in PORTS:
        raise OptionError(
            f"{where}: address = {address[:80]!r}: {scheme[:20]!r} is not checked{nearest(scheme, list(PORTS))}"
        )
    if scheme in ("http", "https"):
        url = read_url(address, f"{where}: address")
        return Aim(scheme, url.place, str(url))
    if scheme == "dns":
        return _dns(address, where)
    return Aim(scheme, _place(rest.rstrip("/"), scheme, where))


def interval_of(address: str) -> float:
    """Seconds between two checks of `address`."""
    scheme, mark, _ = address.partition("://")
    return INTERVALS.get(scheme.lower() if mark else "icmp", USUAL_INTERVAL)


def check_options(aim: Aim, options: ProbeOptions, where: str) -> None:
    """Raises `OptionError` for an option that does nothing for this scheme, or whose value makes no sense."""
    for name, schemes in _ONLY.items():
        if getattr(options, name) and aim.scheme not in schemes:
            raise OptionError(f"{where}: {name} is for {', '.join(schemes)}; {aim.scheme}:// has no use for it")
    if bool(options.user) != (options.password_file is not None):
        raise OptionError(f"{where}: user and password_file go together; give both or neither")
    if options.method == "HEAD" and (options.contains or options.lacks):
        raise OptionError(f"{where}: method = 'HEAD' brings no page: use GET with contains and lacks")
    _check_headers(options.headers, where)
    if not _is_host(options.server_name):
        raise OptionError(f"{where}: server_name = {options.server_name[:60]!r} is no host's name")
    if (options.count - 1) * options.spacing > LONGEST_TRAIN:
        raise OptionError(
            f"{where}: {options.count} packets {options.spacing:g} s apart take longer than {LONGEST_TRAIN:g} s: lower count or spacing"
        )
    statuses(options.status, where)
    hours(options.speed_hours, where)
    if options.speed_url:
        read_url(options.speed_url, f"{where}: speed_url")


def _check_headers(headers: Mapping[str, str], where: str) -> None:
    for name, said in headers.items():
        if not _HEADER.fullmatch(name) or not (said.isascii() and said.isprintable()):
            raise OptionError(
                f"{where}: headers: {name[:40]!r} = {said[:40]!r}: a name has letters, digits and hyphens; a value printable ASCII"
            )


def statuses(text: str, where: str) -> tuple[range, ...]:
    """`200-399, 401` as ranges. Raises `OptionError`."""
    found = tuple(_range(each, 100, 999) for each in text.split(",") if each.strip())
    if not found or None in found:
        raise OptionError(f"{where}: status = {text[:60]!r}: write numbers and ranges, for example 200-399, 401")
    return tuple(each for each in found if each is not None)


def hours(text: str, where: str) -> tuple[int, ...]:
    """`1-4` or `22-3` as hours of a day. Raises `OptionError`."""
    first, dash, last = text.partition("-")
    ends = [int(each) for each in (first, last if dash else first) if each.strip().isascii() and each.strip().isdigit()]
    if len(ends) != 2 or max(ends) > 23:
        raise OptionError(f"{where}: speed_hours = {text[:60]!r}: write two hours from 0 to 23, for example 1-4")
    return tuple((ends[0] + each) % 24 for each in range((ends[1] - ends[0]) % 24 + 1))


def _place(text: str, scheme: str, where: str) -> Place:
    try:
        place = read_place(text, PORTS[scheme] or 1, where)
    except OptionError as error:
        if scheme != "icmp":
            raise
        raise OptionError(
            f"{where}: address = {text[:80]!r}: write a host, for example 10.1.2.3, or how to check it: https://…, dns://…, tcp://…"
        ) from error
    written = "]:" in text or text.count(":") == 1
    if not PORTS[scheme] and not written:
        raise OptionError(
            f"{where}: address = {scheme}://{text[:80]}: name the port, for example {scheme}://{text[:80]}:443"
        )
    if scheme == "icmp" and written:
        raise OptionError(
            f"{where}: address = {text[:80]!r}: icmp has no ports; write tcp://{text[:80]} to check a port"
        )
    return place if scheme != "icmp" else Place(place.host, 0)


def _dns(address: str, where: str) -> Aim:
    try:
        parts = urlsplit(address.strip())
        wanted = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), max_num_fields=4)
    except ValueError as error:
        raise OptionError(f"{where}: address = {address[:80]!r}: {error}; write dns://server/name?type=A") from error
    kind = wanted.pop("type", ["A"])[0].upper()
    if wanted or kind not in TYPES:
        raise OptionError(
            f"{where}: address = {address[:80]!r}: write dns://server/name?type=A; types: {', '.join(TYPES)}"
        )
    name = unquote(parts.path).strip("/") or DEFAULT_NAME
    if not name.isprintable() or " " in name or not _is_name(name):
        raise OptionError(f"{where}: address = {address[:80]!r}: {name[:80]!r} is not a name that DNS can hold")
    return Aim("dns", _place(parts.netloc, "dns", where), "", name, kind)


def _is_host(name: str) -> bool:
    """Whether TLS can ask for it; "" asks for the address's own."""
    try:
        return name.isprintable() and len(name.encode("idna")) <= 253
    except UnicodeError:
        return False


def _is_name(name: str) -> bool:
    """Whether DNS can hold it, in whatever script."""
    from dns.exception import DNSException  # a `dns://` loads it anyway; nobody else is to
    from dns.name import from_text

    try:
        from_text(name)
    except (DNSException, UnicodeError):
        return False
    return True


def _range(text: str, low: int, high: int) -> range | None:
    first, dash, last = (each.strip() for each in text.partition("-"))
    ends = [first, last if dash else first]
    if not all(each.isascii() and each.isdigit() for each in ends) or not low <= int(ends[0]) <= int(ends[1]) <= high:
        return None
    return range(int(ends[0]), int(ends[1]) + 1)
