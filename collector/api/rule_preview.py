"""What a rule would have done in the last 30 days, as it is and as it would be. Read in slices, judged off the event loop."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from collector.house import House
from collector.ingest.committed import EventSeen
from collector.problems.event_preview import replayed
from collector.problems.fleet import Device, PointRow
from collector.problems.hours import spans
from collector.problems.preview import Episode, Replay, Span, lasting, may_hold
from collector.problems.rule import UNREACHABLE
from collector.problems.rules import Rule, RuleBook
from collector.problems.tunable import AFTER, HOLDS, tunable, unjudged
from collector.problems.tuning import Scope
from collector.store import rule_history as store
from protocols.clock import utc

DAYS = 30
MOST_SAMPLES = 400_000
"""Samples judged for one answer: where there are more, fewer days are."""
MOST_EVENTS = 50_000
"""Events, the same."""
_DAY = timedelta(days=1)


class Outcome(NamedTuple):
    """`since`: from when on (ms) it was judged; `now` and `then`: the problems by the rule as it is, and as it would be; `by`: what
    was judged (`samples`, `events`, `reach`, or for other rules the `problems` that it opened: those it did not open are not known).
    `names` are those of the episodes' subjects: a point or a device, of what is none its building (negative), or 0. `unjudged` are
    the keys of what was asked for that the past cannot tell of."""

    since: int
    by: str
    now: list[Episode]
    then: list[Episode]
    names: dict[int, str]
    unjudged: Sequence[str] = ()


class Past(NamedTuple):
    """Whose past is judged: the place that the setting is for, within the caller's buildings (None: all); and what it changes."""

    place: Scope
    buildings: Sequence[int] | None
    changes: Mapping[str, Any]

    def has(self, building: int | None, kind: str | None, device: int | None) -> bool:
        """Whether this is in it."""
        mine = self.buildings is None or building in self.buildings
        here, of_kind = self.place.building in (None, building), self.place.kind in (None, kind)
        return mine and here and of_kind and self.place.device in (None, device)


async def preview(house: House, before: RuleBook, after: RuleBook, name: str, past: Past) -> Outcome:
    """Judge the rule of both books on this past. One that is not in `before` opened nothing."""
    now = house.clock.now_ms()
    every = await store.devices(house.database)
    rows = {row["id"]: row for row in every if past.has(row["building_id"], row["kind"], row["id"])}
    fleet = {
        row["id"]: Device(row["id"], row["agent_id"], row["parent_id"], None, 0, "ok", row["building_id"], row["kind"])
        for row in rows.values()
    }
    judge = _Judge(house, fleet, now)
    rule = after.rules[name]
    names = {device: f"{row['building']}: {row['name']}" for device, row in rows.items()}
    if rule.metric:
        found = await judge.samples(before, after, rule)
        return found._replace(names={point: names[device] for point, device in judge.device_of.items()})
    if rule.event:
        return (await judge.events(before, after, rule))._replace(names=names)
    found = await judge.past(before, after, name, past)
    return found._replace(names=names | found.names, unjudged=unjudged(rule, past.changes))


