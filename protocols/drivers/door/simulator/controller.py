"""A door controller of ONVIF Profile C and A that does not exist: doors, access points, and what it tells of them by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from protocols.clock import Clock
from protocols.transports.onvif.simulated import Refused, SimulatedOnvif, Traits
from protocols.transports.soap.xml import find_all, plain, tag, text

MOST = 4
"""Entities it gives at a time, as small controllers do: lists come in pages."""
STANDING: Mapping[str, str] = {
    "DoorPhysicalState": "Closed",
    "LockPhysicalState": "Locked",
    "Alarm": "Normal",
    "Tamper": "NotInTamper",
    "Fault": "NotInFault",
    "DoorMode": "Locked",
}
"""Elements of a DoorState in the schema's order, and how they stand while all is well."""
TOPICS = {
    "DoorPhysicalState": "DoorPhysicalState",
    "LockPhysicalState": "LockPhysicalState",
    "Alarm": "DoorAlarm",
    "Tamper": "DoorTamper",
    "Fault": "DoorFault",
    "DoorMode": "DoorMode",
}
"""Element → last step of the topic under tns1:Door/State that tells its change."""
MONITORS = {
    "DoorPhysicalState": "DoorMonitor",
    "LockPhysicalState": "LockMonitor",
    "Alarm": "Alarm",
    "Tamper": "Tamper",
    "Fault": "Fault",
}


@dataclass
class Door:
    """A door: its parts by element of the DoorState; one that is absent is not monitored."""

    token: str
    name: str
    parts: dict[str, str] = field(default_factory=lambda: dict(STANDING))


class Controller(SimulatedOnvif):
    """`doors` and `readers` (token → name of the access point, one for each door) by token."""

    def __init__(self, traits: Traits, names: Sequence[str], clock: Clock) -> None:
        super().__init__(traits, clock)
        self.doors = {f"door-{number}": Door(f"door-{number}", name) for number, name in enumerate(names, 1)}
        self.readers = {f"ap-{number}": f"{name} reader" for number, name in enumerate(names, 1)}
        self.disabled: set[str] = set()
        """Tokens of access points that take nothing."""
        self.paths |= {"tdc": "/onvif/door_service", "tac": "/onvif/access_service"}
        self.operations |= {
            "tdc:GetServiceCapabilities": lambda asked: tag("tdc:Capabilities", MaxLimit=str(MOST)),
            "tdc:GetDoorInfoList": self._door_list,
            "tdc:GetDoorInfo": self._door_info,
            "tdc:GetDoorState": self._door_state,
            "tac:GetServiceCapabilities": lambda asked: tag("tac:Capabilities", MaxLimit=str(MOST)),
            "tac:GetAccessPointInfoList": self._reader_list,
            "tac:GetAccessPointInfo": self._reader_info,
            "tac:GetAccessPointState": self._reader_state,
        }

    def set(self, token: str, **parts: str) -> None:
        """Parts of a door change, and who subscribed is told: `set("door-1", Alarm="DoorForcedOpen")`."""
        for part, word in parts.items():
            self.doors[token].parts[part] = word
            self.subscriptions.notify(f"tns1:Door/State/{TOPICS[part]}", {"DoorToken": token}, {"State": word})

    def present(self, token: str, granted: bool = True) -> None:
        """Somebody presents a card at an access point; the notice names them, as the standard has it."""
        topic = f"tns1:AccessControl/{'AccessGranted' if granted else 'Denied'}/Credential"
        who = {"CredentialToken": "credential-4711", "CredentialHolderName": "Jane Roe"}
        self.subscriptions.notify(
            topic, {"AccessPointToken": token}, who | ({} if granted else {"Reason": "Other"}), standing=False
        )

    def supply(self, failed: bool) -> None:
        """Mains power of the controller fails or returns."""
        told = {"Failed": str(failed).lower()}
        self.subscriptions.notify("tns1:Device/HardwareFailure/PowerSupplyFailure", {"Token": "psu-1"}, told)

    def battery(self, token: str, low: bool) -> None:
        """The battery of a wireless lock runs low, told as one vendor does."""
        self.subscriptions.notify("tns1:Door/Status/BatteryAlarm", {"DoorToken": token}, {"State": str(low).lower()})

    def _door_list(self, asked: Element) -> str:
        shown, following = _page(asked, "tdc", list(self.doors))
        return following + "".join(self._describe(self.doors[token]) for token in shown)

    def _door_info(self, asked: Element) -> str:
        tokens = [text(each) for each in find_all(asked, "tdc:Token")]
        if len(tokens) > MOST:
            raise Refused("too many items", "ter:InvalidArgs", "ter:TooManyItems")
        return "".join(self._describe(self.doors[token]) for token in tokens if token in self.doors)

    def _describe(self, door: Door) -> str:
        monitors = {MONITORS[part]: "true" for part in door.parts if part in MONITORS}
        return tag(
            "tdc:DoorInfo", tag("tdc:Name", plain(door.name)), tag("tdc:Capabilities", **monitors), token=door.token
        )

    def _door_state(self, asked: Element) -> str:
        door = self.doors.get(text(asked, "tdc:Token"))
        if door is None:
            raise Refused("no such door", "ter:InvalidArgVal", "ter:NotFound")
        return tag("tdc:DoorState", *(_part(name, door.parts[name]) for name in STANDING if name in door.parts))

    def _reader_list(self, asked: Element) -> str:
        shown, following = _page(asked, "tac", list(self.readers))
        return following + "".join(map(self._describe_reader, shown))

    def _reader_info(self, asked: Element) -> str:
        tokens = [text(each) for each in find_all(asked, "tac:Token")]
        return "".join(self._describe_reader(token) for token in tokens if token in self.readers)

    def _describe_reader(self, token: str) -> str:
        return tag(
            "tac:AccessPointInfo",
            tag("tac:Name", plain(self.readers[token])),
            tag("tac:Entity", token.replace("ap-", "door-")),
            tag("tac:Capabilities", DisableAccessPoint="true"),
            token=token,
        )

    def _reader_state(self, asked: Element) -> str:
        token = text(asked, "tac:Token")
        if token not in self.readers:
            raise Refused("no such access point", "ter:InvalidArgVal", "ter:NotFound")
        return tag("tac:AccessPointState", tag("tac:Enabled", str(token not in self.disabled).lower()))


def _part(name: str, word: str) -> str:
    inner = tag("tdc:State", plain(word)) if name in ("Tamper", "Fault") else plain(word)
    return tag(f"tdc:{name}", inner)


def _page(asked: Element, prefix: str, tokens: Sequence[str]) -> tuple[Sequence[str], str]:
    """The tokens of one page, and the element that says where the next begins."""
    limit, start = text(asked, f"{prefix}:Limit"), text(asked, f"{prefix}:StartReference")
    if start and start not in tokens:
        raise Refused("no such reference", "ter:InvalidArgVal", "ter:InvalidStartReference")
    begin = tokens.index(start) if start else 0
    end = begin + min(int(limit or MOST), MOST)
    following = tag(f"{prefix}:NextStartReference", tokens[end]) if end < len(tokens) else ""
    return tokens[begin:end], following
