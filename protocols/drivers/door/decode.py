"""What an ONVIF controller says of doors and access points, as doors, readers and samples. Pure.

States and elements are those of ONVIF Door Control 19.12 (5.2) and Access Control 19.12 (5.2). A word that is not known here, a
fault of a monitor, and what the standard calls Unknown are `unknown`: never closed, locked or normal.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree.ElementTree import Element

from protocols.driver import Sample
from protocols.transports.soap.xml import find, find_all, text

MOST = 512
"""Doors, and access points, that are read of one controller."""

MOST_LABELS = 4 * MOST
"""Labels that are kept, those of doors that are gone among them: their names are not given to others."""


@dataclass(frozen=True, eq=False)
class States:
    """A metric, what each word means in it, and its `unknown`. Each is one of a kind."""

    metric: str
    words: Mapping[str, int]
    unknown: int = 2

    def value(self, word: str) -> float:
        """The state that a word is."""
        return float(self.words.get(word, self.unknown))


POSITION = States("door.position", {"Closed": 0, "Open": 1})
LOCK = States("door.lock", {"Locked": 0, "Unlocked": 1})
ALARM = States("door.alarm", {"Normal": 0, "DoorForcedOpen": 1, "DoorOpenTooLong": 2}, 255)
TAMPER = States("door.tamper", {"NotInTamper": 0, "TamperDetected": 1})
FAULT = States("door.fault", {"NotInFault": 0, "FaultDetected": 1})
MODE = States(
    "door.mode",
    {"Locked": 0, "Unlocked": 1, "Accessed": 2, "Blocked": 3, "LockedDown": 4, "LockedOpen": 5, "DoubleLocked": 6},
    255,
)
ENABLED = States("door.reader", {"true": 0, "1": 0, "false": 1, "0": 1}, 255)
FAILING = States("", {"false": 0, "0": 0, "true": 1, "1": 1})

DEFINED = {
    "DoorPhysicalState": POSITION,
    "LockPhysicalState": LOCK,
    "DoorAlarmState": ALARM,
    "DoorTamperState": TAMPER,
    "DoorFaultState": FAULT,
    "DoorMode": MODE,
}
"""Enumerations of doorcontrol.wsdl and what their words mean."""

SECOND = " (double lock)"
"""Ends the label of a door's second lock."""


class Part(NamedTuple):
    """One element of a DoorState and one topic: where the state stands, whose it is, and which states it has."""

    element: str
    topic: str
    states: States
    suffix: str = ""


PARTS = (
    Part("tdc:DoorPhysicalState", "Door/State/DoorPhysicalState", POSITION),
    Part("tdc:LockPhysicalState", "Door/State/LockPhysicalState", LOCK),
    Part("tdc:DoubleLockPhysicalState", "Door/State/DoubleLockPhysicalState", LOCK, SECOND),
    Part("tdc:Alarm", "Door/State/DoorAlarm", ALARM),
    Part("tdc:Tamper/tdc:State", "Door/State/DoorTamper", TAMPER),
    Part("tdc:Fault/tdc:State", "Door/State/DoorFault", FAULT),
    Part("tdc:DoorMode", "Door/State/DoorMode", MODE),
)
BY_TOPIC = {part.topic: part for part in PARTS}


class Entity(NamedTuple):
    """A door or an access point."""

    token: str
    name: str


class Page(NamedTuple):
    """One page of a list and where the next begins; "" ends it."""

    entities: list[Entity]
    following: str


def page(answer: Element) -> Page:
    """GetDoorInfoList's or GetAccessPointInfoList's answer. An entity without a token cannot be asked for and is left out."""
    rows = find_all(answer, "tdc:DoorInfo") + find_all(answer, "tac:AccessPointInfo")
    found = [Entity(_token(row), text(row, "tdc:Name") or text(row, "tac:Name")) for row in rows[:MOST]]
    following = text(answer, "tdc:NextStartReference") or text(answer, "tac:NextStartReference")
    return Page([each for each in found if each.token], following)


def labels(entities: Iterable[Entity], before: Mapping[str, str]) -> dict[str, str]:
    """Token → label: the name; of those that share a name each has its token behind it. A token keeps the label it had."""
    entities = list(entities)
    if len(before) > MOST_LABELS:  # a controller that names others each time: those that are gone are forgotten
        listed = {each.token for each in entities}
        before = {token: label for token, label in before.items() if token in listed}
    names = [each.name for each in entities]
    taken = dict(before)
    for each in entities:
        unique = each.name and names.count(each.name) == 1 and each.name not in before.values()
        taken.setdefault(each.token, each.name if unique else f"{each.name} ({each.token})".strip())
    return taken


def door(answer: Element) -> dict[Part, str]:
    """The words of a GetDoorState answer, by part; a part that the door does not have is absent."""
    state = find(answer, "tdc:DoorState")
    if state is None:
        return {}
    return {part: text(state, part.element) for part in PARTS if find(state, part.element) is not None}


def door_samples(label: str, words: Mapping[Part, str]) -> list[Sample]:
    """The samples of one door, with whether it is secured."""
    found = [Sample(part.states.metric, label + part.suffix, part.states.value(word)) for part, word in words.items()]
    secured = _secured({part.states.metric: part.states.value(word) for part, word in words.items() if not part.suffix})
    return found if secured is None else [*found, Sample("door.secured", label, secured)]


def _secured(values: Mapping[str, float]) -> float | None:
    """Closed, locked, and no alarm: 0; any of them not so: 1; one of them unknown: 2. None: the door has no contact and no lock monitor."""
    parts = [values.get(states.metric, float(states.unknown)) for states in (POSITION, LOCK)]
    if POSITION.metric not in values and LOCK.metric not in values:
        return None
    alarm = values.get(ALARM.metric, 0.0)
    if 1.0 in parts or alarm in (1.0, 2.0):
        return 1.0
    return 0.0 if parts == [0.0, 0.0] and alarm == 0.0 else 2.0


def enabled(answer: Element) -> str:
    """The word of a GetAccessPointState answer."""
    return text(answer, "tac:AccessPointState/tac:Enabled")


def _token(row: Element) -> str:
    """The token as it must be sent back: whole, at most the 64 characters of pt:ReferenceToken, and printable."""
    token = row.get("token", "")
    return token if 0 < len(token) <= 64 and token.isprintable() else ""
