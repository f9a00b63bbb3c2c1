"""Asks an ONVIF door controller: its doors, its access points, and their states. It only reads."""

from protocols.drivers.door.decode import MOST, Entity, Part, door, enabled, page
from protocols.transports.onvif import Onvif
from protocols.transports.soap import AuthorisationError, FaultError
from protocols.transports.soap.xml import plain, tag

LIMIT = 100
"""Entities asked for at a time; a controller may give fewer."""
MOST_PAGES = 64


class Controller:
    """The doors and access points of one ONVIF device."""

    def __init__(self, onvif: Onvif) -> None:
        self.onvif = onvif

    async def doors(self) -> list[Entity]:
        """Every door. Raises `DeviceError`; `FaultError` when the device has no door control."""
        return await self._list("tdc", "GetDoorInfoList")

    async def readers(self) -> list[Entity]:
        """Every access point; [] where the device has no access control."""
        return await self._list("tac", "GetAccessPointInfoList") if await self.onvif.has("tac") else []

    async def door(self, token: str) -> dict[Part, str]:
        """How a door stands. Raises `DeviceError`; `FaultError` when there is no such door any more."""
        return door(await self.onvif.ask(tag("tdc:GetDoorState", tag("tdc:Token", plain(token)))))

    async def reader(self, token: str) -> str | None:
        """Whether an access point is enabled ("true", "false"); None where the device does not tell."""
        try:
            return enabled(await self.onvif.ask(tag("tac:GetAccessPointState", tag("tac:Token", plain(token)))))
        except AuthorisationError:
            raise
        except FaultError:
            return None

    async def _list(self, prefix: str, operation: str) -> list[Entity]:
        """Every page, each entity once; a controller that turns in circles is read up to there."""
        found: dict[str, Entity] = {}
        following = ""
        for _ in range(MOST_PAGES):
            start = tag(f"{prefix}:StartReference", plain(following)) if following else ""
            answer = page(await self.onvif.ask(tag(f"{prefix}:{operation}", tag(f"{prefix}:Limit", str(LIMIT)), start)))
            before = len(found)
            for each in answer.entities:
                found.setdefault(each.token, each)
            if not answer.following or len(found) == before or len(found) >= MOST:
                break
            following = answer.following
        return list(found.values())[:MOST]
