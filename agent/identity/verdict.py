"""What follows from who answered at a device's address: it is the device, its replacement, or a stranger. Pure: takes `now`."""

from dataclasses import dataclass, replace
from typing import Literal

from agent.identity.who import NOBODY, Identity, joined, same
from protocols.driver import DeviceEvent

MOST_MEMBERS = 4
"""Most things that are one device in turn, such as two firewalls behind one address."""

Policy = Literal["kept", "any"]
"""`kept`: another thing at the address is not the device; `any`: whatever answers there is."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Another thing at the device's address, since `since` (ms)."""

    identity: Identity
    since: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of one device. `members` are things that were it before; `moved` is the address it was found at
    when agent.toml said `configured`; None: where agent.toml says. `near` is the MAC that answered for its address last:
    good enough to look for it by, not to refuse it by.
    """

    identity: Identity = NOBODY
    members: tuple[Identity, ...] = ()
    stranger: Stranger | None = None
    moved: str | None = None
    configured: str | None = None
    near: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is remembered from now on, what is told, and why the reading must not be stored ("": it may)."""

    known: Known
    events: tuple[DeviceEvent, ...] = ()
    refused: str = ""


def judge(key: str, known: Known, found: Identity, now: int, policy: Policy = "kept", hours: float = 24.0) -> Verdict:
    """Who answered for the device `key`, by what it said of itself; `now` in ms.

    A stranger that stays for `hours` counts as the replacement. A reading that says nothing of its identity is believed,
    unless a stranger was the last that did.
    """
    if not found:
        return Verdict(known, refused=_refusal(key, known, hours)) if known.stranger else Verdict(known)
    if not known.identity:
        return Verdict(replace(known, identity=found, stranger=None))
    if same(known.identity, found) is not False:
        return Verdict(replace(known, identity=joined(known.identity, found), stranger=None))
    stranger = known.stranger
    if stranger is None or same(stranger.identity, found) is False or now < stranger.since:
        stranger = Stranger(found, now)
    member = any(same(each, found) for each in known.members)
    if member or policy == "any" or now - stranger.since >= hours * 3_600_000:
        return _replaced(known, found)
    told = replace(known, stranger=stranger)
    events = (_told("device.other", "minor", known, found),) if known.stranger != stranger else ()
    return Verdict(told, events, _refusal(key, told, hours))


def _replaced(known: Known, found: Identity) -> Verdict:
    others = [known.identity, *(each for each in known.members if not same(each, found))]
    event = _told("device.replaced", "info", known, found)
    return Verdict(replace(known, identity=found, members=tuple(others[:MOST_MEMBERS]), stranger=None), (event,))


def _told(kind: str, severity: str, known: Known, found: Identity) -> DeviceEvent:
    return DeviceEvent(kind, severity, {"expected": known.identity.words, "found": found.words})


def _refusal(key: str, known: Known, hours: float) -> str:
    found = known.stranger.identity.words if known.stranger else "?"
    return (
        f"another device answers at this address: {found}, expected {known.identity.words}; replaced on purpose: "
        f"firstbell-agent forget {key!r} (else it counts as the replacement after {hours:g} h)"
    )
