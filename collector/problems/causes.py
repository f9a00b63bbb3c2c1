"""Which finding is the cause of another: one message for one thing that is wrong. Pure."""

from collections.abc import Mapping

from collector.problems.engine import UNREACHABLE
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import Device
from collector.problems.rules import RuleBook, rank
from collector.problems.topology import root_of


class Causes:
    """The causes among what was found at one moment."""

    def __init__(self, found: Mapping[Key, Finding], devices: Mapping[int, Device], book: RuleBook) -> None:
        self._unreachable = {device.id for device in devices.values() if device.reachable is False}
        self._parents = {device.id: device.parent for device in devices.values()} if self._unreachable else {}
        self._book = book
        self._severity = {key: finding.severity for key, finding in found.items()}
        self._gravest: dict[str, Key] = {}
        for key in found:
            if self._judges_values(key):
                worst = self._gravest.setdefault(key.subject, key)
                if self._rank(key) > self._rank(worst):
                    self._gravest[key.subject] = key

    def of(self, finding: Finding) -> Key | None:
        """Its cause, whether or not that is a problem already; None when it stands for itself.

        An unreachable device has the highest unreachable ancestor; a limit crossed has the graver limit of the same point.
        """
        key = finding.key
        if finding.cause is not None:
            return finding.cause
        if key.rule == UNREACHABLE:
            root = root_of(finding.device or 0, self._parents, self._unreachable)
            return None if root is None else Key(UNREACHABLE, subject_of("device", root))
        gravest = self._gravest.get(key.subject) if self._judges_values(key) else None
        return gravest if gravest is not None and self._rank(gravest) > self._rank(key) else None

    def _judges_values(self, key: Key) -> bool:
        return key.rule in self._book.rules and bool(self._book.rules[key.rule].metric)

    def _rank(self, key: Key) -> int:
        return rank(self._severity.get(key) or self._book.rules[key.rule].severity)