class _Judge:
    def __init__(self, house: House, fleet: dict[int, Device], now: int) -> None:
        self.device_of: dict[int, int] = {}
        self._database, self._fleet, self._now = house.database, fleet, now
        self._calendars = house.problems.calendars
        self._start = utc(now) - DAYS * _DAY
        self._kept: dict[tuple[int | None, str], list[Span]] = {}

    async def past(self, before: RuleBook, after: RuleBook, name: str, past: Past) -> Outcome:
        """Built-in rules: by who was out of reach, or by the problems that there were."""
        by_reach, names, held = name == UNREACHABLE, {0: "the district"}, list[Episode]()
        if by_reach:
            held = _out_of_reach(await store.reach(self._database, self._start), self._fleet)
        for row in await store.problems(self._database, name, self._start) if not by_reach else ():
            subject = row["device_id"]
            if subject is None and past.has(row["building_id"], None, None):
                subject = -(row["building_id"] or 0)
                names[subject] = row["building"] or names[0]
            if subject in self._fleet or subject in names:
                held.append(Episode(subject, _ms(row["opened_at"]), row["resolved_at"] and _ms(row["resolved_at"])))
        sides = [await asyncio.to_thread(self._lasting, book, before, name, held, by_reach) for book in (before, after)]
        return Outcome(_ms(self._start), "reach" if by_reach else "problems", sides[0], sides[1], names)

    def _lasting(
        self, book: RuleBook, before: RuleBook, name: str, held: Sequence[Episode], by_reach: bool
    ) -> list[Episode]:
        made: list[Episode] = []
        by_subject: dict[int, list[Episode]] = {}
        for each in held:
            by_subject.setdefault(each.subject, []).append(each)
        for subject, own in by_subject.items():
            device = self._fleet.get(subject)
            building = device.building if device is not None else -subject or None
            rule, was = (each.of(name, device, building) for each in (book, before))
            mine = self._as_told(rule, own)
            made += lasting(rule, _needed(rule, was, by_reach), mine, {subject: self._spans(building, rule)})
        return sorted(made, key=lambda one: (one.opened, one.subject))

    def _as_told(self, rule: Rule, held: Iterable[Episode]) -> list[Episode]:
        """What happened once is told for as long as its rule says."""
        if tunable(rule).lasting != AFTER:
            return list(held)
        ends = [(each, each.opened + rule.for_ms) for each in held]
        return [each._replace(over=end if end <= self._now else None) for each, end in ends]

    async def events(self, before: RuleBook, after: RuleBook, rule: Rule) -> Outcome:
        """Rules on events: by the events themselves, each device's by itself."""
        forms = [book.rules[rule.name] for book in (before, after) if rule.name in book.rules]
        kinds = sorted({kind for each in forms for kind in (each.event, each.until) if kind})
        rows = await store.events(self._database, list(self._fleet), kinds, self._start, MOST_EVENTS)
        since = _ms(rows[0]["time"]) if len(rows) == MOST_EVENTS else _ms(self._start)
        heard: dict[int, list[EventSeen]] = {}
        for row in rows:
            seen = EventSeen(row["device_id"], _ms(row["time"]), row["kind"], row["severity"], row["detail"])
            heard.setdefault(seen.device, []).append(seen)
        sides = []
        for book in (before, after):
            made: list[Episode] = []
            for device, events in heard.items():
                if device in self._fleet and rule.name in book.rules:
                    own = book.of(rule.name, self._fleet[device])
                    hours = self._spans(self._fleet[device].building, own)
                    made += await asyncio.to_thread(replayed, own, self._fleet[device], events, hours, self._now)
            sides.append(sorted(made, key=lambda one: (one.opened, one.subject)))
        return Outcome(since, "events", sides[0], sides[1], {})

    async def samples(self, before: RuleBook, after: RuleBook, rule: Rule) -> Outcome:
        """Rules on values: by the samples of those days on which either could hold."""
        rows = [row for row in await store.points(self._database, rule.metric) if row["device_id"] in self._fleet]
        points = [
            PointRow(r["id"], r["device_id"], r["metric"], r["label"], None, r["unit"], r["name"], r["states"])
            for r in rows
        ]
        self.device_of = {point.id: point.device for point in points}
        replays: list[list[_Side]] = [self._replays(book, rule.name, points) for book in (before, after)]
        days = await store.days(self._database, list(self.device_of), self._start)
        rules = [replay.rule for side in replays for replay in side]
        wanted = [d for d in days if any(may_hold(each, d["min"], d["max"]) for each in rules)]
        start, skipped = bounded(wanted, days, self._start, utc(self._now))
        raw = await store.raw_from(self._database)
        for day in sorted({d["time"] for d in days if d["time"] + _DAY > start}):
            ids = [d["point_id"] for d in wanted if d["time"] == day]
            calm = skipped.get(day, [])
            read = (
                await store.samples(self._database, ids, max(day, start), day + _DAY, not raw or day >= raw)
                if ids
                else []
            )
            await asyncio.to_thread(_feed, replays, [*calm, *read])
        found = [[one for replay in side for one in replay.judged.end(self._now)] for side in replays]
        now, then = (sorted(side, key=lambda one: one.opened) for side in found)
        return Outcome(_ms(start), "samples", now, then, {})

    def _replays(self, book: RuleBook, name: str, points: Sequence[PointRow]) -> list["_Side"]:
        """One for each form that the rule has among these points' devices."""
        forms: dict[int, tuple[Rule, list[PointRow]]] = {}
        for point in points if name in book.rules else ():
            rule = book.of(name, self._fleet[point.device])
            if rule.enabled:
                forms.setdefault(id(rule), (rule, []))[1].append(point)
        return [
            _Side(rule, Replay(rule, some, self._hours([p.device for p in some], rule)))
            for rule, some in forms.values()
        ]

    def _hours(self, devices: Sequence[int], rule: Rule) -> dict[int, list[Span]]:
        return {} if rule.during == "always" else {d: self._spans(self._fleet[d].building, rule) for d in devices}

    def _spans(self, building: int | None, rule: Rule) -> list[Span]:
        """The rule's hours there; asked for only where they are not always."""
        key = (building, rule.during)
        if key not in self._kept and rule.during != "always":
            self._kept[key] = spans(self._calendars.of(building), rule.during, _ms(self._start), self._now)
        return self._kept.get(key, [])


