"""What a rule would have done in the last 30 days, as it is and as it would be. Read in slices, judged off the event loop."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from collector.house import House
from collector.problems.fleet import Device, PointRow
from collector.problems.hours import spans
from collector.problems.preview import Episode, Replay, Span, lasting, may_hold
from collector.problems.rules import Rule, RuleBook
from collector.store import rule_history as store
from protocols.clock import utc

DAYS = 30
MOST_SAMPLES = 400_000
"""Samples judged for one answer: where there are more, fewer days are."""
_DAY = timedelta(days=1)


class Outcome(NamedTuple):
    """`since`: from when on (ms) it was judged; `now` and `then`: the problems by the rule as it is, and as it would be; `by`: what
    was judged (`samples`, `reach`, or for other rules the `problems` that it opened: those it did not open are not known)."""

    since: int
    by: str
    now: list[Episode]
    then: list[Episode]
    names: dict[int, str]


async def preview(house: House, before: RuleBook, after: RuleBook, name: str, devices: Sequence[int] | None) -> Outcome:
    """Judge the rule of both books on the past of these devices (None: all)."""
    now = house.clock.now_ms()
    rows = {row["id"]: row for row in await store.devices(house.database) if devices is None or row["id"] in devices}
    fleet = {
        row["id"]: Device(row["id"], row["agent_id"], row["parent_id"], None, 0, "ok", row["building_id"], row["kind"])
        for row in rows.values()
    }
    judge = _Judge(house, fleet, now)
    rule = after.rules[name]
    if rule.metric:
        found = await judge.samples(before, after, rule)
    else:
        found = await judge.past(before, after, name)
    names = {device: f"{row['building']}: {row['name']}" for device, row in rows.items()}
    if rule.metric:
        names = {point: names[device] for point, device in judge.device_of.items()}
    return found._replace(names=names)


class _Judge:
    def __init__(self, house: House, fleet: dict[int, Device], now: int) -> None:
        self.device_of: dict[int, int] = {}
        self._database, self._fleet, self._now = house.database, fleet, now
        self._calendars = house.problems.calendars
        self._start = utc(now) - DAYS * _DAY

    async def past(self, before: RuleBook, after: RuleBook, name: str) -> Outcome:
        """Rules without values: by who was out of reach, or by the problems that there were."""
        if name == "device.unreachable":
            held = _out_of_reach(await store.reach(self._database, self._start), self._fleet)
        else:
            rows = await store.problems(self._database, name, self._start)
            held = [
                Episode(r["device_id"] or 0, _ms(r["opened_at"]), r["resolved_at"] and _ms(r["resolved_at"]))
                for r in rows
            ]
            held = [each for each in held if each.subject == 0 or each.subject in self._fleet]
        sides = []
        for book in (before, after):
            rules = {device: book.of(name, self._fleet.get(device)) for device in {each.subject for each in held}}
            sides.append(
                [
                    one
                    for device, rule in rules.items()
                    for one in lasting(rule, [e for e in held if e.subject == device], self._hours([device], rule))
                ]
            )
        by = "reach" if name == "device.unreachable" else "problems"
        return Outcome(_ms(self._start), by, sides[0], sides[1], {})

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
        start, skipped = _bounded(wanted, days, self._start)
        raw = await store.raw_from(self._database)
        for day in sorted({d["time"] for d in days if d["time"] >= start}):
            ids = [d["point_id"] for d in wanted if d["time"] == day]
            calm = skipped.get(day, [])
            read = (
                await store.samples(self._database, ids, max(day, self._start), day + _DAY, not raw or day >= raw)
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
        if rule.during == "always":
            return {}
        made: dict[int, list[Span]] = {}
        for device in devices:
            building = self._fleet[device].building if device in self._fleet else 0
            if building not in made:
                made[building] = spans(self._calendars.of(building), rule.during, _ms(self._start), self._now)
        return {d: made[self._fleet[d].building if d in self._fleet else 0] for d in devices}


class _Side(NamedTuple):
    rule: Rule
    judged: Replay


def _feed(replays: Sequence[Sequence[_Side]], rows: list[tuple[int, int, float]]) -> None:
    if rows:
        points, times, values = zip(*rows, strict=True)
        for side in replays:
            for each in side:
                each.judged.feed(np.array(points, np.int32), np.array(times, np.int64), np.array(values, np.float64))


def _bounded(
    wanted: Sequence[dict[str, Any]], days: Sequence[dict[str, Any]], start: datetime
) -> tuple[datetime, dict[datetime, list[tuple[int, int, float]]]]:
    """From which day on the samples are few enough; and for each day that is not read one value that cannot hold."""
    by_day = Counter[datetime]()
    for day in wanted:
        by_day[day["time"]] += min(day["count"], 1440)
    total, first = 0, start
    for at in sorted(by_day, reverse=True):
        total += by_day[at]
        if total > MOST_SAMPLES:
            first = at + _DAY
            break
    read = {(d["point_id"], d["time"]) for d in wanted}
    calm: dict[datetime, list[tuple[int, int, float]]] = {}
    for d in days:
        if (d["point_id"], d["time"]) not in read:
            calm.setdefault(d["time"], []).append((d["point_id"], _ms(d["time"]), d["min"]))
    return first, calm


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
