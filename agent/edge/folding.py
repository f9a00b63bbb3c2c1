"""What stands only because something graver does: an alarm at a door is one message, not that it stands open, too. Pure but for memory."""

from collections.abc import Collection, Mapping

from agent.edge.judge import Key, Standing

BRINGS = {
    "door.forced": frozenset({"door.held", "door.open.night", "door.unsecured.night"}),
    "door.open.night": frozenset({"door.unsecured.night", "door.unlocked.night"}),
    "door.unlocked.night": frozenset({"door.unsecured.night"}),
}
"""What each brings about at the same door: of the collector's rows of consequences those whose rules are judged here."""
SETTLE_MS = 5_000
"""So long a consequence waits: what comes of one door in one moment may come in two readings."""
AFTER_MS = 120_000
"""What stands still so long after its cause is over stands for itself, as at the collector."""
_EFFECTS = frozenset().union(*BRINGS.values())


class Folding:
    """Remembers until when a cause stood."""

    def __init__(self) -> None:
        self._until: dict[Key, int] = {}

    def own(self, standing: Mapping[Key, Standing], known: Collection[Key], now: int) -> dict[Key, Standing]:
        """What stands for itself. What is `known` already goes on: it was told, or the collector has it."""
        doors: dict[tuple[str, str | None], set[str]] = {}
        for key in standing:
            doors.setdefault((key.device, key.label), set()).add(key.rule)
        own, folded = {}, {}
        for key, found in standing.items():
            if key in known or key.rule not in _EFFECTS:
                own[key] = found
                continue
            if any(key.rule in BRINGS.get(cause, ()) for cause in doors[key.device, key.label]):
                folded[key] = now
            elif now - self._until.get(key, -AFTER_MS) < AFTER_MS:
                folded[key] = self._until[key]
            elif now - found.fired >= SETTLE_MS:
                own[key] = found
        self._until = folded
        return own
