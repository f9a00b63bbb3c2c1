"""Which settings each rule has, and for which places: one table, which the API, the console and the preview all read. Pure.

A setting that nothing would judge by is refused with the reason, never taken and forgotten.
"""

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

from collector.problems.rule import Rule

DEVICES, BUILDINGS, DISTRICT = ("building", "kind", "device"), ("building",), ()
"""The places besides the whole district that a rule may be set for."""
HOLDS, AFTER, NONE = "holds", "after", "none"
"""What `for` means: how long it must hold; for how long it is told after it happened; nothing."""


class Limit(NamedTuple):
    """A limit of a built-in rule: its key in the rule's table, and the words for it, with its unit."""

    key: str
    words: str
    unit: str


class Tunable(NamedTuple):
    """What of the built-in rules of this name people may set, besides `severity` and `enabled`.

    `about` is what such a problem is of, where that is no device. `waits`: the gate counts its `for`, as its detector has an own least.
    `why`: why there is no `for`.
    """

    rules: str
    places: tuple[str, ...] = DEVICES
    about: str = ""
    lasting: str = HOLDS
    waits: bool = False
    why: str = ""
    during: bool = True
    limits: tuple[Limit, ...] = ()


_DAYS = "a forecast changes by the day, and days that are left do not have to last"
_MEMBERS = "its members have held for as long as their own rules ask"
TABLE = (
    Tunable("agent.gap", BUILDINGS, "an agent", AFTER),
    Tunable("agent.stream.conflict", BUILDINGS, "an agent", AFTER),
    Tunable("agent.*", BUILDINGS, "an agent"),
    Tunable("bacnet.alarm"),
    Tunable("bacnet.alarms.many", lasting=NONE, why="it is made of alarms that have held for as long as bacnet.alarm asks: set that"),
    Tunable("beat.*", BUILDINGS, "a heartbeat", waits=True),
    Tunable("channel.failing", DISTRICT, "a notification channel"),
    Tunable("collector.*", DISTRICT, "the collector"),
    Tunable("device.silent"),
    Tunable("device.unreachable"),
    Tunable("device.unusual", lasting=NONE, why="it is made of values that have been so for as long as point.unusual asks: set that"),
    Tunable("forecast.battery", lasting=NONE, why=_DAYS),
    Tunable("forecast.disk.soon", lasting=NONE, why=_DAYS),
    Tunable("forecast.dhcp.soon", lasting=NONE, why=_DAYS),
    Tunable("forecast.supply*", lasting=NONE, why=_DAYS, limits=(Limit("days", "Days left", "school days"),)),
    Tunable("forecast.*", lasting=NONE, why=_DAYS, limits=(Limit("days", "Days left", "days"),)),
    Tunable("group.fleet", DISTRICT, "several schools", NONE, why=_MEMBERS, during=False),
    Tunable("group.*", BUILDINGS, "several devices", NONE, why=_MEMBERS, during=False),
    Tunable("hvac.cold-storage", waits=True, limits=(Limit("freezer_above", "Freezer above", "°C"), Limit("cooler_above", "Cooler above", "°C"))),
    Tunable("hvac.plant", BUILDINGS, "a building's heating plant", waits=True),
    Tunable("hvac.ventilation", waits=True, limits=(Limit("co2_above", "CO2 above", "ppm"),)),
    Tunable("hvac.*", waits=True),
    Tunable("point.silent"),
    Tunable("point.unusual"),
)  # fmt: skip
"""The first row whose pattern fits a built-in rule's name is its own."""
_VALUES = Tunable("")
"""Rules for values, and for events: their keys are those of their tables."""


def tunable(rule: Rule) -> Tunable:
    """What of it may be set."""
    return _VALUES if rule.metric or rule.event else of_built_in(rule.name)


@cache
def of_built_in(name: str) -> Tunable:
    """The same of a built-in rule by its name."""
    return next((row for row in TABLE if fnmatchcase(name, row.rules)), _VALUES)


def keys_of(rule: Rule) -> list[str]:
    """The keys of its table that may be set, limits and times first."""
    row = tunable(rule)
    if rule.event:
        own = ["count", "within", "lasts"]
    elif rule.metric:
        own = [key for key in ("above", "below", "is", "rise", "fall", "changes", "resets") if key in rule.row]
        own += ["per"] if rule.over else []
        own += ["clear"] if rule.sign else []
        own.append("for")
    else:
        own = [limit.key for limit in row.limits] + (["for"] if row.lasting != NONE else [])
    return [*own, "severity", *(["during"] if row.during else []), "enabled"]


def refusal(rule: Rule, places: Collection[str], changes: Mapping[str, Any]) -> tuple[str, str] | None:
    """What of a setting the rule does not have: the part of it (`kind`, `changes`), and why, in words. None: it has all of it."""
    row = tunable(rule)
    beyond = next(
        (place for place in ("device", "kind", "building") if place in places and place not in row.places), None
    )
    if beyond is not None:
        where = "the district or a building" if row.places else "the whole district alone"
        return beyond, f"{rule.name} is about {row.about}, which has no {beyond}: set it for {where}."
    if "for" in changes and row.lasting == NONE:
        return "changes", f"{rule.name} has no for: {row.why}."
    if "during" in changes and not row.during:
        return "changes", f"{rule.name} has no during: {row.why}, and in their hours."
    return None


def unjudged(rule: Rule, changes: Mapping[str, Any]) -> list[str]:
    """Of these changes the keys that cannot be tried on the problems that a rule without values opened: they say nothing of figures."""
    return [limit.key for limit in tunable(rule).limits if limit.key in changes]
