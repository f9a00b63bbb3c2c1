"""What is known of each device and point, and what of it has to be told: at start, when changed, every six hours. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocols.driver import PointInfo
from protocols.wire import limits
from protocols.wire.batch import Scalar

REPEAT_S = 6 * 3600.0


@dataclass(slots=True)
class FactBook:
    """The facts of all devices as last told. Times are monotonic seconds."""

    _told: dict[str, dict[str, Scalar]] = field(default_factory=dict)
    _whole: dict[str, float] = field(default_factory=dict)

    def news(self, key: str, facts: Mapping[str, Scalar], now: float) -> dict[str, Scalar]:
        """Of the device's current `facts` those that must be told now: all every six hours, else the changed ones."""
        told = self._told.setdefault(key, {})
        if now - self._whole.get(key, float("-inf")) >= REPEAT_S:
            self._whole[key] = now
            told.update(facts)
            return dict(told)
        changed = {name: value for name, value in facts.items() if name not in told or told[name] != value}
        told.update(changed)
        return changed

    def forget(self) -> None:
        """Tell everything again: the collector's database was replaced, or what was told is lost."""
        self._whole.clear()


def point_facts(points: list[PointInfo]) -> dict[str, Scalar]:
    """What a device says of its points, as attributes: `point.name/<metric>/<label>` and `point.states/<metric>/<label>`.

    A point whose attribute name would be longer than the wire's strings is left out: cut short it would name another.
    """
    facts: dict[str, Scalar] = {}
    for point in points:
        tail = point.metric if point.label is None else f"{point.metric}/{point.label}"
        if len(tail.encode("utf-8", "replace")) > limits.STRING_BYTES - len("point.states/"):
            continue
        if point.name is not None:
            facts[f"point.name/{tail}"] = point.name
        if point.states:
            facts[f"point.states/{tail}"] = "\n".join(f"{value}={text}" for value, text in sorted(point.states.items()))
    return facts
