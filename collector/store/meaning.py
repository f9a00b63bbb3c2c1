"""What a device's facts mean for the tables: which become columns, which attributes, which a point's name or states. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from protocols.wire.batch import Fact, Scalar
from protocols.wire.limits import STRING_BYTES

COLUMNS = ("name", "address", "room", "parent")
"""Facts with a column of their own; every other is an attribute."""
UPLINKS = "uplinks"
"""All that a device hangs off, where it is more than its parent: a line each, key and port with a tab between."""
_POINT_NAME, _POINT_STATES = "point.name/", "point.states/"
T = TypeVar("T", str, dict[str, Scalar])


class Meaning(NamedTuple):
    """One device's facts of one time (ms): values for columns (None: not said), and attributes (None: gone)."""

    device_id: int
    time: int
    columns: dict[str, str | None]
    attributes: dict[str, Scalar]

    @property
    def said(self) -> dict[str, Scalar]:
        """Everything that has a history: the attributes and the columns that were named."""
        return {**self.attributes, **{name: value for name, value in self.columns.items() if value is not None}}


class PointFact(NamedTuple):
    """What a device says of one of its points: a display name, texts for its values, or both."""

    device_id: int
    metric: str
    label: str | None
    name: str | None
    states: dict[str, str] | None


def clean(text: T) -> T:
    """Text as the database takes it: without NUL, at most 512 characters. Of a map: its keys and values."""
    if isinstance(text, dict):
        return {clean(key): clean(value) if isinstance(value, str) else value for key, value in text.items()}
    return text.replace("\x00", "")[:STRING_BYTES]


def meanings(device_ids: Sequence[int], facts: Iterable[Fact]) -> tuple[list[Meaning], list[PointFact]]:
    """The facts sorted out: of devices, oldest first, and of points, the newest of each. The agent's own are left out."""
    devices: list[Meaning] = []
    points: dict[tuple[int, str, str | None], PointFact] = {}
    for fact in sorted(facts, key=lambda fact: (device_ids[fact.device], fact.time)):
        device_id = device_ids[fact.device]
        if not device_id:
            continue
        said = clean(fact.attributes)
        for key in [key for key in said if key.startswith((_POINT_NAME, _POINT_STATES))]:
            _add_point(points, device_id, key, said.pop(key))
        if said:
            columns = {name: _text(said.pop(name, None)) for name in COLUMNS}
            devices.append(Meaning(device_id, fact.time, columns, said))
    order = sorted(points, key=lambda name: (name[0], name[1], name[2] or ""))
    return devices, [points[name] for name in order]


def states_of(text: str) -> dict[str, str] | None:
    """The texts of a point's values from lines like `0=off`; None when no line is one."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    states = {value.strip(): words.strip() for value, words in pairs if value.strip().lstrip("-").isdigit()}
    return states or None


def uplinks(meaning: Meaning) -> list[tuple[str, str]]:
    """Keys and ports of what the device hangs off: its parent first."""
    parent, port = meaning.columns["parent"], meaning.attributes.get("parent.port")
    found = {} if parent is None else {parent: str(port or "")}
    for line in str(meaning.attributes.get(UPLINKS) or "").splitlines():
        key, _, where = line.partition("\t")
        if key:
            found.setdefault(key, where)
    return list(found.items())


def _text(value: Scalar) -> str | None:
    return None if value is None or value == "" else str(value)


def _add_point(points: dict[tuple[int, str, str | None], PointFact], device_id: int, key: str, value: Scalar) -> None:
    kind, _, rest = key.partition("/")
    metric, slash, label = rest.partition("/")
    text = _text(value)
    if not metric or text is None:
        return
    name = (device_id, metric, label if slash else None)
    known = points.get(name, PointFact(*name, None, None))
    if kind + "/" == _POINT_NAME:
        points[name] = known._replace(name=text)
    else:
        points[name] = known._replace(states=states_of(text) or known.states)
