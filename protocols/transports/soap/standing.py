"""What a device made of a credential, kept beyond the session: one that is opened anew must not send a refused password again."""

from collections import OrderedDict
from hashlib import sha256
from weakref import WeakKeyDictionary

from protocols.clock import Clock
from protocols.transports.soap.security import Login

RETRY_REFUSED = 900.0
"""Seconds until a refused credential is sent again: devices lock an account after five to ten wrong attempts in half an hour."""
RETRY_ACCEPTED = 60.0
"""… and one that was accepted until then: a clock that has just been set makes a device refuse a right password, once."""
MOST = 4096
"""Credentials at devices that are remembered, the latest."""


class Standing:
    """The operations for which one device accepted or refused one credential. Those who ask it share this; times are monotonic."""

    def __init__(self) -> None:
        self._accepted: set[str] = set()
        self._refused: dict[str, float] = {}
        """Operation, "" for all → until when it is spared."""

    def spares(self, action: str, now: float) -> bool:
        """Whether the credential was refused a short while ago."""
        self._refused = {each: until for each, until in self._refused.items() if now < until}
        return "" in self._refused or action in self._refused

    def accept(self, action: str) -> None:
        """It was let in."""
        self._accepted.add(action)

    def refuse(self, action: str, now: float) -> None:
        """Of one operation when others are allowed: the user may not do it; else the password is wrong for all."""
        if action in self._accepted:
            self._accepted.clear()
            self._refused[""] = now + RETRY_ACCEPTED
        else:
            self._refused[action if self._accepted else ""] = now + RETRY_REFUSED


_known: WeakKeyDictionary[Clock, OrderedDict[bytes, Standing]] = WeakKeyDictionary()
"""By the clock whose time they are in."""


def standing(clock: Clock, where: str, login: Login | None) -> Standing:
    """That of a credential at the device that `where` names; another password is another credential."""
    if login is None:
        return Standing()
    mine = _known.setdefault(clock, OrderedDict())
    key = sha256("\0".join((where, login.user, login.password.reveal())).encode()).digest()
    found = mine.setdefault(key, Standing())
    mine.move_to_end(key)
    if len(mine) > MOST:
        mine.popitem(last=False)
    return found
