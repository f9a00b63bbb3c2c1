"""What can be chosen for a host. Every default works."""

from typing import Annotated

import msgspec
from msgspec import Meta


def _says(description: str) -> Meta:
    return Meta(extra_json_schema={"description": description})


class HostOptions(msgspec.Struct, frozen=True):
    """Options of the host driver."""

    processes: Annotated[
        tuple[str, ...], _says("Programs that must run: names or, with a space or slash, command lines; * allowed")
    ] = ()
    ignore_mounts: Annotated[tuple[str, ...], _says("Mount points that are not watched; * allowed")] = (
        "/boot/efi",
        "/snap/*",
        "/var/lib/docker/*",
    )
    ignore_interfaces: Annotated[tuple[str, ...], _says("Network interfaces that are not watched; * allowed")] = ()
    updates: Annotated[bool, _says("Count pending package updates (Debian, Ubuntu, Raspberry Pi OS)")] = True
    updates_every: Annotated[float, Meta(ge=60, le=604800), _says("Seconds between two counts of updates")] = 21600.0
    smart: Annotated[bool, _says("Ask the drives by smartctl where it is installed")] = True
    smart_every: Annotated[float, Meta(ge=60, le=604800), _says("Seconds between two SMART readings")] = 3600.0
