"""One ONVIF device: its services, its clock, who it is; every operation that a driver adds goes through `ask`."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from protocols.address import Place
from protocols.clock import Clock
from protocols.errors import DeviceError, OptionError
from protocols.secret import read_secret
from protocols.transports.onvif.answers import DeviceTime, identity, services, system_time
from protocols.transports.onvif.options import OnvifOptions
from protocols.transports.soap import NAMESPACES, Addressing, AuthorisationError, FaultError, Login, Soap

READS = ("Get", "Find", "PullMessages", "CreatePullPointSubscription", "Renew", "Unsubscribe", "EndSearch")
"""How operations begin that may be asked: whatever else a driver would ask is refused before it is sent."""


def login_of(options: OnvifOptions, where: str) -> Login | None:
    """The credential, read from its file; None where none is set. Raises `OptionError`."""
    if bool(options.user) != (options.password_file is not None):
        missing = "password_file" if options.user else "user"
        raise OptionError(f"{where}: options: {missing} is missing: a sign-in needs user and password_file")
    if options.password_file is None:
        return None
    return Login(options.user, read_secret(options.password_file, f"{where}: password_file"))


@dataclass(frozen=True)
class Endpoint:
    """Where a subscription is asked: a URL, and the reference parameters that its requests must carry."""

    url: str
    parameters: str = ""


class Onvif:
    """The device at `place`. `where` begins every message ("camera 10.1.2.3:80")."""

    def __init__(self, place: Place, options: OnvifOptions, login: Login | None, clock: Clock, where: str) -> None:
        self.place, self.options, self.where = place, options, where
        self.clock = clock
        self.soap = Soap(clock, login, where, options.timeout)
        self.device_url = self.url(options.path)
        self._signs_all = False
        self._services: dict[str, str] | None = None

    @property
    def login(self) -> Login | None:
        """Who signs in."""
        return self.soap.login

    def url(self, said: str) -> str:
        """A URL that the device names, at the address where we reach it: it may not know that address (port forwarding), nor lead elsewhere."""
        scheme = "https" if self.options.tls else "http"
        try:
            parts = urlsplit(said)
            same = (
                parts.hostname is not None
                and parts.hostname in (self.place.host.lower(), self.soap.peer)
                and parts.scheme == scheme
            )
            port = parts.port if same and parts.port else self.place.port
        except ValueError:
            return f"{scheme}://{self.place}/"
        query = f"?{parts.query}" if parts.query else ""
        path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
        return f"{scheme}://{self.place._replace(port=port)}{path}{query}"

    async def time(self) -> DeviceTime:
        """The device's clock; the token of later requests goes by it. Raises `DeviceError`.

        It needs no sign-in (Core 8.3.5); a device that wants one all the same, and is not given it, has told nothing.
        """
        began = self.clock.monotonic()
        try:
            answer = await self._freely("<tds:GetSystemDateAndTime/>")
        except AuthorisationError:
            return DeviceTime(None)
        except FaultError as error:
            raise DeviceError(f"{error}: is this its ONVIF address and port?") from error
        now = self.clock.now_ms() - round((self.clock.monotonic() - began) * 500)
        told = system_time(answer, now)
        if told.offset is not None:
            self.soap.offset_ms = round(told.offset * 1000)
        return told

    async def services(self) -> dict[str, str]:
        """Namespace → URL of each service, asked once. Raises `DeviceError`."""
        if self._services is None:
            self._services = {space: self.url(said) for space, said in (await self._ask_services()).items()}
        return self._services

    async def has(self, prefix: str) -> bool:
        """Whether the device offers the service of a prefix of `NAMESPACES`: "trt" (media), "tev" (events), …"""
        return NAMESPACES[prefix] in await self.services()

    async def ask(self, body: str) -> Element:
        """What answers an operation (markup) at the service that its prefix names. Raises as `Soap.call`."""
        prefix, _, rest = body[1:].partition(":")
        url = (await self.services()).get(NAMESPACES[prefix])
        if url is None:
            raise FaultError(f"{self.where}: offers no service {NAMESPACES[prefix]}", ("NoSuchService",))
        if not rest.startswith(READS):
            raise DeviceError(f"{self.where}: {rest[:40]!r} is never sent: a driver only reads", permanent=True)
        return await self.soap.call(url, body)

    async def at(self, endpoint: Endpoint, action: str, body: str) -> Element:
        """What answers an addressed operation at a subscription."""
        if not body[1:].partition(":")[2].startswith(READS):
            raise DeviceError(f"{self.where}: {body[:40]!r} is never sent: a driver only reads", permanent=True)
        return await self.soap.call(endpoint.url, body, to=Addressing(action, endpoint.parameters))

    async def identity(self) -> dict[str, str]:
        """Attributes: vendor, model, serial, firmware, mac, name, location, uuid as far as it tells. Raises `DeviceError`."""
        information = await self.ask("<tds:GetDeviceInformation/>")
        scopes = await self.optional("<tds:GetScopes/>")
        network = await self.optional("<tds:GetNetworkInterfaces/>")
        endpoint = await self.optional("<tds:GetEndpointReference/>")
        return identity(information, scopes, network, endpoint)

    async def optional(self, body: str) -> Element | None:
        """As `ask`; None where the device refuses, or has no such operation."""
        try:
            return await self.ask(body)
        except FaultError:
            return None

    async def close(self) -> None:
        """End the connection; safe to call twice."""
        await self.soap.close()

    async def _ask_services(self) -> dict[str, str]:
        try:
            body = "<tds:GetServices><tds:IncludeCapability>false</tds:IncludeCapability></tds:GetServices>"
            return services(await self._freely(body), self.device_url)
        except AuthorisationError:
            raise
        except FaultError:  # before ONVIF 2.0
            body = "<tds:GetCapabilities><tds:Category>All</tds:Category></tds:GetCapabilities>"
            return services(await self._freely(body), self.device_url)

    async def _freely(self, body: str) -> Element:
        """An operation that needs no sign-in; with it where the device wants it all the same."""
        if not self._signs_all:
            try:
                return await self.soap.call(self.device_url, body, signed=False)
            except AuthorisationError:
                if self.login is None:
                    raise
        answer = await self.soap.call(self.device_url, body)
        self._signs_all = True
        return answer
