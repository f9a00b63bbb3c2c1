"""A certificate that a connection showed → what is kept of it."""

from protocols.drivers.probe.answers import Certificate
from protocols.transports.stream import Certificate as Peer
from protocols.transports.stream import read_certificate


def shown(peer: Peer | None) -> Certificate | None:
    """None where there is none, or one that cannot be read."""
    if peer is None:
        return None
    try:
        found = read_certificate(peer.der)
    except ValueError:
        return None
    return Certificate(found.subject, found.issuer, found.begins, found.ends, peer.problem, peer.version)
