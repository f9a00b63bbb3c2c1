"""What one source said of a printer, as data: the same shape whether SNMP or IPP told it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from protocols.wire.batch import Scalar

OK, SOME, LOW, EMPTY, FULL, UNKNOWN = 0, 1, 2, 3, 4, 255
"""`printer.supply.state`; the first four and the last are `printer.tray.state`, too."""
MISSING = 4
"""`printer.tray.state`: the tray is not in the printer."""
IDLE, PRINTING, WARMING, STOPPED, ASLEEP, OTHER = 0, 1, 2, 3, 4, 5
"""`printer.status`, beside `UNKNOWN`."""


class Supply(NamedTuple):
    """A supply or waste container. `percent` is what is left, of a container (`filled`) the room left; None: no figure.

    `kind` is RFC 3805's name of its type ("toner", "wasteToner", …), `colour` its colorant, "" where there is none.
    """

    number: int
    description: str
    kind: str
    colour: str
    filled: bool
    percent: float | None
    state: int


class Tray(NamedTuple):
    """An input tray. `manual`: paper is fed by hand, so that empty is how it usually is."""

    number: int
    name: str
    manual: bool
    percent: float | None
    state: int


class Alert(NamedTuple):
    """A condition in the printer's alert table. `key` tells it apart from the others that are there; `age` seconds or None.

    `group` and `code` are RFC 3805's names; `text` is the printer's own words, "" where they might name a person or a job.
    """

    key: str
    severity: str
    group: str
    group_index: int
    code: str
    text: str
    age: float | None


@dataclass(slots=True)
class Seen:
    """One source's account. None, or an empty collection: it did not say. `conditions` are labels of `printer.error`."""

    status: int = UNKNOWN
    conditions: frozenset[str] | None = None
    supplies: list[Supply] = field(default_factory=list)
    trays: list[Tray] = field(default_factory=list)
    pages: int | None = None
    impressions: Mapping[str, int] = field(default_factory=dict)
    queued: int | None = None
    alerts: list[Alert] | None = None
    attributes: dict[str, Scalar] = field(default_factory=dict)
