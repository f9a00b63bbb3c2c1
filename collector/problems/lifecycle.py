"""The life of a problem: pending → open → acknowledged or snoozed → resolved, reopened soon after is the same one. Pure.

Pending is the detector's: a finding is given only when its condition has held long enough.
"""

from enum import StrEnum
from typing import NamedTuple

from collector.problems.rule import rank

REOPEN_MS = 15 * 60 * 1000
FLAPPING = 3
"""Told again at most this often: from then on it is flapping, and told once more when it has stayed away for `REOPEN_MS`.

A message says which coming it speaks of (`occurrence`), and the outbox takes each change of each coming once.
"""


class Change(StrEnum):
    """What happens to a problem."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSENED = "worsened"
    RESOLVED = "resolved"


class Life(NamedTuple):
    """A problem as stored. `dismissed`: a person resolved it. Times in ms."""

    state: str
    resolved_at: int | None = None
    reopened: int = 0
    told: bool = False
    dismissed: bool = False

    @property
    def live(self) -> bool:
        return self.state != "resolved"

    @property
    def flapping(self) -> bool:
        return self.reopened >= FLAPPING


def when_active(life: Life | None, since: int, now: int) -> Change | None:
    """What to do while the condition holds, `life` being the newest problem of this rule and subject.

    What a person has resolved stays so until the condition has gone and come again; then a flapping one is another problem,
    so that it is told.
    """
    if life is None:
        return Change.OPENED
    if life.live or life.resolved_at is None:
        return None
    if life.dismissed and since <= life.resolved_at:
        return None
    over = now - life.resolved_at > REOPEN_MS or (life.dismissed and life.flapping)
    return Change.OPENED if over else Change.REOPENED


def when_graver(have: str, found: str) -> Change | None:
    """What to do with a live problem of severity `have` whose condition is now found with this one: it never shrinks."""
    return Change.WORSENED if rank(found) > rank(have) else None


def when_clear(life: Life | None) -> Change | None:
    """What to do when the condition is known to be gone."""
    return Change.RESOLVED if life is not None and life.live else None


def after(life: Life | None, change: Change, now: int) -> Life:
    """The problem after the change."""
    if change is Change.OPENED or life is None:
        return Life("open")
    if change is Change.REOPENED:
        return life._replace(state="open", resolved_at=None, reopened=life.reopened + 1, dismissed=False)
    return life._replace(state="resolved", resolved_at=now)


def occurrence(life: Life) -> int:
    """Which coming of the problem a message speaks of: all from the last one told on count as that one."""
    return min(life.reopened, FLAPPING)


def told_after_ms(life: Life, change: Change) -> int:
    """How long the message waits: the resolution of a flapping problem until it can no longer be reopened."""
    return REOPEN_MS if change is Change.RESOLVED and life.flapping else 0
