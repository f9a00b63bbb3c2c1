"""SOAP 1.2 calls to one device: signed with its own clock, by a token or by HTTP Digest; a refused password is kept from locking an account."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from protocols.clock import Clock
from protocols.errors import DeviceError
from protocols.transports.http import Client, Credential, Limits, Request, Response, Tls
from protocols.transports.soap.envelope import AuthorisationError, FaultError, envelope, opened
from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.security import Login, username_token
from protocols.transports.soap.standing import RETRY_REFUSED, standing
from protocols.transports.soap.xml import MOST_BYTES, plain, tag

DEVICE = Tls(verify=False)
"""Devices sign their own certificates."""


@dataclass(frozen=True, slots=True)
class Addressing:
    """WS-Addressing 1.0 headers, which event services want: the action and, of an endpoint, its reference parameters as markup."""

    action: str
    parameters: str = ""


class Soap:
    """Calls one device, one at a time. `offset_ms` is its clock less ours: set it before the first call that signs in.

    `where` begins the messages ("camera 10.1.2.3:80"); `login` None asks without a credential.
    """

    def __init__(self, clock: Clock, login: Login | None, where: str, seconds: float = 10.0, tls: Tls = DEVICE) -> None:
        self.login, self.offset_ms = login, 0
        self._clock, self._where, self._tls = clock, where, tls
        self._limits = Limits(seconds=seconds, bytes=MOST_BYTES)
        self.peer = ""
        """The address that answered last: what the name that it is reached by means."""
        self._client = Client(clock)
        self._by_http = False
        self._standing = standing(clock, where, login)

    async def call(self, url: str, body: str, signed: bool = True, to: Addressing | None = None) -> Element:
        """The element that answers `body` (markup). Raises `AuthorisationError`, `FaultError`, `DeviceError`.

        `signed` False sends no credential: for operations that need none (ONVIF access class PRE_AUTH).
        """
        action = to.action if to else _action(body)
        if not signed or self.login is None:
            return self._read(await self._send(url, body, to, None, by_http=False), signed)
        self._spare(action)
        try:
            answer = await self._signed(url, body, to, self.login)
        except AuthorisationError:
            self._standing.refuse(action, self._clock.monotonic())
            raise
        self._standing.accept(action)
        return answer

    async def close(self) -> None:
        """End the connection; safe to call twice."""
        await self._client.close()

    async def _signed(self, url: str, body: str, to: Addressing | None, login: Login) -> Element:
        if not self._by_http:
            response = await self._send(url, body, to, login, by_http=False)
            if response.status != 401 or response.header("www-authenticate") is None:
                return self._read(response, signed=True)
        # It asks for HTTP Digest, as ONVIF Core 5.9.1 allows, and the token was not looked at.
        answer = self._read(await self._send(url, body, to, login, by_http=True), signed=True)
        self._by_http = True
        return answer

    async def _send(self, url: str, body: str, to: Addressing | None, login: Login | None, by_http: bool) -> Response:
        header = _addressed(url, to) if to else ""
        if login is not None and not by_http:
            header += username_token(login, self._clock.now_ms() + self.offset_ms, secrets.token_bytes(16))
        action = to.action if to else _action(body)
        request = Request(
            "POST",
            url,
            envelope(body, header),
            {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'},
            Credential(login.user, login.password) if login and by_http else None,
            self._tls,
            self._limits,
        )
        response = await self._client.send(request)
        self.peer = response.peer
        return response

    def _read(self, response: Response, signed: bool) -> Element:
        try:
            return self._opened(response)
        except AuthorisationError as error:
            hint = (
                "set user and password_file" if self.login is None else "set a user and password_file that it accepts"
            )
            told = f"{self._where}: answers but refuses {'the credential' if self.login and signed else 'without a credential'}"
            raise AuthorisationError(f"{told}: {hint} ({error})", error.codes) from error
        except FaultError as error:
            raise FaultError(f"{self._where}: {error}", error.codes) from error
        except DeviceError as error:
            raise DeviceError(f"{self._where}: {error}") from error

    def _opened(self, response: Response) -> Element:
        if response.status in (401, 403):
            raise AuthorisationError(f"HTTP status {response.status}", ("NotAuthorized",))
        if response.body and response.status != 404:  # SOAP 1.2 faults come with 400 and 500
            try:
                return opened(response.body)
            except FaultError:
                raise
            except DeviceError:
                if response.status in (200, 202):
                    raise
        if response.status >= 400 and response.status != 404:
            codes = ("ActionNotSupported",) if response.status in (405, 501) else ()
            raise FaultError(f"it refuses with HTTP status {response.status}", codes)
        raise DeviceError(f"HTTP status {response.status} at {response.url[:200]}: is this its ONVIF address and port?")

    def _spare(self, action: str) -> None:
        """Raises what was raised before where the credential was refused a short while ago."""
        if self._standing.spares(action, self._clock.monotonic()):
            raise AuthorisationError(
                f"{self._where}: answers but refuses the credential: set a user and password_file that it accepts "
                f"(asked again after {RETRY_REFUSED / 60:.0f} minutes at most, lest the account be locked)"
            )


def _addressed(url: str, to: Addressing) -> str:
    """The headers of an addressed request (WS-Addressing 1.0, SOAP binding)."""
    must: Mapping[str, str] = {"s:mustUnderstand": "1"}
    return (
        tag("wsa:Action", plain(to.action), **must)
        + tag("wsa:To", plain(url), **must)
        + tag("wsa:MessageID", f"urn:uuid:{_uuid()}")
        + tag("wsa:ReplyTo", tag("wsa:Address", "http://www.w3.org/2005/08/addressing/anonymous"))
        + to.parameters
    )


def _action(body: str) -> str:
    """`<tds:GetServices …>` is the action …/device/wsdl/GetServices."""
    prefix, _, name = body[1:].replace("/", " ").replace(">", " ").split()[0].partition(":")
    return f"{NAMESPACES[prefix]}/{name}"


def _uuid() -> str:
    raw = secrets.token_hex(16)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-8{raw[17:20]}-{raw[20:]}"
