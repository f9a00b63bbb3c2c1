"""Settings of one rule that are right by themselves and cannot go together: a limit that one moves past where another lets it end. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from collector.problems.fleet import Device
from collector.problems.rule import Rule
from collector.problems.tuning import Setting, changed
from protocols.errors import OptionError


def clashes(rule: Rule, settings: Sequence[Setting], devices: Mapping[int, Device]) -> set[str]:
    """A line for each setting that would be left out somewhere, with what it cannot go with. `devices` are those that settings name."""
    mine = sorted(
        (each for each in settings if each.rule == rule.name), key=lambda each: (not each.shipped, each.scope.rank)
    )
    found = set()
    for place in _places(mine, devices):
        made, before = rule, list[Setting]()
        for setting in (each for each in mine if each.scope.holds(place)):
            try:
                made = changed(made, setting.changes, f"setting for {setting.scope.words}")
            except OptionError as error:
                if before:
                    found.add(f"{error}, as set for {' and '.join(each.scope.words for each in before)}")
            else:
                before.append(setting)
    return found


def _places(settings: Sequence[Setting], devices: Mapping[int, Device]) -> Iterator[Device | None]:
    """One device of each sort that the settings tell apart, the devices that they name, and what is no device."""
    yield None
    scopes = [each.scope for each in settings]
    for building, kind in product(
        {0} | {each.building or 0 for each in scopes}, {""} | {each.kind or "" for each in scopes}
    ):
        yield Device(0, "", None, None, 0, "", building, kind)
    yield from (devices[each.device] for each in scopes if each.device is not None and each.device in devices)
