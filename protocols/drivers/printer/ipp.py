"""A printer asked over IPP: Get-Printer-Attributes, and nothing else, by the way that it is found to answer."""

import asyncio
import itertools
from collections.abc import Iterator
from typing import NamedTuple

from protocols.address import Place
from protocols.clock import Clock
from protocols.drivers.printer import ipp_message
from protocols.drivers.printer.ipp_message import Answer, Attributes, MessageError
from protocols.drivers.printer.options import PrinterOptions
from protocols.errors import DeviceError, OptionError
from protocols.secret import read_secret
from protocols.transports.http import Client, Credential, Limits, Request, Response, StreamError, Tls

PORT = 631
PATHS = ("/ipp/print", "/ipp/printer", "/ipp", "/")
VERSIONS = ((2, 0), (1, 1))
LIMITS = Limits(seconds=8.0, bytes=500_000)
PATIENCE = 25.0
"""Seconds that one reading may take, whatever is tried in them: SNMP's account must not be lost to a slow web server."""
ASKED = (
    "printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "queued-job-count", "printer-name",
    "printer-info", "printer-location", "printer-make-and-model", "printer-device-id", "printer-uuid",
    "printer-serial-number", "printer-firmware-name", "printer-firmware-string-version", "printer-dns-sd-name",
    "printer-supply", "printer-supply-description", "marker-names", "marker-types", "marker-colors", "marker-levels",
    "marker-low-levels", "marker-high-levels", "printer-input-tray",
    "printer-impressions-completed", "printer-impressions-completed-col", "printer-media-sheets-completed",
)  # fmt: skip
"""No message, no job and nobody's name; what a printer sends beside these is not looked at."""

_VERSION_NOT_SUPPORTED = 0x0503
_NOT_FOUND = (0x0406, 0x0400)
"""client-error-not-found, client-error-bad-request: some say the latter of another path."""
_REFUSED = (0x0401, 0x0402, 0x0403)
"""client-error-forbidden, -not-authenticated, -not-authorized."""


class RefusedError(DeviceError):
    """It is alive and answers, but wants another credential."""


class _Way(NamedTuple):
    """How the printer is asked."""

    tls: bool
    path: str
    version: tuple[int, int]


class IppAnswer(NamedTuple):
    """`problem` is what is wrong with the certificate that was accepted, None without TLS or where it is trusted."""

    attributes: Attributes
    problem: str | None


