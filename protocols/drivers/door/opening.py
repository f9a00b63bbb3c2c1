"""Opens what an address names: an OSDP device, an ONVIF controller, or a closed panel; `auto` finds out which of the two."""

from collections.abc import AsyncIterator
from contextlib import suppress
from weakref import WeakKeyDictionary

import msgspec

from protocols.address import Place
from protocols.clock import Clock
from protocols.driver import Reading, Session, Target
from protocols.drivers.door.address import OnBus, read_address
from protocols.drivers.door.options import Options
from protocols.drivers.door.panel import PanelSession
from protocols.drivers.door.session import ControllerSession
from protocols.errors import DeviceError, OptionError
from protocols.secret import read_secret
from protocols.transports.onvif import login_of

ANEW = 10
"""Polls of a closed panel after which `auto` looks whether ONVIF is spoken meanwhile: a controller that boots shows its ports first."""
_spoke: WeakKeyDictionary[Clock, set[Place]] = WeakKeyDictionary()
"""Where ONVIF door control was spoken since the agent started: the poller opens sessions anew, and none may forget that."""
HIDDEN = 16
"""Octets of an OSDP key."""


async def open_session(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session; nothing is sent yet. Raises `OptionError` for an address or an option that is wrong."""
    if not isinstance(options, Options):
        raise TypeError(f"the options of another driver: {type(options).__name__}")
    found = read_address(target.address, 443 if options.tls else 80, f"device {target.key!r}")
    if isinstance(found, OnBus):
        return _on_bus(found, options, target.key)
    where = f"door {found}"
    if options.protocol == "panel":
        return PanelSession(found, options, clock, where)
    controller = ControllerSession(found, options, login_of(options, where), clock, where)
    return controller if options.protocol == "onvif" else AutoSession(controller, found, options, clock, where)


def _on_bus(found: OnBus, options: Options, name: str) -> Session:
    from protocols.drivers.door.osdp.bus import Settings
    from protocols.drivers.door.osdp.decode import Wiring
    from protocols.drivers.door.osdp.line import Where
    from protocols.drivers.door.osdp.session import OsdpSession

    key = _key(options.key_file, f"device {name!r}: key_file") if options.key_file else None
    wiring = Wiring(options.label, options.position_input, options.position_open == "active")
    settings = Settings(Where(found.path, found.place, options.baud), options.listen)
    return OsdpSession(settings, found.device, key, wiring)


def _key(path: str, where: str) -> bytes:
    """The 16 octets that the file's 32 hex digits are. Raises `OptionError`, which does not show them."""
    text = read_secret(path, where).reveal().strip()
    key = b""
    with suppress(ValueError):
        key = bytes.fromhex(text)
    if len(key) != HIDDEN:
        raise OptionError(
            f"{where} = {path!r}: an OSDP key (SCBK) is {HIDDEN} octets: write 32 hex digits on the first line"
        )
    return key


class AutoSession:
    """ONVIF where it is spoken; where it is not, what a closed panel shows."""

    def __init__(self, controller: ControllerSession, place: Place, options: Options, clock: Clock, where: str) -> None:
        self._controller, self._place = controller, place
        self._spoke = _spoke.setdefault(clock, set())
        self._panel = PanelSession(place, options, clock, where)
        self._is_panel = False
        self._polls = 0

    async def poll(self) -> Reading:
        """One reading, by whichever is spoken. Raises `DeviceError`: as ONVIF has it, unless a panel is seen."""
        if not self._is_panel or self._polls % ANEW == ANEW - 1:
            try:
                reading = await self._controller.poll()
            except DeviceError as error:
                if error.permanent or self._place in self._spoke:
                    raise  # it spoke ONVIF before: its silence is a failure, not a closed panel
                reading = await self._by_panel(error)
                self._is_panel = True
            else:
                self._is_panel = False
                self._spoke.add(self._place)
        else:
            reading = await self._panel.poll()
        self._polls += 1
        return reading

    async def push(self) -> AsyncIterator[Reading]:
        """What the controller tells; nothing of a closed panel."""
        async for reading in self._controller.push():
            yield reading

    async def close(self) -> None:
        """End both; safe to call twice."""
        await self._controller.close()
        await self._panel.close()

    async def _by_panel(self, error: DeviceError) -> Reading:
        try:
            return await self._panel.poll()
        except DeviceError as other:
            raise DeviceError(f"{error}; nor is it a closed panel: {other}") from error
