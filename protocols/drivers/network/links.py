"""Which ports matter when they go down, and how often each comes and goes. Pure; the memory of one device.

An access port whose computer was unplugged is no problem. A port matters when its own text says so, when it is an aggregate,
when a switch, router or access point was heard on it, or when many devices were behind it for a whole day without a break (a
classroom's small switch is off at night); for a week after it went down.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FORGET_S = 7 * 86400.0
HOUR_S = 3600.0
DAY_S = 86400.0
MOST_CHANGES = 600


@dataclass(slots=True)
class Links:
    """What was learnt of the ports, by name. Times are monotonic seconds."""

    _reasons: dict[str, str] = field(default_factory=dict)
    _up_at: dict[str, float] = field(default_factory=dict)
    _since: dict[str, float] = field(default_factory=dict)
    _was: dict[str, int] = field(default_factory=dict)
    _changes: dict[str, "deque[float]"] = field(default_factory=dict)

    def learn(self, reasons: Mapping[str, str], now: float) -> None:
        """Ports that matter, and why; only those that are up are learnt, unless they are written down (`reason` "named").

        Those with many devices behind them (`reason` "many") are learnt once they were up for a day.
        """
        for name, reason in reasons.items():
            if reason == "many" and name not in self._reasons and now - self._since.get(name, now) < DAY_S:
                continue
            if name in self._reasons or self._was.get(name) == 1 or reason == "named":
                self._reasons[name] = reason
                self._up_at.setdefault(name, now)

    def seen(self, states: Mapping[str, int], now: float) -> None:
        """The states of this poll: 1 is up, 0 down."""
        for name, state in states.items():
            before = self._was.get(name)
            if before is not None and before != state and {before, state} == {0, 1}:
                self._changes.setdefault(name, deque(maxlen=MOST_CHANGES)).append(now)
            if state == 1:
                self._up_at[name] = now
                self._since.setdefault(name, now)
            else:
                self._since.pop(name, None)
            self._was[name] = state
        for name in [name for name, reason in self._reasons.items() if self._lost(name, reason, now)]:
            del self._reasons[name]

    def restarted(self) -> None:
        """The device was restarted: that all ports went down and up is one event, not forty-eight."""
        self._was.clear()

    def matter(self) -> Iterable[str]:
        """The ports that matter."""
        return self._reasons.keys()

    def reason(self, name: str) -> str | None:
        """Why a port matters."""
        return self._reasons.get(name)

    def flaps(self, now: float) -> dict[str, int]:
        """How often each port changed within the last hour; ports that did not in this hour and told so are left out."""
        found = {}
        for name, changes in list(self._changes.items()):
            while changes and now - changes[0] > HOUR_S:
                changes.popleft()
            found[name] = len(changes)
            if not changes:
                del self._changes[name]
        return found

    def _lost(self, name: str, reason: str, now: float) -> bool:
        return reason != "named" and now - self._up_at.get(name, now) > FORGET_S
