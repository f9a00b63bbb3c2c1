"""One page over http or https, and once a night how fast a file comes."""

from protocols.clock import Clock, utc
from protocols.drivers.probe.answers import Web
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.shown import shown
from protocols.drivers.probe.target import Aim, hours
from protocols.transports.http import Credential, Limits, Request, StreamError, Tls, fetch

SPEED_SECONDS = 20.0
ONCE = 12 * 3600.0
"""Seconds between two measurements at least."""
FEW_BYTES = 50_000
"""What is shorter says nothing of a line's speed."""


async def look(aim: Aim, options: ProbeOptions, who: Credential | None, clock: Clock) -> Web:
    """The page. A certificate without trust is told in it, save where a password would be sent. Raises `StreamError`."""
    request = Request(
        options.method,
        aim.url,
        headers=options.headers,
        credential=who,
        tls=Tls(options.verify and who is not None, options.ca_file, options.server_name),
        limits=Limits(options.timeout, options.most_bytes, cut=True),
        follow=options.follow,
    )
    page = await fetch(request, clock)
    return Web(
        status=page.status,
        reason=page.reason,
        url=page.url,
        text=page.text(),
        phases=dict(page.phases),
        peer=page.peer,
        server=page.header("server") or "",
        cut=page.cut,
        certificate=shown(page.certificate),
    )


class Speed:
    """The nightly measurement; holds when the last was."""

    def __init__(self, options: ProbeOptions, clock: Clock) -> None:
        self._options, self._clock = options, clock
        self._hours = hours(options.speed_hours, "")
        self._last: float | None = None

    def due(self) -> bool:
        """Whether it is time: an address is given, the hour is right, and the last measurement is half a day ago."""
        now = self._clock.monotonic()
        hour = utc(self._clock.now_ms()).astimezone().hour
        return bool(self._options.speed_url) and hour in self._hours and (self._last is None or now - self._last > ONCE)

    async def measure(self) -> float | None:
        """bit/s of the file's transfer; None where it cannot be told. What is loaded is thrown away as it comes."""
        self._last = self._clock.monotonic()
        limits = Limits(SPEED_SECONDS, self._options.speed_bytes, cut=True, keep=False)
        tls = Tls(self._options.verify, self._options.ca_file)
        try:
            file = await fetch(Request("GET", self._options.speed_url, tls=tls, limits=limits, follow=5), self._clock)
        except StreamError:
            return None
        took = file.phases.get("transfer", 0.0)
        return file.size * 8 / took if file.status == 200 and file.size >= FEW_BYTES and took > 0 else None
