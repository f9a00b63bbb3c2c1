"""One check of one target: which protocol, under which deadline, and what is said where there is no answer."""

import asyncio

import msgspec

from protocols.clock import Clock
from protocols.drivers.probe import dns, icmp, mail, network, ntp, web
from protocols.drivers.probe.answers import Answer, Failure, Mail, Opened, Train, Web
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.shown import shown
from protocols.drivers.probe.target import Aim
from protocols.transports.http import Credential
from protocols.transports.stream import Stopwatch, StreamError, Tls, open_stream

OUTAGES = ("timeout", "lookup", "unreachable", "no route")
"""Reasons that may as well lie with this machine's own network."""


class Client:
    """Asks; nothing is kept between two checks but when the speed was measured."""

    def __init__(self, aim: Aim, options: ProbeOptions, who: Credential | None, clock: Clock) -> None:
        self._aim, self._options, self._who, self._clock = aim, options, who, clock
        self._tls = Tls(options.verify, options.ca_file, options.server_name)
        self._speed = web.Speed(options, clock)

    async def ask(self) -> Answer:
        """What the target answers, a `Failure` where it does not. Raises `DeviceError` when this machine may not even ask."""
        try:
            answer = await self._ask()
        except StreamError as error:
            return self._failure(error)
        if isinstance(answer, Web) and self._speed.due():
            return _with_speed(answer, await self._speed.measure())
        if isinstance(answer, Train) and not any(answer.round_trips) and not self._has_network():
            return self._offline()
        return answer

    def _failure(self, error: StreamError) -> Failure:
        if error.reason in OUTAGES and not self._has_network():
            return self._offline()
        return Failure(error.reason, str(error))

    def _offline(self) -> Failure:
        return Failure("offline", "this machine has no network itself: no route there, or no link")

    def _has_network(self) -> bool:
        return network.has_way_to(self._aim.place.host)

    async def _ask(self) -> Answer:
        aim, options, clock = self._aim, self._options, self._clock
        if aim.scheme in ("http", "https"):  # which keeps the deadline itself
            return await web.look(aim, options, self._who, clock)
        watch = Stopwatch(clock)
        try:
            async with asyncio.timeout(_patience(aim, options)):
                match aim.scheme:
                    case "icmp":
                        return Train(await icmp.ping(aim.place, options.count, options.spacing, _wait(options), clock))
                    case "ntp":
                        return await ntp.ask(aim, options.timeout, clock)
                    case "dns":
                        return await dns.ask(aim, options.timeout, clock)
                return await self._connect(watch)
        except TimeoutError as error:
            waited = f"no answer within {options.timeout:g} s (while it waited for: {watch.phase or 'an answer'})"
            raise StreamError("timeout", f"{aim.place}: {waited}") from error

    async def _connect(self, watch: Stopwatch) -> Opened | Mail:
        if self._aim.scheme == "smtp":
            return await mail.ask(self._aim, self._tls, watch)
        tls = self._tls._replace(verify=False) if self._aim.scheme == "tls" else None
        stream = await open_stream(self._aim.place, tls, watch)
        stream.close()
        return Opened(watch.stop(), shown(stream.certificate))


def _wait(options: ProbeOptions) -> float:
    """Seconds that the last packet's answer may take: what the train itself leaves of the time for the check."""
    return max(1.0, options.timeout - (options.count - 1) * options.spacing)


def _patience(aim: Aim, options: ProbeOptions) -> float:
    """Seconds for the whole check; a train sets its own end, and only its name's lookup may take longer."""
    if aim.scheme != "icmp":
        return options.timeout
    return options.timeout + (options.count - 1) * options.spacing + _wait(options)


def _with_speed(page: Web, speed: float | None) -> Web:
    return msgspec.structs.replace(page, speed=speed)
