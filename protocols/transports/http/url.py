"""An http or https address → where to connect and what to ask for."""

import re
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from protocols.address import Place
from protocols.errors import OptionError

PORTS = {"http": 80, "https": 443}
_KEPT = "%/:?#[]@!$&'()*+,;=-._~"
"""Signs that stay as they are in a path and query (RFC 3986); all else is percent-encoded."""

_SECRET = re.compile(r"//.*@", re.DOTALL)
"""A user and password that somebody wrote into an address: no message repeats them."""


class Url(NamedTuple):
    """`target` is path and query as sent; `place` where to connect."""

    scheme: str
    place: Place
    target: str

    @property
    def host(self) -> str:
        """The Host header: the port only where it is not the scheme's own, and no zone (RFC 6874)."""
        shown = str(Place(self.place.host.partition("%")[0], self.place.port))
        return shown.rpartition(":")[0] if self.place.port == PORTS[self.scheme] else shown

    @property
    def origin(self) -> tuple[str, Place]:
        """Scheme, host and port: what a credential belongs to."""
        return self.scheme, self.place

    def __str__(self) -> str:
        """With the zone of a link-local address, which Host leaves out."""
        zone = self.place.host.partition("%")[2]
        host = self.host.replace("]", f"%25{zone}]") if zone else self.host
        return f"{self.scheme}://{host}{self.target}"


def read_url(text: str, where: str) -> Url:
    """Raises `OptionError` that says what is wrong, with `where` for its beginning."""
    shown = repr(_SECRET.sub("//…@", text)[:120])
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        raise OptionError(f"{where}: {shown}: an address holds no control characters")
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise OptionError(f"{where}: {shown}: not an address: its host or port is none") from error
    if parts.scheme not in PORTS or not host:
        raise OptionError(f"{where}: {shown}: write http://host/path or https://host/path")
    if parts.username is not None or parts.password is not None:
        raise OptionError(f"{where}: a user and password do not belong into an address: set user and password_file")
    if port == 0:
        raise OptionError(f"{where}: {shown}: the port is a number from 1 to 65535")
    target = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return Url(parts.scheme, Place(_ascii(host.replace("%25", "%"), where), port or PORTS[parts.scheme]), target)


def follow(url: Url, location: str) -> Url:
    """Where a redirect from `url` leads. Raises `OptionError` when it is no http or https address."""
    return read_url(urljoin(str(url), location), "redirect")


def _ascii(host: str, where: str) -> str:
    if host.isascii():
        if any(sign in host for sign in ' /@?#\\"<>'):
            raise OptionError(f"{where}: {host[:80]!r}: not a host name")
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise OptionError(f"{where}: {host[:80]!r}: not a host name") from error
