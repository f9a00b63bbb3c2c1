"""A device's points with what is suggested of them and what a person confirmed, as people are shown it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from collector.problems.fleet import Device, PointRow
from collector.problems.hvac.equipment import VALUE, candidate
from collector.problems.hvac.roles import BY_NAME, HIGH

METRICS = (VALUE,)
"""What may play a role."""


class Reviewed(NamedTuple):
    """A point: the role that is judged by now (None: none), what is suggested and how surely, and who confirmed."""

    point: int
    name: str
    role: str | None
    equipment: str
    suggested: str | None
    confidence: float
    confirmed_by: str | None

    @property
    def words(self) -> str:
        """The role that it is judged by, or that is suggested, in words."""
        role = BY_NAME.get(self.role or self.suggested or "")
        return role.words if role is not None else "no role"


def review(rows: Sequence[Mapping[str, Any]], device: str) -> list[Reviewed]:
    """Those of `store.roles.of_device` that have a suggestion or were spoken of, by equipment."""
    owner = Device(0, "", None, None, 0, "", 0, name=device)
    made = []
    for row in rows:
        point = PointRow(row["id"], 0, row["metric"], row["label"], None, row["unit"], row["name"])
        found = candidate(point, owner)
        said = row["confirmed_by"] is not None
        if found is None and not said:
            continue
        suggested, sure = (found.role, found.confidence) if found is not None else (None, 0.0)
        role = row["role"] if said else suggested if sure >= HIGH else None
        where = found.equipment if found is not None else ""
        made.append(
            Reviewed(row["id"], row["name"] or row["label"] or "", role, where, suggested, sure, row["confirmed_by"])
        )
    return sorted(made, key=lambda point: (point.equipment, point.point))
