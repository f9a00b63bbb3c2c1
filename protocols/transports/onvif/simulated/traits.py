"""Who the simulated device is, what an operation of it is, and how one refuses."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

Operation = Callable[[Element], str | Awaitable[str]]
"""The element asked (of event services: the envelope) → the markup of the answer's content. Raises `Refused`."""


@dataclass(frozen=True)
class Traits:
    """What the device says of itself; `user` and `password` are what it accepts ("" for the user: anybody)."""

    name: str = "Main Entrance"
    vendor: str = "First Bell"
    model: str = "Simulated device"
    serial: str = "FB00000001"
    firmware: str = "1.0"
    mac: str = "02:00:00:00:00:01"
    location: str = "Main Entrance"
    uuid: str = "0a1b2c3d-0000-4000-8000-020000000001"
    profiles: tuple[str, ...] = ("Streaming",)
    user: str = "viewer"
    password: str = "watch"  # noqa: S105  the simulation's own


class Refused(Exception):  # noqa: N818
    """An operation that answers with a SOAP fault: its subcodes ("ter:InvalidArgVal", "ter:NoProfile") and the reason."""

    def __init__(self, reason: str, *codes: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason, self.codes, self.status = reason, codes, status
