"""A session from an address and options: with traps where they are asked for."""

from protocols.address import Place
from protocols.clock import Clock
from protocols.drivers.network.client import Client
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.profile import load
from protocols.drivers.network.session import NetworkSession
from protocols.drivers.network.telling import TellingSession
from protocols.transports.snmp.client import Snmp


def session(place: Place, options: NetworkOptions, clock: Clock, where: str) -> NetworkSession | TellingSession:
    """The session. Raises `OptionError` for a credential or profile that cannot be read."""
    profiles = load(options.profiles)
    client = Client(Snmp(place, options, clock, where))
    polled = NetworkSession(client, options, profiles, clock)
    return TellingSession(polled, place, options, clock, where) if options.trap_port else polled