class _Side(NamedTuple):
    rule: Rule
    judged: Replay


def _feed(replays: Sequence[Sequence[_Side]], rows: list[tuple[int, int, float]]) -> None:
    if rows:
        points, times, values = zip(*rows, strict=True)
        for side in replays:
            for each in side:
                each.judged.feed(np.array(points, np.int32), np.array(times, np.int64), np.array(values, np.float64))


def bounded(
    wanted: Sequence[dict[str, Any]], days: Sequence[dict[str, Any]], start: datetime, now: datetime
) -> tuple[datetime, dict[datetime, list[tuple[int, int, float]]]]:
    """From when on the samples are few enough: a day, or of the newest day the last hours; and for each day that is not read one value
    that cannot hold."""
    by_day = Counter[datetime]()
    for day in wanted:
        by_day[day["time"]] += min(day["count"], 1440)
    total, first = 0, start
    for at in sorted(by_day, reverse=True):
        total += by_day[at]
        if total > MOST_SAMPLES:
            newest = total == by_day[at]
            first = now - (now - at) * (MOST_SAMPLES / total) if newest else at + _DAY
            break
    read = {(d["point_id"], d["time"]) for d in wanted}
    calm: dict[datetime, list[tuple[int, int, float]]] = {}
    for d in days:
        if (d["point_id"], d["time"]) not in read:
            calm.setdefault(d["time"], []).append((d["point_id"], _ms(d["time"]), d["min"]))
    return first, calm


def _needed(rule: Rule, was: Rule, by_reach: bool) -> int:
    """How long what held must have held (ms). A problem that was opened did so for as long as its rule asked then: only more counts."""
    if tunable(rule).lasting != HOLDS:
        return 0
    return rule.for_ms if by_reach or rule.for_ms > was.for_ms else 0


def _out_of_reach(rows: Sequence[dict[str, Any]], fleet: dict[int, Device]) -> list[Episode]:
    gone: dict[int, int] = {}
    found = []
    for row in rows:
        device, at = row["device_id"], _ms(row["time"])
        if device not in fleet:
            continue
        if not row["reachable"]:
            gone.setdefault(device, at)
        elif device in gone:
            found.append(Episode(device, gone.pop(device), at))
    return found + [Episode(device, at, None) for device, at in gone.items()]


def _ms(time: datetime) -> int:
    return round(time.astimezone(UTC).timestamp() * 1000)
