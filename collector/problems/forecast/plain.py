"""Who says it already: the plain rules that a level breaks, the graver forecast of one point. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from collector.problems.detector import World
from collector.problems.finding import Finding
from collector.problems.fleet import Device
from collector.problems.forecast.horizons import Way
from collector.problems.rule import Rule
from collector.problems.rules import RuleBook


def broken(book: RuleBook, way: Way, level: float, device: Device | None) -> Iterator[Rule]:
    """The rules on the level itself (not on its change) that this one breaks in the way it runs out, as they are for its device."""
    alike = (rule for rule in book.state_rules() if rule.metric == way.metric and not rule.over)
    for rule in (book.of(rule.name, device) for rule in alike):
        if rule.enabled and rule.sign == way.sign and rule.sign * (level - rule.limit) > 0:
            yield rule


def outgrown(lesser: Finding, graver: Finding, world: World) -> Finding:
    """What was days away and is hours away is one thing: the graver speaks for the lesser, where people want to hear of that."""
    rule, device = graver.key.rule, world.devices.get(graver.device or 0)
    wanted = rule in world.book.rules and world.book.of(rule, device).enabled
    return replace(lesser, cause=graver.key) if wanted else lesser
