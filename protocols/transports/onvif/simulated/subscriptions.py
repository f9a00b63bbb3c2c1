"""PullPoint subscriptions of a simulated device: what stands is told first, what happens while it is subscribed after."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import Element

from protocols.transports.onvif.simulated.traits import Operation, Refused
from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.values import duration_s, written
from protocols.transports.soap.xml import find, plain, tag, text

if TYPE_CHECKING:
    from protocols.transports.onvif.simulated.device import SimulatedOnvif

_DIALECT = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
_QUEUE = 1000


class _Told(NamedTuple):
    topic: str
    operation: str
    source: Mapping[str, str]
    data: Mapping[str, str]
    at: int


class _Subscription:
    def __init__(self, ends: int) -> None:
        self.ends = ends
        self.queue: deque[_Told] = deque(maxlen=_QUEUE)
        self.news = asyncio.Event()

    def add(self, told: _Told) -> None:
        self.queue.append(told)
        self.news.set()


class Subscriptions:
    """`notify` tells every subscriber; `open` counts them."""

    def __init__(self, device: "SimulatedOnvif") -> None:
        self._device = device
        self.by_parameters = False
        """Whether a subscription is told from others by reference parameters, rather than by its address."""
        self.most_seconds = 3600.0
        """How long a subscription lasts at most, whatever is asked for."""
        self._subscriptions: dict[str, _Subscription] = {}
        self._standing: dict[tuple[str, tuple[tuple[str, str], ...]], _Told] = {}
        self._count = 0
        self.operations: dict[str, Operation] = {
            "tev:CreatePullPointSubscription": self._create,
            "tev:PullMessages": self._pull,
            "wsnt:Renew": self._renew,
            "wsnt:Unsubscribe": self._unsubscribe,
        }

    @property
    def open(self) -> int:
        """How many there are."""
        return len(self._subscriptions)

    def notify(self, topic: str, source: Mapping[str, str], data: Mapping[str, str], standing: bool = True) -> None:
        """Something happened: `topic` with prefix ("tns1:VideoSource/SignalLoss"). `standing`: it is a state, told to later subscribers."""
        told = _Told(topic, "Changed" if standing else "", source, data, self._device.now_ms)
        if standing:
            self._standing[topic, tuple(source.items())] = told
        for each in self._subscriptions.values():
            each.add(told)

    def drop(self) -> None:
        """Forget every subscription, as a restart does."""
        for each in self._subscriptions.values():
            each.news.set()
        self._subscriptions.clear()

    def _create(self, sent: Element) -> str:
        asked = find(sent, "s:Body/tev:CreatePullPointSubscription")
        seconds = min(self.most_seconds, duration_s(text(asked, "tev:InitialTerminationTime")) or 60.0)
        self._count += 1
        now, ends = self._device.until(seconds)
        made = self._subscriptions[str(self._count)] = _Subscription(ends)
        for each in self._standing.values():
            made.add(each._replace(operation="Initialized"))
        address = self._device.url(self._device.paths["tev"])
        number = tag("fb:SubscriptionId", str(self._count), **{"xmlns:fb": "urn:firstbell:simulated"})
        if self.by_parameters:
            reference = tag("wsa:Address", address) + tag("wsa:ReferenceParameters", number)
        else:
            reference = tag("wsa:Address", f"{address}/{self._count}")
        return (
            tag("tev:SubscriptionReference", reference)
            + tag("wsnt:CurrentTime", written(now))
            + tag("wsnt:TerminationTime", written(ends))
        )

    async def _pull(self, sent: Element) -> str:
        number = self._number(sent)
        asked = find(sent, "s:Body/tev:PullMessages")
        seconds = duration_s(text(asked, "tev:Timeout")) or 1.0
        most = int(text(asked, "tev:MessageLimit") or 1)
        subscription = self._subscriptions[number]
        if not subscription.queue:
            await self._wait(subscription, seconds)
        if number not in self._subscriptions:
            raise Refused("the subscription has ended", "wsnt:ResourceUnknownFault")
        told = [subscription.queue.popleft() for _ in range(min(most, len(subscription.queue)))]
        now, ends = self._device.now_ms, subscription.ends
        return (
            tag("tev:CurrentTime", written(now))
            + tag("tev:TerminationTime", written(ends))
            + "".join(map(_message, told))
        )

    async def _wait(self, subscription: _Subscription, seconds: float) -> None:
        subscription.news.clear()
        waits = {
            asyncio.create_task(subscription.news.wait()),
            asyncio.create_task(self._device.clock.sleep(seconds)),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*waits, return_exceptions=True)

    def _renew(self, sent: Element) -> str:
        asked = find(sent, "s:Body/wsnt:Renew")
        seconds = min(self.most_seconds, duration_s(text(asked, "wsnt:TerminationTime")) or 60.0)
        now, ends = self._device.until(seconds)
        self._subscriptions[self._number(sent)].ends = ends
        return tag("wsnt:TerminationTime", written(ends)) + tag("wsnt:CurrentTime", written(now))

    def _unsubscribe(self, sent: Element) -> str:
        self._subscriptions.pop(self._number(sent)).news.set()
        return ""

    def _number(self, sent: Element) -> str:
        """The subscription a request is of. One that was not renewed has ended."""
        now = self._device.now_ms
        for each in [number for number, made in self._subscriptions.items() if made.ends < now]:
            del self._subscriptions[each]
        header = find(sent, "s:Header")
        number = header.find("{urn:firstbell:simulated}SubscriptionId") if header is not None else None
        found = text(number) or text(sent, "s:Header/wsa:To").rpartition("/")[2]
        if found not in self._subscriptions:
            raise Refused("no such subscription", "wsnt:ResourceUnknownFault")
        return found


def _message(told: _Told) -> str:
    def items(values: Mapping[str, str]) -> str:
        return "".join(tag("tt:SimpleItem", Name=name, Value=value) for name, value in values.items())

    operation = {"PropertyOperation": told.operation} if told.operation else {}
    message = tag(
        "tt:Message",
        tag("tt:Source", items(told.source)) if told.source else "",
        tag("tt:Data", items(told.data)) if told.data else "",
        UtcTime=written(told.at),
        **operation,
    )
    topic = tag("wsnt:Topic", plain(told.topic), Dialect=_DIALECT, **{"xmlns:tns1": NAMESPACES["tns1"]})
    return tag("wsnt:NotificationMessage", topic, tag("wsnt:Message", message))
