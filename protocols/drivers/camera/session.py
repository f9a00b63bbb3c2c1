"""One camera or recorder, open for reading: what is asked in which poll, and what it tells by itself."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress

import msgspec

from protocols.address import Place, read_place
from protocols.clock import Clock
from protocols.driver import PointInfo, Reading, Sample, Session, Target
from protocols.drivers.camera import decode, recorder
from protocols.drivers.camera.alarms import Alarms
from protocols.drivers.camera.client import Camera
from protocols.drivers.camera.judge import UNKNOWN, Memory, judge
from protocols.drivers.camera.media import Channel, Media, Profile
from protocols.drivers.camera.options import CameraOptions
from protocols.drivers.camera.recorder import Recording
from protocols.drivers.camera.turns import Turns
from protocols.errors import DeviceError
from protocols.transports.onvif import Onvif, PullPoint, login_of
from protocols.transports.soap import AuthorisationError, FaultError, Login
from protocols.transports.soap.standing import RETRY_REFUSED

REFRESH = 3600.0
"""Seconds until profiles and identity are asked for again."""
RECORDINGS_EVERY = 300.0
ACCEPTED, NO_LOGIN, REFUSED = 0, 1, 2
"""States of `camera.login.state`."""


class CameraSession:
    """Polls the device at `place`; `login` None reads what needs no sign-in."""

    def __init__(self, place: Place, options: CameraOptions, login: Login | None, clock: Clock) -> None:
        self.place, self.options, self.clock, self._login = place, options, clock, login
        self.where = f"camera {place}"
        self._camera = Camera(Onvif(place, options, login, clock, self.where), options, clock)
        self._alarms = Alarms()
        self._media: Media | None = None
        self._memories: dict[str, Memory] = {}
        self._turns = Turns(clock)
        self._waiting: list[Recording] = []
        """Recordings that are still to be asked about."""
        self._accepted = asyncio.Event()
        self._closed = asyncio.Event()
        self._pull: PullPoint | None = None

    async def poll(self) -> Reading:
        """One complete reading. Raises `DeviceError` when the device does not answer.

        Of a recorder that takes longer than `patience` it is what could be read; the next poll goes on from there.
        """
        began = self.clock.monotonic()
        self._until = began + self.options.patience
        reading = Reading()
        time = await self._camera.onvif.time()
        if time.offset is not None:
            reading.samples.append(Sample("camera.clock.offset", None, time.offset))
        login = await self._describe(reading)
        reading.samples.append(Sample("camera.login.state", None, float(login)))
        if self._media is None:
            await self._read_blind(reading, login)
            return reading
        await self._read_streams(reading, self._media)
        await self._read_pictures(reading, self._media)
        await self._read_recordings(reading)
        reading.samples += self._alarms.standing()
        return reading

    async def push(self) -> AsyncIterator[Reading]:
        """The device's own events as they come, until closed. Raises `DeviceError` when the subscription is lost.

        Begins when a poll was let in. A device without events is asked again every quarter of an hour.
        """
        while self.options.events and await self._let_in():
            pull = self._pull = PullPoint(self.place, self.options, self._login, self.clock, self.where)
            try:
                async for notices in pull.notices():
                    yield self._alarms.hear(notices)
            except AuthorisationError:
                await self._wait(RETRY_REFUSED)
            except FaultError as error:
                if not error.unsupported:
                    raise
                await self._wait(RETRY_REFUSED)
            finally:
                self._alarms.forget()
                await pull.end()
        await self._closed.wait()

    async def close(self) -> None:
        """End the subscription and the connections; safe to call twice."""
        self._closed.set()
        if self._pull is not None:
            await self._pull.end()
        await self._camera.close()

    async def _describe(self, reading: Reading) -> int:
        """Identity and profiles, when they are due; the state of the login."""
        if self._media is not None and not self._turns.due("describe", REFRESH):
            return ACCEPTED
        try:
            reading.attributes |= await self._camera.onvif.identity()
            self._media = await self._camera.media()
        except AuthorisationError as error:
            self._media, self._camera.refused = None, self._login is not None
            self._accepted.clear()
            reading.attributes["login"] = str(error).partition(" (")[0].removeprefix(f"{self.where}: ")
            return NO_LOGIN if self._login is None else REFUSED
        self._camera.refused = False
        self._accepted.set()
        self._turns.done("describe")
        self._alarms.channels = self._media.channels
        reading.attributes |= {"login": "accepted", "channels": len(self._media.channels)}
        reading.points += decode.names(self._media)
        return ACCEPTED

    async def _read_blind(self, reading: Reading, login: int) -> None:
        """Without a credential: whether RTSP is alive, and that the picture is not known."""
        if self.options.streams != "none":
            offered = await self._camera.any_stream()
            reading.samples += decode.stream("rtsp", offered)
            reading.points.append(PointInfo("camera.stream.state", "rtsp", "RTSP"))
        if self.options.pictures:
            reading.samples.append(Sample("camera.picture.state", "1", float(UNKNOWN)))

    async def _read_streams(self, reading: Reading, media: Media) -> None:
        for profile in self._turns.order("streams", _asked(media, self.options.streams), lambda each: each.token):
            if self._late():
                break
            offered = await self._camera.stream(media.prefix, profile.token)
            reading.samples += decode.stream(profile.label, offered)
            self._note(reading, f"stream.{profile.label}", offered.reason)
            self._turns.served("streams", profile.token)

    async def _read_pictures(self, reading: Reading, media: Media) -> None:
        if not self.options.pictures:
            return
        for channel in self._turns.order("pictures", media.channels, lambda each: each.number):
            if self._late():
                break
            if self._turns.due(channel, self.options.picture_every):
                await self._read_picture(reading, media, channel)
                self._turns.done(channel)
            self._turns.served("pictures", channel.number)

    async def _read_picture(self, reading: Reading, media: Media, channel: Channel) -> None:
        try:
            snapshot = await self._camera.snapshot(media.prefix, channel)
        except DeviceError as error:
            reading.samples.append(Sample("camera.picture.state", channel.number, float(UNKNOWN)))
            self._note(reading, f"picture.{channel.number}", str(error).removeprefix(f"{self.where}: "))
            return
        memory = self._memories.get(channel.number, Memory())
        verdict, self._memories[channel.number] = judge(memory, snapshot.look, self.clock.now_ms(), snapshot.stale)
        reading.samples += decode.picture(channel.number, snapshot.look, verdict)
        self._note(reading, f"picture.{channel.number}", "")

    async def _read_recordings(self, reading: Reading) -> None:
        """All of them every five minutes, as many in one poll as there is time for."""
        if not self.options.recordings or not self._turns.due("recordings", RECORDINGS_EVERY):
            return
        try:
            if not self._waiting:
                self._waiting = await self._camera.recordings()
            while self._waiting and not self._late():
                told = await self._camera.recording(self._waiting[0])
                del self._waiting[0]
                now = self.clock.now_ms() + self._camera.onvif.soap.offset_ms
                reading.samples += recorder.samples([told], now)
        except DeviceError as error:
            self._waiting = []
            self._note(reading, "recordings", str(error).removeprefix(f"{self.where}: "))
        else:
            self._note(reading, "recordings", "")
        if not self._waiting:
            self._turns.done("recordings")

    def _note(self, reading: Reading, key: str, reason: str) -> None:
        """Why something is down or not known, as an attribute while it is so, and once that it is over."""
        if self._turns.noted.get(key, "") != reason:
            reading.attributes[key] = reason or None
            self._turns.noted[key] = reason

    def _late(self) -> bool:
        return self.clock.monotonic() >= self._until

    async def _let_in(self) -> bool:
        """Wait until a poll's credential was accepted; False when closed before."""
        await self._first(self._accepted.wait())
        return not self._closed.is_set()

    async def _wait(self, seconds: float) -> None:
        """Until closed, so long at most."""
        await self._first(self.clock.sleep(seconds))

    async def _first(self, other: Coroutine[object, object, object]) -> None:
        """Until closed, or until the other has happened."""
        waits = {asyncio.create_task(self._closed.wait()), asyncio.create_task(other)}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*waits, return_exceptions=True)


def _asked(media: Media, which: str) -> list[Profile]:
    """The profiles whose streams are asked."""
    firsts = {channel.profile for channel in media.channels}
    return [each for each in media.profiles if which == "all" or (which == "first" and each.token in firsts)]


async def open_session(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session; nothing is sent yet. Raises `OptionError` for a wrong address or option."""
    if not isinstance(options, CameraOptions):
        raise TypeError(f"the options of another driver: {type(options).__name__}")
    where = f"device {target.key!r}"
    place = read_place(target.address, 443 if options.tls else 80, where)
    return CameraSession(place, options, login_of(options, where), clock)
