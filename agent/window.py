"""Which batches are in flight, which are sent again and when. Pure; the publisher does what it says.

At most eight batches are unacknowledged at a time: that is the back-pressure, end to end. Seconds are monotonic.
"""

from dataclasses import dataclass, field

SIZE = 8
NEWEST = 2
"""Places kept for the newest data while a backlog flows, so that the dashboard is current."""
RESEND_S = 5.0
RESEND_MOST_S = 60.0
BARRED_MOST_S = 15 * 60.0


@dataclass(slots=True)
class Window:
    """Batches in flight by their id in the spool, with the time each was last sent."""

    sent: dict[int, float] = field(default_factory=dict)
    newest: set[int] = field(default_factory=set)
    """Those in flight that were taken from the new end."""
    patience: float = RESEND_S
    """How long an acknowledgement is waited for; doubles while none comes back."""
    barred: bool = False
    """The collector takes nothing of this agent for now: one batch asks, ever more seldom, whether it does again."""

    def wanted(self) -> tuple[int, int]:
        """How many batches to take now: from the old end, from the new end."""
        if self.barred:
            return 0, 0
        free = SIZE - len(self.sent)
        newest = min(max(0, NEWEST - len(self.newest)), free)
        return free - newest, newest

    def add(self, identity: int, now: float, *, newest: bool) -> None:
        """A batch was published."""
        self.sent[identity] = now
        if newest:
            self.newest.add(identity)

    def settled(self, gone: set[int]) -> None:
        """An acknowledgement came: `gone` are no longer in flight."""
        self.sent = {identity: at for identity, at in self.sent.items() if identity not in gone}
        self.newest -= gone
        if gone:
            self.patience, self.barred = RESEND_S, False

    def only(self, first: set[int]) -> None:
        """Nothing but these is in flight: the others are taken again later."""
        self.sent = {identity: at for identity, at in self.sent.items() if identity in first}
        self.newest &= first

    def bar(self) -> None:
        """The collector takes nothing of this agent, which an administrator may change at any time."""
        if self.sent and not self.barred:
            self.patience, self.barred = RESEND_S, True

    def overdue(self, now: float) -> list[int]:
        """Those to send again, oldest first; asking again later is then less patient by half."""
        if self.wait(now) != 0:
            return []
        if self.barred:
            self.patience = min(BARRED_MOST_S, 2 * self.patience)
            return [min(self.sent)]
        late = sorted(identity for identity, at in self.sent.items() if at + self.patience <= now)
        self.patience = min(RESEND_MOST_S, 2 * self.patience)
        return late

    def reconnected(self) -> list[int]:
        """All in flight, oldest first: the broker may have lost them. While barred one is enough to ask."""
        if self.barred:
            return sorted(self.sent)[:1]
        self.patience = RESEND_S
        return sorted(self.sent)

    def wait(self, now: float) -> float | None:
        """Seconds until `overdue` has something; None while nothing is in flight."""
        if not self.sent:
            return None
        asked = max(self.sent.values()) if self.barred else min(self.sent.values())
        return max(0.0, asked + self.patience - now)
