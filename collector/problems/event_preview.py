"""What a rule on events would have done: stored events of one device through the same judgement as the live ones. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from collector.ingest.committed import EventSeen
from collector.problems.event_rules import EventRules
from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.hours import ONLY_THEN
from collector.problems.preview import EVER, Episode, Span, end_of, merged, opens
from collector.problems.rules import Rule, RuleBook


def replayed(rule: Rule, device: Device, events: Sequence[EventSeen], spans: Sequence[Span], now: int) -> list[Episode]:
    """The problems of one device by the rule as it is there, up to `now` (ms); `events` are its own in order of time, `spans` the
    rule's hours. Its doors and ports each have their own."""
    if not rule.enabled:
        return []
    whole = [(0, EVER)] if rule.during == "always" else spans
    judged = EventRules(RuleBook({rule.name: replace(rule, kinds=())}))
    open_: dict[Key, Episode] = {}
    last: dict[Key, int] = {}
    made: dict[Key, list[Episode]] = {}

    def over(key: Key, at: int) -> None:
        each = open_.pop(key)
        at = min(at, end_of(whole, each.opened)) if rule.during in ONLY_THEN else at
        if at >= each.opened:  # else it was over before its hours began
            made.setdefault(key, []).append(each._replace(over=at))

    def look(found: Mapping[Key, Finding], at: int) -> None:
        for key in open_.keys() - found.keys():
            over(key, min(at, last[key] + rule.lasts_ms))
        for key in found.keys() - open_.keys():
            if (began := opens(at, 0, at, whole)) is not None:
                open_[key] = Episode(device.id, began, None)

    fleet = {device.id: device}
    for event in events:
        look({each.key: each for each in judged.findings(event.time - 1, fleet)}, event.time - 1)
        judged.observe([event], event.time)
        found = {each.key: each for each in judged.findings(event.time, fleet)}
        last |= {key: max(each.evidence["events"], default=event.time) for key, each in found.items()}
        look(found, event.time)
    look({each.key: each for each in judged.findings(now, fleet)}, now)
    for key, each in open_.items():
        made.setdefault(key, []).extend([each] if each.opened <= now else [])
    return [one for episodes in made.values() for one in merged(episodes)]
