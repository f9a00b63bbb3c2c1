"""The options of one network; every one has a default that works. What needs a capability is off."""

from typing import Annotated

import msgspec
from msgspec import Meta


def _says(description: str) -> Meta:
    return Meta(extra_json_schema={"description": description})


class LanOptions(msgspec.Struct, frozen=True):
    """What `options = { … }` of a `[[device]]` may say."""

    listen: Annotated[
        bool, _says("Hear ARP and router advertisements and count broadcasts; needs the capability CAP_NET_RAW")
    ] = False
    dhcp: Annotated[
        bool, _says("Ask who offers addresses (a DISCOVER, whose offers are never taken); needs CAP_NET_RAW")
    ] = False
    dhcp_every: Annotated[float, Meta(ge=60, le=86400), _says("Seconds between two DHCP questions")] = 300.0
    dhcp_servers: Annotated[
        tuple[str, ...],
        _says("Addresses (IP or MAC) of the DHCP servers that belong here; none: those heard while learning"),
    ] = ()
    routers: Annotated[
        tuple[str, ...],
        _says("Addresses (IPv6 or MAC) of the routers that may advertise; none: those heard while learning"),
    ] = ()
    learn: Annotated[
        float, Meta(ge=0, le=604800), _says("Seconds after the agent's start in which nothing counts as new or rogue")
    ] = 3600.0
    dns: Annotated[bool, _says("Time the name servers (a question for the root's name servers)")] = True
    dns_server: Annotated[str | None, _says("Name server to time; none: this machine's own (resolv.conf)")] = None
