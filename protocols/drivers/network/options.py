"""What can be chosen for a network device. Every default works."""

from typing import Annotated, Literal

from msgspec import Meta

from protocols.transports.snmp.options import TrapOptions


def _says(description: str) -> Meta:
    return Meta(extra_json_schema={"description": description})


class NetworkOptions(TrapOptions, frozen=True, forbid_unknown_fields=True):
    """Options of the network driver, beside SNMP's own."""

    interfaces: Annotated[
        Literal["physical", "all", "none"],
        _says("Interfaces that are read: physical ports and aggregates; all; none but those of more_interfaces"),
    ] = "physical"
    more_interfaces: Annotated[
        tuple[str, ...], _says("Further interfaces, by name or description (ifAlias); * allowed")
    ] = ()
    ignore_interfaces: Annotated[
        tuple[str, ...], _says("Interfaces that are not read, by name or description; * allowed")
    ] = ()
    uplinks: Annotated[
        tuple[str, ...],
        _says(
            "Ports that matter when they are down, by name or description; others are learnt from LLDP, CDP and MACs"
        ),
    ] = ("*uplink*", "*trunk*", "wan*", "*internet*")
    uplink_macs: Annotated[
        int, Meta(ge=2, le=100_000), _says("A port behind which so many devices were seen matters when it is down")
    ] = 12
    slow_every: Annotated[
        float,
        Meta(ge=30, le=86400),
        _says("Seconds between two readings of neighbours, MAC addresses, sensors, speed and duplex"),
    ] = 300.0
    inventory_every: Annotated[
        float,
        Meta(ge=60, le=604800),
        _says("Seconds between two readings of names, descriptions and identity; sooner after a restart or a change"),
    ] = 21600.0
    neighbours: Annotated[bool, _says("Read LLDP, CDP, MAC and ARP tables: they tell which device hangs off which")] = (
        True
    )
    most_macs: Annotated[
        int, Meta(ge=0, le=100_000), _says("Most rows read of a MAC or ARP table; 0: none of them")
    ] = 5000
    poe: Annotated[bool, _says("Read Power over Ethernet")] = True
    sensors: Annotated[int, Meta(ge=0, le=1000), _says("Most sensors that are read, temperatures first; 0: none")] = 64
    profiles: Annotated[
        tuple[str, ...], _says("Files of further vendor profiles; they win over the built-in ones")
    ] = ()
