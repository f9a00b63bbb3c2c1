"""A closed panel (Mercury, HID, …) as it can be seen from the network: which of its ports answer, its certificate, SNMP.

Nothing is said at a port of the panel's own protocol: it is connected to and closed. Web ports are asked for `/`, nothing more.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from protocols.address import Place
from protocols.clock import Clock, utc
from protocols.driver import Reading, Sample
from protocols.drivers.door.options import Options
from protocols.errors import DeviceError
from protocols.transports.http import Limits, Request, fetch
from protocols.transports.snmp.client import PORT, Snmp
from protocols.transports.snmp.options import SnmpOptions
from protocols.transports.snmp.values import text
from protocols.transports.soap.xml import clean
from protocols.transports.stream import Certificate, Stopwatch, StreamError, Tls, open_stream
from protocols.wire.batch import Scalar

USUAL: Mapping[int, str] = {
    443: "https",
    80: "http",
    3001: "mercury",
    4050: "hid",
    28001: "istar",
}
"""Ports that panels answer at → what the service is called: web, Mercury's host port, HID VertX and EDGE, iSTAR."""
SYS_DESCR, SYS_UPTIME, SYS_NAME, SYS_LOCATION = (f"1.3.6.1.2.1.1.{number}.0" for number in (1, 3, 5, 6))
"""SNMPv2-MIB (RFC 3418)."""
ANEW = 30
"""Polls after which the usual ports, and SNMP that never answered, are tried again."""
ANY = Tls(verify=False)
WEB = {443: "https", 8443: "https", 80: "http", 8080: "http"}


class Service(NamedTuple):
    """What one port did: `answers`, or the reason why not; the web server's certificate and what it calls itself."""

    port: int
    answers: bool
    reason: str = ""
    certificate: Certificate | None = None
    server: str = ""


class PanelSession:
    """A panel at `place`; the ports that answered once are watched from then on."""

    def __init__(self, place: Place, options: Options, clock: Clock, where: str) -> None:
        self._place, self._options, self._clock, self._where = place, options, clock, where
        self._known: set[int] = set(options.ports)
        self._snmp = Snmp(
            place._replace(port=PORT),
            SnmpOptions(community_file=options.community_file, timeout=1.0, retries=0),
            clock,
            where,
        )
        self._has_snmp = True
        self._polls = 0

    async def poll(self) -> Reading:
        """One reading. Raises `DeviceError` when nothing at all answers."""
        tried = self._known if self._known and self._polls % ANEW else self._known | set(self._usual())
        services = await asyncio.gather(*(self._look(port) for port in sorted(tried)))
        self._known |= {each.port for each in services if each.answers}
        known = await self._ask_snmp() if self._has_snmp or self._polls % ANEW == 0 else {}
        self._polls += 1
        if not known and not any(each.answers for each in services):
            self._lost(services)
        watched = [each for each in services if each.port in self._known]
        reading = Reading(samples=[Sample("door.service", named(each.port), float(each.answers)) for each in watched])
        reading.attributes = _attributes(watched, known)
        for each in watched:
            if (
                each.certificate is not None
                and (left := days_left(each.certificate.der, self._clock.now_ms())) is not None
            ):
                reading.samples.append(Sample("probe.certificate.remaining", None, left))
                break
        uptime = known.get(SYS_UPTIME)
        if isinstance(uptime, int):
            reading.samples.append(Sample("network.uptime", None, uptime / 100))
        return reading

    async def close(self) -> None:
        """End the SNMP conversation; safe to call twice."""
        await self._snmp.close()

    def _usual(self) -> list[int]:
        return [] if self._options.ports else [*USUAL, *([self._place.port] if self._place.port not in USUAL else [])]

    async def _look(self, port: int) -> Service:
        """Connect, ask a web server for its first page, close."""
        place = self._place._replace(port=port)
        try:
            if port in WEB:
                return await self._web(place)
            async with asyncio.timeout(self._options.timeout):
                (await open_stream(place, None, Stopwatch(self._clock))).close()
        except StreamError as error:
            return Service(port, answers=False, reason=error.reason)
        except TimeoutError:
            return Service(port, answers=False, reason="timeout")
        return Service(port, answers=True)

    async def _web(self, place: Place) -> Service:
        """Any answer counts, a 401 or 404 too: the panel is alive, its pages are none of our business."""
        limits = Limits(seconds=self._options.timeout, bytes=16_384, cut=True)
        response = await fetch(Request("GET", f"{WEB[place.port]}://{place}/", tls=ANY, limits=limits), self._clock)
        return Service(place.port, True, "", response.certificate, clean(response.header("server") or ""))

    async def _ask_snmp(self) -> dict[str, object]:
        """What the system group says; {} where SNMP is not offered, or not to us."""
        try:
            found = await self._snmp.get((SYS_DESCR, SYS_UPTIME, SYS_NAME, SYS_LOCATION))
        except DeviceError:
            found = {}
        self._has_snmp = bool(found)
        return dict(found)

    def _lost(self, services: list[Service]) -> None:
        """Raises: nothing answers. One that refuses is on; one that keeps silent may be off."""
        ports = ", ".join(str(each.port) for each in services)
        if any(each.reason == "refused" for each in services):
            raise DeviceError(
                f"{self._where}: is on, and refuses at every port tried ({ports}): set ports to those of this panel"
            )
        reasons = ", ".join(sorted({each.reason for each in services}))
        raise DeviceError(
            f"{self._where}: no answer at ports {ports} ({reasons}): is it powered, and is this its address?"
        )


def named(port: int) -> str:
    """The label of a port: "mercury 3001"."""
    name = USUAL.get(port) or WEB.get(port)
    return f"{name} {port}" if name else str(port)


def days_left(der: bytes, now_ms: int) -> float | None:
    """Days until a certificate ends, negative when it has; None when it cannot be read."""
    from cryptography import x509

    try:
        ends = x509.load_der_x509_certificate(der).not_valid_after_utc
    except ValueError:
        return None
    return (ends - utc(now_ms)).total_seconds() / 86400


def _attributes(services: list[Service], known: Mapping[str, object]) -> dict[str, Scalar]:
    """What it says of itself over SNMP, and its web server's name."""
    said = {
        key: clean(text(value))
        for key, oid in (("model", SYS_DESCR), ("name", SYS_NAME), ("location", SYS_LOCATION))
        if isinstance(value := known.get(oid), bytes | str)
    }
    server = next((each.server for each in services if each.server), "")
    return {"protocol": "panel", **{key: value for key, value in {**said, "server": server}.items() if value}}
