"""Asks one camera or recorder: what it shows, its streams, its snapshots, its recordings. Nothing is judged here but the snapshot's bytes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit

from protocols.clock import Clock
from protocols.drivers.camera import media, recorder, rtsp
from protocols.drivers.camera.look import Look
from protocols.drivers.camera.media import Channel, Media
from protocols.drivers.camera.options import CameraOptions
from protocols.drivers.camera.recorder import Recording
from protocols.drivers.camera.thumbnail import look_at
from protocols.drivers.camera.timestamps import is_stale
from protocols.errors import DeviceError
from protocols.transports.http import Client, Credential, Limits, Request, Response
from protocols.transports.http.client import REDIRECTS
from protocols.transports.onvif import Onvif
from protocols.transports.soap import AuthorisationError, FaultError, Login
from protocols.transports.soap.client import DEVICE
from protocols.transports.soap.standing import standing

MOST_PICTURE = 16_000_000
"""Bytes of a snapshot: a 4K picture of the best quality has 6 MB."""
_looking = ThreadPoolExecutor(2, "look")
"""Snapshots that are decoded at once, over all cameras: each takes a core and a few MB."""


class Snapshot(NamedTuple):
    """A snapshot judged: what it shows and whether the camera itself dates it minutes back."""

    look: Look
    stale: bool


class Camera:
    """Reads through `onvif` and, for snapshots, a connection of its own."""

    def __init__(self, onvif: Onvif, options: CameraOptions, clock: Clock) -> None:
        self.onvif, self.options, self._clock = onvif, options, clock
        self._pages = Client(clock)
        self.refused = False
        """ONVIF refuses the credential: it is not sent to the snapshot and RTSP either."""
        self._streams: dict[str, str] = {}
        self._snapshots: dict[str, str] = {}

    async def media(self) -> Media:
        """What it shows; nothing where it has no media service. Raises `AuthorisationError`, `DeviceError`."""
        for prefix in ("trt", "tr2"):
            if await self.onvif.has(prefix):
                answer = await self.onvif.ask(media.profiles_request(prefix))
                self._streams.clear()
                self._snapshots.clear()
                return media.read_profiles(answer, self.options.channels)
        return Media("trt", (), ())

    async def stream(self, prefix: str, token: str) -> rtsp.Offered:
        """Whether the stream of a profile is offered."""
        if token not in self._streams:
            try:
                self._streams[token] = media.uri(await self.onvif.ask(media.stream_request(prefix, token)))
            except DeviceError as error:
                return rtsp.Offered(rtsp.UNKNOWN, f"GetStreamUri: {str(error).removeprefix(self.onvif.where + ': ')}")
        url = self._here(self._streams[token])
        found = await self._offered(url) if url else rtsp.Offered(rtsp.UNKNOWN, "GetStreamUri: no rtsp address")
        if found.state in (rtsp.DOWN, rtsp.UNKNOWN):
            self._streams.pop(token, None)  # its address may be another after a restart
        return found

    async def any_stream(self) -> rtsp.Offered:
        """Whether RTSP asks for a sign-in, where the camera tells no stream's address; anything else says nothing of its streams."""
        host = self.onvif.place._replace(port=self.options.rtsp_port)
        found = await self._offered(f"rtsp://{host}/")
        return found if found.state != rtsp.DOWN else found._replace(state=rtsp.UNKNOWN)

    async def snapshot(self, prefix: str, channel: Channel) -> Snapshot:
        """The snapshot of a channel. Raises `AuthorisationError`, `FaultError` where none is offered, `DeviceError` for no picture."""
        where, said = self.onvif.where, await self._snapshot_url(prefix, channel)
        login = self._login("snapshot")
        response = await self._page(self.onvif.url(said), login)
        onward = response.header("location") if response.status in REDIRECTS else None
        if onward is not None:  # on the camera itself, wherever it would lead the agent
            response = await self._page(self.onvif.url(urljoin(response.url, onward[: media.MOST_URI])), login)
        if response.status in (401, 403):
            self._refuse("snapshot", login)
            raise AuthorisationError(
                f"{where}: refuses its snapshot (HTTP status {response.status}): set user and password_file"
            )
        if response.status != 200:
            self._snapshots.pop(channel.profile, None)  # its address may be another after a restart
            raise DeviceError(f"{where}: gives no snapshot (HTTP status {response.status})")
        try:
            look = await asyncio.get_running_loop().run_in_executor(_looking, look_at, response.body)
        except DeviceError as error:
            raise DeviceError(f"{where}: {error}") from error
        return Snapshot(look, is_stale(response.header("date"), response.header("last-modified")))

    async def _page(self, url: str, login: Login | None) -> Response:
        credential = Credential(login.user, login.password) if login else None
        limits = Limits(seconds=2 * self.options.timeout, bytes=MOST_PICTURE)
        return await self._pages.send(Request("GET", url, credential=credential, tls=DEVICE, limits=limits))

    async def recordings(self) -> list[Recording]:
        """What it records, without how it fares; [] where it is no recorder or does not say. Raises `DeviceError`."""
        if not (await self.onvif.has("trc") and await self.onvif.has("tse")):
            return []
        answer = await self.onvif.optional("<trc:GetRecordings/>")
        jobs = await self.onvif.optional("<trc:GetRecordingJobs/>") if answer is not None else None
        found = recorder.read_recordings(answer, self.options.channels) if answer is not None else []
        return recorder.with_jobs(found, jobs) if jobs is not None else found

    async def recording(self, each: Recording) -> Recording:
        """How one recording fares. Raises `DeviceError`."""
        answer = await self.onvif.optional(recorder.information_request(each))
        known = recorder.informed(each, answer) if answer is not None else each
        state = await self.onvif.optional(recorder.job_request(each.job)) if each.job else None
        return known._replace(state=recorder.ERROR) if state is not None and recorder.has_failed(state) else known

    async def close(self) -> None:
        """End the connections; safe to call twice."""
        await self._pages.close()
        await self.onvif.close()

    async def _snapshot_url(self, prefix: str, channel: Channel) -> str:
        """Where it says that its snapshot is, else where the options say so. Raises `FaultError` when neither does."""
        if channel.profile in self._snapshots:
            return self._snapshots[channel.profile]
        own = self.options.snapshot_path.replace("{channel}", channel.number)
        try:
            said = media.uri(await self.onvif.ask(media.snapshot_request(prefix, channel.profile)))
        except FaultError:
            if not own:
                raise
            said = ""
        if not said.startswith(("http://", "https://", "/")):
            said = own
        if not said:
            raise FaultError(f"{self.onvif.where}: offers no snapshot: set snapshot_path where its maker names one")
        self._snapshots[channel.profile] = said
        return said

    async def _offered(self, url: str) -> rtsp.Offered:
        login = self._login("rtsp")
        found = await rtsp.ask(url, login, self._clock, 2 * self.options.timeout, self.options.first_frame)
        if found.state == rtsp.NO_CREDENTIAL:
            self._refuse("rtsp", login)
            if self.onvif.login is not None:  # sent or spared: it is refused as long as that lasts
                return found._replace(reason=rtsp.REFUSED)
        return found

    def _here(self, said: str) -> str:
        """A stream's address at the host where we reach the device; "" for what is no rtsp address."""
        try:
            parts = urlsplit(said)
            place = self.onvif.place._replace(port=parts.port or rtsp.PORTS[parts.scheme])
        except (ValueError, KeyError):
            return ""
        return urlunsplit((parts.scheme, str(place), parts.path, parts.query, ""))

    def _login(self, what: str) -> Login | None:
        """The credential; None while it has been refused a short while ago, lest the account be locked."""
        login = self.onvif.login
        spared = standing(self._clock, f"{self.onvif.where} {what}", login).spares(what, self._clock.monotonic())
        return None if spared or self.refused else login

    def _refuse(self, what: str, sent: Login | None) -> None:
        if sent is not None:
            standing(self._clock, f"{self.onvif.where} {what}", sent).refuse(what, self._clock.monotonic())
