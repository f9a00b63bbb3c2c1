"""Which addresses a channel may lead to: none inside, unless an administrator named them (`private_hosts`). Pure.

A URL is what somebody typed: without this it could make the collector ask the district's own machines, or a cloud's metadata
service, and show the answer (server-side request forgery, https://cwe.mitre.org/data/definitions/918.html).
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

Address = IPv4Address | IPv6Address
_METADATA = frozenset(
    {ip_address("168.63.129.16"), ip_address("192.0.0.192"), ip_address("169.254.169.254"), ip_address("fd00:ec2::254")}
)
"""Azure's, Oracle's, and those of nearly all other clouds: never, whatever is allowed but by its own address."""
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))


class Allowed(NamedTuple):
    """Hosts by name and networks that channels may reach though they are inside."""

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()


def allowed_of(text: str) -> Allowed:
    """From `relay.example.org, 10.2.0.0/24, 127.0.0.1`. Raises `ValueError` naming the part that is neither."""
    names, networks = set(), []
    for part in filter(None, (word.strip().lower().rstrip(".") for word in text.split(","))):
        try:
            networks.append(ip_network(part))
        except ValueError:
            if "/" in part or ":" in part or part.replace(".", "").isdigit() or not part.isprintable() or " " in part:
                raise ValueError(f"{part!r} is no host name, address or network (as 10.2.0.0/24)") from None
            names.add(part)
    return Allowed(frozenset(names), tuple(networks))


def refusal(address: str, host: str, allowed: Allowed, *, mail: bool = False) -> str | None:
    """Why `address`, which `host` led to, may not be connected to; None when it may.

    `mail`: an SMTP relay may be inside, since a school's often is; a link-local or metadata address is none.
    """
    try:
        literal = ip_address(address.partition("%")[0])
    except ValueError:
        return f"{host} leads to no address"
    inner = embedded(literal)
    for one in {literal, inner}:
        if any(one in network for network in allowed.networks):
            return None
    if inner in _METADATA:
        return f"{host} leads to {address}, a cloud's metadata service"
    if host.lower().rstrip(".") in allowed.names:
        return None
    if inner.is_global and not inner.is_multicast:
        return None
    if mail and (inner.is_private or inner.is_loopback) and not inner.is_link_local and not inner.is_unspecified:
        return (
            None if (not inner.is_multicast and not inner.is_reserved) or inner.is_loopback else _inside(host, address)
        )
    return _inside(host, address)


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, compatible, 6to4, Teredo, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    found = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    number = int(address)
    if found is None and (any(address in network for network in _NAT64) or 1 < number < 2**32):
        found = IPv4Address(number & 0xFFFFFFFF)
    return found or address


def _inside(host: str, address: str) -> str:
    return (
        f"{host} leads to {address}, which is inside: if it is meant, name it in the setting private_hosts"
        f' (--private-hosts {host}, FIRSTBELL_PRIVATE_HOSTS={host}, or private_hosts = "{host}" in collector.toml)'
        " and start the collector again"
    )
