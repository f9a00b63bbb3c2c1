"""What an ONVIF device tells by itself: a PullPoint, asked with a long wait and renewed (ONVIF Core 23.06, 9.2)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import NamedTuple
from xml.etree.ElementTree import Element, tostring

from msgspec import structs

from protocols.address import Place
from protocols.clock import Clock
from protocols.errors import DeviceError, FirstBellError
from protocols.transports.onvif.device import Endpoint, Onvif
from protocols.transports.onvif.options import OnvifOptions
from protocols.transports.soap import FaultError, Login
from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.values import date_time_ms
from protocols.transports.soap.xml import clean, find, find_all, tag, text

LIFETIME = 300
"""Seconds a subscription lasts unless it is renewed; what an agent that died leaves behind ends with it."""
WAIT = 20
"""Seconds the device holds an answer back while nothing happens; many allow no more than a minute."""
MOST_MESSAGES = 100
MOST_ITEMS = 32
PAUSE = 1.0
"""Seconds until the next pull from a device that answers at once and has nothing to say, or always something."""
BURST = 20
"""Answers in a row that may come at once."""
FAREWELL = 1.5
"""Seconds for unsubscribing: whoever ends a session does not wait for a device that is gone."""
_PARAMETERS = 4096
_ACTION = "http://www.onvif.org/ver10/events/wsdl/{}Request"
_RENEW = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/{}Request"


class Notice(NamedTuple):
    """One notification: `topic` without prefixes ("VideoSource/SignalLoss"), items by name, `time` ms or None.

    `operation`: "Initialized" (how it stands), "Changed", "Deleted", or "" for what has no state.
    """

    topic: str
    operation: str
    source: dict[str, str]
    data: dict[str, str]
    time: int | None


class PullPoint:
    """A subscription to all of a device's events, on a connection of its own, for a pull holds it. Arguments as of `Onvif`."""

    def __init__(self, place: Place, options: OnvifOptions, login: Login | None, clock: Clock, where: str) -> None:
        patient = structs.replace(options, timeout=WAIT + options.timeout)
        self._onvif = Onvif(place, patient, login, clock, where)
        self._endpoint: Endpoint | None = None
        self._lifetime = float(LIFETIME)
        """Seconds that the device grants."""

    async def notices(self) -> AsyncIterator[list[Notice]]:
        """Notices as they come, those of one answer together, for ever; [] once when subscribed. Raises `DeviceError`."""
        onvif = self._onvif
        clock = onvif.clock
        await onvif.time()
        self._endpoint = await self._create()
        renewed, at_once = clock.monotonic(), 0
        yield []
        while True:
            began = clock.monotonic()
            wait = max(1, min(WAIT, int(self._lifetime / 3)))
            answer = await self._ask(_ACTION.format("PullPointSubscription/PullMessages"), _pull(wait))
            at_once = at_once + 1 if clock.monotonic() - began < PAUSE else 0
            told = notices(answer)
            if told:
                yield told
            if at_once > (BURST if told else 0):
                await clock.sleep(PAUSE)
            if clock.monotonic() - renewed > self._lifetime / 3:
                await onvif.time()
                renewed = clock.monotonic()
                await self._renew()

    async def end(self) -> None:
        """Unsubscribe as far as the device still answers, within `FAREWELL`; safe to call twice."""
        endpoint, self._endpoint = self._endpoint, None
        try:
            if endpoint is not None:
                with suppress(FirstBellError, TimeoutError):
                    async with asyncio.timeout(FAREWELL):
                        await self._onvif.at(endpoint, _RENEW.format("Unsubscribe"), "<wsnt:Unsubscribe/>")
        finally:
            await self._onvif.close()

    async def _renew(self) -> None:
        """Pulling renews with some; a subscription that has ended says so at the next pull."""
        with suppress(FaultError):
            answer = await self._ask(_RENEW.format("Renew"), _lifetime("wsnt:Renew", "wsnt:TerminationTime"))
            self._lifetime = granted(answer)

    async def _create(self) -> Endpoint:
        body = _lifetime("tev:CreatePullPointSubscription", "tev:InitialTerminationTime")
        events = (await self._onvif.services()).get(NAMESPACES["tev"])
        if events is None:
            raise FaultError(f"{self._onvif.where}: offers no events", ("NoSuchService",))
        answer = await self._onvif.at(
            Endpoint(events), _ACTION.format("EventPortType/CreatePullPointSubscription"), body
        )
        self._lifetime = granted(answer)
        reference = find(answer, "tev:SubscriptionReference")
        address = reference is not None and find(reference, "wsa:Address")
        if reference is None or not isinstance(address, Element) or not (address.text or "").strip():
            raise DeviceError(f"{self._onvif.where}: gives no address to its event subscription")
        parameters = find(reference, "wsa:ReferenceParameters")
        markup = "".join(tostring(each, "unicode") for each in parameters) if parameters is not None else ""
        if len(markup) > _PARAMETERS:
            raise DeviceError(f"{self._onvif.where}: its event subscription has {len(markup)} characters of parameters")
        return Endpoint(self._onvif.url("".join((address.text or "").split())[:1000]), markup)

    async def _ask(self, action: str, body: str) -> Element:
        if self._endpoint is None:
            raise DeviceError(f"{self._onvif.where}: the event subscription has ended")
        return await self._onvif.at(self._endpoint, action, body)


def granted(answer: Element) -> float:
    """Seconds that a subscription lasts by an answer to subscribing or renewing: as asked for, unless the device grants less. Pure."""
    now, ends = (date_time_ms(text(answer, f"wsnt:{name}")) for name in ("CurrentTime", "TerminationTime"))
    if now is None or ends is None or ends <= now:
        return LIFETIME
    return min(LIFETIME, (ends - now) / 1000)


def notices(answer: Element) -> list[Notice]:
    """The notices in an answer to PullMessages; what makes no sense is left out. Pure."""
    found = (_notice(each) for each in find_all(answer, "wsnt:NotificationMessage")[:MOST_MESSAGES])
    return [notice for notice in found if notice is not None]


def _notice(element: Element) -> Notice | None:
    said = find(element, "wsnt:Message/tt:Message")
    topic = "/".join(step.rpartition(":")[2] for step in text(element, "wsnt:Topic").split("/"))
    if said is None or not topic:
        return None
    return Notice(
        topic=topic,
        operation=clean(said.get("PropertyOperation", "")),
        source=_items(said, "tt:Source"),
        data=_items(said, "tt:Data"),
        time=date_time_ms(said.get("UtcTime", "")),
    )


def _items(said: Element, part: str) -> dict[str, str]:
    found = find_all(said, f"{part}/tt:SimpleItem")[:MOST_ITEMS]
    return {clean(each.get("Name", "")): clean(each.get("Value", "")) for each in found}


def _pull(wait: int) -> str:
    return tag(
        "tev:PullMessages",
        tag("tev:Timeout", f"PT{wait}S"),
        tag("tev:MessageLimit", str(MOST_MESSAGES)),
    )


def _lifetime(operation: str, name: str) -> str:
    return tag(operation, tag(name, f"PT{LIFETIME}S"))
