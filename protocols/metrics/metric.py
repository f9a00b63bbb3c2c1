"""What the catalogue says of a metric."""

from typing import NamedTuple


class Metric(NamedTuple):
    """One metric. `label` says what tells its points apart (None: one per device)."""

    name: str
    unit: str
    kind: str
    label: str | None
    meaning: str
    states: dict[int, str] | None = None


FLAG = {0: "no", 1: "yes"}
