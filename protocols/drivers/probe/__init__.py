"""Services as people feel them: the line to the provider, names, web systems, mail, time; and what a filter must block."""

import msgspec

from protocols.clock import Clock
from protocols.driver import Driver, Session, Target
from protocols.drivers.probe.client import Client
from protocols.drivers.probe.discover import discover
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.points import POINTS
from protocols.drivers.probe.session import ProbeSession
from protocols.drivers.probe.target import USUAL_INTERVAL, check_options, interval_of, read_aim
from protocols.errors import OptionError
from protocols.secret import read_secret
from protocols.transports.http import Credential, Tls
from protocols.transports.stream.tls import trusting


async def open_probe(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session on one service. Raises `OptionError` for an address or option that makes no sense."""
    where = f"device {target.key!r}"
    if not isinstance(options, ProbeOptions):
        raise OptionError(f"{where}: not a probe's options")
    aim = read_aim(target.address, where)
    check_options(aim, options, where)
    if options.ca_file:
        trusting(Tls(True, options.ca_file))
    who = None
    if options.password_file is not None:
        who = Credential(options.user, read_secret(options.password_file, f"{where}: password_file"))
    return ProbeSession(Client(aim, options, who, clock), aim, options, clock)


DRIVER = Driver(
    kind="probe",
    device_kind="service",
    family="probe",
    interval=USUAL_INTERVAL,
    interval_of=interval_of,
    options=ProbeOptions,
    points=POINTS,
    open=open_probe,
    discover=discover,
    concurrency=16,
)
