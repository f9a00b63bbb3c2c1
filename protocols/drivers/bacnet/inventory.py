"""Which objects a device has, what they are called, and in which unit or with which states they speak."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from protocols.driver import PointInfo
from protocols.drivers.bacnet import points
from protocols.drivers.bacnet.client import Client, Unanswered
from protocols.drivers.bacnet.decode import MISSING, ObjectId, ReadError, Ref, as_list, objects, text
from protocols.drivers.bacnet.messages import ANYBODY, Answers
from protocols.drivers.bacnet.options import Options
from protocols.drivers.bacnet.units import ucum
from protocols.errors import DeviceError
from protocols.wire.batch import Scalar

MOST_LISTED = 20_000
"""Longest object list that is read at all."""


class Item(NamedTuple):
    """One object that is polled."""

    id: ObjectId
    label: str
    name: str | None
    unit: str | None
    states: Mapping[int, str] | None

    def points(self) -> list[PointInfo]:
        """What the device says of the object's points: states for its value, its name for each."""
        measures = points.measures(self.id)
        if self.name is None:
            return [PointInfo(metric, self.label, None, self.states) for metric in measures if self.states]
        named = [*points.NAMED, *(["bacnet.override.priority"] if self.id[0] in points.COMMANDABLE else [])]
        return [
            *(PointInfo(metric, self.label, self.name, self.states) for metric in measures),
            *(PointInfo("bacnet.status", f"{self.label}.{flag}", f"{self.name}: {flag}") for flag in points.FLAGS),
            *(PointInfo(metric, self.label, self.name) for metric in named),
        ]


@dataclass
class Inventory:
    """A device as it described itself; `plain` are the objects found to have no priority-array, `logs` its trend logs."""

    device: ObjectId
    attributes: dict[str, Scalar]
    items: list[Item]
    plain: set[ObjectId] = field(default_factory=set)
    logs: list[ObjectId] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """A controller that has doors and nothing else is a door, not a part of the heating."""
        return "door" if self.items and all(item.id[0] in points.DOORS for item in self.items) else "hvac"


async def identify(client: Client, instance: int | None) -> ObjectId:
    """The device object that answers. Raises `DeviceError` when none does, or another than `instance`."""
    asked = ANYBODY if instance is None else (8, instance)
    said = objects(await client.read_one(Ref(asked, 75)))
    device = said[0] if said else await client.who()
    if device is None:
        raise DeviceError(
            f"bacnet {client.address}: it does not say which device it is; set the option instance to its number"
        )
    if device[0] != 8 or instance not in (None, device[1]):
        raise DeviceError(
            f"bacnet {client.address}: device {device[1]} answers there, not {instance}; correct the address or the option instance",
            permanent=True,
        )
    return device


async def read_inventory(
    client: Client, device: ObjectId, options: Options, names: Mapping[ObjectId, str]
) -> Inventory:
    """Read what the device and its objects are; `names` (of an EDE file) go before the device's own."""
    own = await client.read(Ref(device, number) for number in (*points.ATTRIBUTES, points.MAX_APDU))
    size = own[Ref(device, points.MAX_APDU)]
    if isinstance(size, int):
        client.limits.allow(size)
    everything = await _object_list(client, device)
    listed = [item for item in everything if item[0] in points.TYPES]
    called = await client.read(Ref(item, points.OBJECT_NAME) for item in listed if item not in names)
    known = {ref.object: text(answer) for ref, answer in called.items()} | dict(names)
    wanted = [item for item in listed if _is_wanted(points.label(item), known.get(item), options)]
    kept = wanted[: options.max_objects]
    details = await client.read(Ref(item, number) for item in kept for number in _details(item))
    attributes: dict[str, Scalar] = {
        key: said for number, key in points.ATTRIBUTES.items() if (said := text(own[Ref(device, number)]))
    }
    attributes |= {"instance": device[1], "objects": len(kept), "objects.left.out": len(wanted) - len(kept)}
    items = [
        Item(item, points.label(item), known.get(item), _unit(item, details), _states(item, details)) for item in kept
    ]
    logs = [item for item in everything if item[0] == points.TREND_LOG][: options.max_objects]
    return Inventory(device, attributes, items, logs=logs)


async def _object_list(client: Client, device: ObjectId) -> list[ObjectId]:
    """The object list at once; by index when it does not fit into one answer, which some devices say by silence."""
    try:
        whole = await client.read_one(Ref(device, points.OBJECT_LIST))
    except Unanswered:
        whole = MISSING
    if not isinstance(whole, ReadError):
        return objects(whole)
    count = await client.read_one(Ref(device, points.OBJECT_LIST, 0))
    if not isinstance(count, int):
        raise DeviceError(f"bacnet {client.address}: it does not list its objects")
    refs = [Ref(device, points.OBJECT_LIST, index) for index in range(1, min(count, MOST_LISTED) + 1)]
    answers = await client.read(refs)
    return [item for ref in refs for item in objects(answers[ref])]


def _is_wanted(label: str, name: str | None, options: Options) -> bool:
    called = [label] if name is None else [label, name]
    return any(fnmatchcase(each, pattern) for each in called for pattern in options.include) and not any(
        fnmatchcase(each, pattern) for each in called for pattern in options.exclude
    )


def _details(item: ObjectId) -> tuple[int, ...]:
    if item[0] in points.WITH_UNITS:
        return (points.UNITS,)
    if item[0] in points.BINARY:
        return (points.INACTIVE_TEXT, points.ACTIVE_TEXT)
    if item[0] in points.MULTI_STATE:
        return (points.STATE_TEXT,)
    return (points.OUTPUT_UNITS,) if item[0] == 12 else ()


def _unit(item: ObjectId, details: Answers) -> str | None:
    said = details.get(Ref(item, points.UNITS), details.get(Ref(item, points.OUTPUT_UNITS)))
    return ucum(said) if isinstance(said, int) else None


def _states(item: ObjectId, details: Answers) -> Mapping[int, str] | None:
    if item[0] in points.BINARY:
        inactive = text(details[Ref(item, points.INACTIVE_TEXT)])
        active = text(details[Ref(item, points.ACTIVE_TEXT)])
        return {0: inactive or "inactive", 1: active or "active"}
    if item[0] in points.MULTI_STATE:
        texts = [text(each) for each in as_list(details[Ref(item, points.STATE_TEXT)])]
        return {place: said for place, said in enumerate(texts, 1) if said} or None
    return None
