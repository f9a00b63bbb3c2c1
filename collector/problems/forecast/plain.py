"""Which plain rules say already that a level has run out. Pure."""

from collections.abc import Iterator

from collector.problems.forecast.horizons import Way
from collector.problems.rule import Rule
from collector.problems.rules import RuleBook


def broken(book: RuleBook, way: Way, level: float) -> Iterator[Rule]:
    """The rules on the level itself (not on its change) that this one breaks in the way it runs out."""
    for rule in book.state_rules():
        same = rule.metric == way.metric and rule.sign == way.sign and not rule.over
        if same and rule.sign * (level - rule.limit) > 0:
            yield rule