class IppSource:
    """One printer's attributes. The way that was answered is remembered, until it fails."""

    def __init__(self, host: str, options: PrinterOptions, clock: Clock, where: str) -> None:
        """Raises `OptionError` for a password file that is missing, or stands without its user."""
        self.place = Place(host, options.ipp_port or PORT)
        self._options = options
        self._credential = _credential(options, where)
        self._client = Client(clock)
        self._way: _Way | None = None
        self._numbers = itertools.count(1)

    async def read(self) -> IppAnswer:
        """The attributes. Raises `RefusedError`, and `DeviceError` when there is no answer that makes sense."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._read()
        except TimeoutError as error:
            raise DeviceError(f"ipp {self.place}: it answers too slowly: nothing within {PATIENCE:g} s") from error

    async def _read(self) -> IppAnswer:
        if self._way is not None:
            way, self._way = self._way, None
            try:
                answered = await self._ask(way)
            except _ElsewhereError:
                pass
            except StreamError as error:
                raise DeviceError(f"ipp {error}") from error
            else:
                self._way = way
                return answered
        return await self._find()

    async def close(self) -> None:
        """End the connection."""
        await self._client.close()

    async def _find(self) -> IppAnswer:
        """Try each way until one answers; a port at which nothing listens is not tried on every path."""
        failure: DeviceError | None = None
        dead: set[bool] = set()
        for way in self._ways():
            if way.tls in dead:
                continue
            try:
                answered = await self._ask(way)
            except _ElsewhereError as error:
                failure = error
                if error.tls_wanted and self._options.ipp_tls == "auto":
                    dead.add(way.tls)
            except StreamError as error:
                failure = failure or DeviceError(f"ipp {error}")
                if self._options.ipp_tls != "auto" or error.reason not in ("reset", "tls", "nonsense"):
                    raise DeviceError(f"ipp {error}") from error
                dead.add(way.tls)
            else:
                self._way = way
                return answered
        raise failure or DeviceError(f"ipp {self.place}: no way to ask it is left")

    def _ways(self) -> Iterator[_Way]:
        both = (True, False) if self._credential else (False, True)
        layers = {"auto": both, "on": (True,), "off": (False,)}[self._options.ipp_tls]
        paths = (_slashed(self._options.ipp_path),) if self._options.ipp_path else PATHS
        return (_Way(tls, path, version) for tls in layers for path in paths for version in VERSIONS)

    async def _ask(self, way: _Way) -> IppAnswer:
        """Raises `_ElsewhereError` when the printer says that this is not the way, `RefusedError`, `DeviceError`."""
        uri = f"{'ipps' if way.tls else 'ipp'}://{self.place}{way.path}"
        body = ipp_message.request(next(self._numbers), uri, ASKED, way.version)
        response = await self._client.send(
            Request(
                "POST",
                f"{'https' if way.tls else 'http'}://{self.place}{way.path}",
                body,
                {"Content-Type": "application/ipp", "Accept": "application/ipp"},
                self._credential,
                Tls(verify=False),
                LIMITS,
            )
        )
        answered = self._understand(response, way)
        problem = response.certificate.problem if response.certificate else None
        return IppAnswer(answered.attributes, problem)

    def _understand(self, response: Response, way: _Way) -> Answer:
        where = f"ipp {self.place}{way.path}"
        if response.status in (401, 403):
            raise self._refused(f"HTTP {response.status}")
        if response.status != 200:
            wanted = response.status in (301, 302, 307, 308, 426)
            raise _ElsewhereError(f"{where}: HTTP {response.status}{_hint(response.status)}", tls_wanted=wanted)
        try:
            answered = ipp_message.answer(response.body)
        except MessageError as error:
            raise _ElsewhereError(
                f"{where}: its answer is no IPP ({error}); is this a printer? See ipp_path"
            ) from error
        if answered.status in _REFUSED:
            raise self._refused(f"IPP status 0x{answered.status:04x}")
        if answered.status in (*_NOT_FOUND, _VERSION_NOT_SUPPORTED):
            raise _ElsewhereError(
                f"{where}: the printer knows no printer of this path (0x{answered.status:04x}); see ipp_path"
            )
        if answered.status >= 0x0100:
            raise DeviceError(f"{where}: the printer answers with an error (IPP status 0x{answered.status:04x})")
        if not any(name in answered.attributes for name in ("printer-state", "printer-make-and-model", "printer-name")):
            raise _ElsewhereError(f"{where}: its answer says nothing of a printer; see ipp_path")
        return answered

    def _refused(self, said: str) -> RefusedError:
        fix = "correct ipp_user and ipp_password_file" if self._credential else "set ipp_user and ipp_password_file"
        return RefusedError(
            f'ipp {self.place}: answers but refuses the credential ({said}): {fix}, or sources = "snmp"'
        )


class _ElsewhereError(DeviceError):
    """The printer answers, but not in this way. `tls_wanted`: it sends us to TLS."""

    def __init__(self, message: str, *, tls_wanted: bool = False) -> None:
        super().__init__(message)
        self.tls_wanted = tls_wanted


def _hint(status: int) -> str:
    if status in (301, 302, 307, 308, 426):
        return ': it wants TLS, or another path: ipp_tls = "on", ipp_path'
    return ": no printer has this path; see ipp_path" if status in (400, 404, 405) else ""


def _slashed(path: str) -> str:
    return path if path.startswith("/") else "/" + path


def _credential(options: PrinterOptions, where: str) -> Credential | None:
    if not options.ipp_user:
        if options.ipp_password_file:
            raise OptionError(f"{where}: ipp_password_file needs ipp_user: the name that goes with the password")
        return None
    if not options.ipp_password_file:
        raise OptionError(f"{where}: ipp_user needs ipp_password_file: a file that holds the user's password")
    return Credential(options.ipp_user, read_secret(options.ipp_password_file, f"{where}: ipp_password_file"))
