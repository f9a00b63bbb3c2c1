"""An outage of the database as the log tells it: once when it is noticed, once when it is over, and never at a retry."""

from logging import Logger


class Outage:
    """`what` waits for the database while it is away: "problems", say. Call `lost` and `over` as often as you like."""

    def __init__(self, log: Logger, what: str) -> None:
        self._log = log
        self._what = what
        self._lasts = False

    def lost(self, error: Exception) -> None:
        """It failed; told unless that is known."""
        if not self._lasts:
            self._log.warning("%s: waiting for the database, will try again: %s", self._what, error)
        self._lasts = True

    def over(self) -> None:
        """It worked; told after an outage alone."""
        if self._lasts:
            self._log.info("%s: the database is back", self._what)
        self._lasts = False
