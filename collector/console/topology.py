"""What hangs off what, as a tree: devices under the device they depend on. Pure; a ring in the data is cut."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

DEPTH = 6

Row = Mapping[str, Any]


class Branch(NamedTuple):
    """A device and what hangs off it."""

    device: Row
    children: list["Branch"]


def tree(devices: Sequence[Row]) -> list[Branch]:
    """The trees of more than one device, each from its topmost; deeper than six levels is not drawn."""
    known = {device["id"] for device in devices}
    children: dict[int, list[Row]] = {}
    for device in devices:
        if device["parent_id"] in known and device["parent_id"] != device["id"]:
            children.setdefault(device["parent_id"], []).append(device)
    tops = [device for device in devices if device["parent_id"] not in known and device["id"] in children]
    return [_branch(top, children, DEPTH) for top in tops]


def _branch(device: Row, children: Mapping[int, Sequence[Row]], depth: int) -> Branch:
    below = children.get(device["id"], []) if depth > 1 else []
    return Branch(device, [_branch(child, children, depth - 1) for child in below])
