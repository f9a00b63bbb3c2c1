"""Makes a plan true in the database: problems opened, resolved, given another cause, and the messages of it, in one transaction."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collector.calendar.school import Calendars
from collector.calendar.silences import Silences, Subject
from collector.calendar.zones import zone
from collector.problems import lifecycle
from collector.problems.finding import Finding, Key
from collector.problems.lifecycle import Change, Life
from collector.problems.loop.members import joining, members_of
from collector.problems.loop.same_matter import same_matter
from collector.problems.loop.telling import Telling
from collector.problems.plan import Live, Plan
from collector.problems.rules import RuleBook, rank
from collector.problems.stored import life_of
from collector.problems.titles import title, words
from collector.store import edge_told, outbox, problems, watched
from collector.store import silences as store
from collector.store.database import Connection, part
from protocols.clock import utc
from protocols.errors import StoreError

log = logging.getLogger(__name__)
RULE_OFF = "its rule was switched off"
BEAT_OFF = "its heartbeat was paused or removed"
Shown = dict[str, Any]
"""A problem as open pages are told of it."""


class Recording:
    """One transaction's writing at `now` (ms). `shown` gathers what open pages are to be told after the commit.

    What the database refuses is left out and put into `refused`, logged once: it must not keep the others from being told.
    """

    def __init__(
        self,
        connection: Connection,
        book: RuleBook,
        now: int,
        refused: set[Key],
        silences: Silences | None = None,
        calendars: Calendars | None = None,
    ) -> None:
        self.shown: list[Shown] = []
        self._telling = Telling(connection, now, calendars or Calendars())
        self._connection = connection
        self._book = book
        self._now = now
        self._refused = refused
        self._silences = silences or Silences()
        self._members: dict[Key, list[Subject]] = {}
        self._joining: dict[Key, list[Finding]] = {}
        """What is about to be recorded under a group."""

    async def record(self, todo: Plan, live: dict[Key, Live]) -> None:
        """Do all of `todo`; `live` are the problems that it was planned for."""
        ids = {**todo.over, **{key: problem.id for key, problem in live.items()}}
        severities = {key: problem.severity for key, problem in live.items()}
        severities |= {finding.key: self._severity(finding) for finding, _ in todo.open if finding.key not in live}
        self._members, self._joining = members_of(todo, live), joining(todo)
        for finding, cause in todo.open:
            if cause is not None and cause not in ids:
                continue  # a person has dismissed the cause: whoever knows of it needs no message for each symptom
            async with self._alone(finding.key):
                identity = await self._open(finding, None if cause is None else ids[cause])
                if identity is not None:
                    ids[finding.key] = identity
        for problem, finding, cause in todo.move:
            async with self._alone(problem.key):
                if cause is None:
                    await self._promote(problem, finding)
                elif cause in ids:
                    await problems.set_cause(self._connection, problem.id, ids[cause])
                    if rank(problem.severity) <= rank(
                        severities[cause]
                    ):  # its cause speaks for it: nobody else is called
                        await outbox.take_out(self._connection, problem.id)
        for problem, finding in todo.worsen:
            async with self._alone(problem.key):
                await self._worsen(problem, finding)
        for problem in todo.resolve:
            async with self._alone(problem.key):
                await self._resolve(problem)
        for problem in todo.off:
            async with self._alone(problem.key):
                await self._resolve(problem, self._why_off(problem))

    @asynccontextmanager
    async def _alone(self, key: Key) -> AsyncIterator[None]:
        known = len(self.shown)
        try:
            async with part(self._connection):
                yield
        except StoreError as error:
            if not error.permanent:
                raise
            del self.shown[known:]
            if key not in self._refused:
                log.error("%s of %s cannot be written: %s", *key, error)
                self._refused.add(key)

    async def _open(self, finding: Finding, cause: int | None) -> int | None:
        stored = await problems.newest(self._connection, *finding.key)
        life = life_of(stored) if stored else None
        change = lifecycle.when_active(life, finding.since, self._now)
        new = await self._described(finding, cause) if change is not None else None
        if change is None or new is None:
            return None
        if change is Change.REOPENED and stored and await self._still_untold(stored["id"], life):
            identity: int | None = stored["id"]
            await problems.reopen(self._connection, stored["id"], new, utc(self._now))
        else:
            change = Change.OPENED
            identity = await problems.open_problem(self._connection, new, utc(self._now))
        if identity is None:
            return None
        await self._tell(identity, lifecycle.after(life, change, self._now), change, new)
        shown = {"id": identity, "state": "open", "severity": new.severity, "title": new.title, "rule": new.rule}
        self.shown.append(shown | {"building": new.building_id, "device": new.device_id, "cause": cause})
        return identity

    async def _still_untold(self, problem: int, life: Life | None) -> bool:
        """Whether it may be reopened: not when it was flapping and its last resolution, which waited, is on its way."""
        if life is None or not life.flapping:
            return True
        return await outbox.take_back(self._connection, problem, lifecycle.occurrence(life))

    async def _promote(self, problem: Live, finding: Finding) -> None:
        stored = await problems.newest(self._connection, *problem.key)
        new = await self._described(finding, None)
        if stored is None or stored["id"] != problem.id or new is None or not (life := life_of(stored)).live:
            return
        if life.told:  # that it is graver is a change of its own, at the next tick; of what nobody knows it is as found
            new = replace(new, severity=problem.severity)
        await problems.promote(self._connection, problem.id, new)
        change = Change.REOPENED if life.reopened else Change.OPENED
        if life.state == "open":
            await self._tell(problem.id, life, change, new)
        elif life.state == "snoozed":  # whoever put it off is told when that is over; who has taken it knows
            await store.owe_later(self._connection, problem.id)
        self.shown.append(_shown(stored) | {"title": new.title, "cause": None})

    async def _worsen(self, problem: Live, finding: Finding) -> None:
        """It is graver than it was: told once, as that severity is; what a silence owes is told when that ends."""
        stored = await problems.newest(self._connection, *problem.key)
        new = await self._described(finding, None)
        if stored is None or stored["id"] != problem.id or new is None or not (life := life_of(stored)).live:
            return
        await problems.worsen(self._connection, problem.id, new, problem.severity, utc(self._now))
        if stored["silenced"] is None or life.state == "acknowledged":  # whoever has it is owed nothing but this
            await self._tell(problem.id, life, Change.WORSENED, new)
        shown = {"title": new.title, "severity": new.severity}
        self.shown.append(_shown(stored) | shown | ({"state": "open"} if life.state == "snoozed" else {}))

    async def _resolve(self, problem: Live, why: str = "") -> None:
        """It has ended: by itself, or for the reason that is given."""
        stored = await problems.newest(self._connection, *problem.key)
        if stored is None or stored["id"] != problem.id or lifecycle.when_clear(life_of(stored)) is None:
            return
        await problems.resolve(self._connection, problem.id, utc(self._now), note=why)
        life = lifecycle.after(life_of(stored), Change.RESOLVED, self._now)
        if life.told:
            ended = await edge_told.ended(self._connection, problem.id, utc(self._now))
            if ended is not None:
                await self._note(problem.id, f"its end was told by the building itself at {_clock(ended)}")
            due = utc(self._now + lifecycle.told_after_ms(life, Change.RESOLVED))
            told = outbox.Told(problem.id, "resolved", lifecycle.occurrence(life), stored["severity"], due)
            told = told._replace(cause=stored["cause_id"], spared=() if ended is None else None)
            await self._telling.tell(told, stored)
        self.shown.append(_shown(stored) | {"state": "resolved"})

    def _why_off(self, problem: Live) -> str:
        rule = problem.key.rule
        wanted = rule in self._book.rules and self._book.of(rule, None, problem.building).enabled
        return BEAT_OFF if wanted and problem.key.kind == "beat" else RULE_OFF

    async def _tell(self, problem: int, life: Life, change: Change, new: problems.NewProblem) -> None:
        """Tell that it came, unless it is a symptom. What is a coming already told stays told once: the outbox knows."""
        if new.cause_id is not None:
            return
        subject = Subject(new.rule, new.building_id, new.device_id)
        silence = self._silences.all_silenced(subject, self._members.get(Key(new.rule, new.subject), ()), self._now)
        if silence is not None:
            await store.owe(self._connection, problem, change.value, silence.id, utc(self._now))
            return
        told = outbox.Told(problem, change.value, lifecycle.occurrence(life), new.severity, utc(self._now))
        about = {
            "rule": new.rule, "subject": new.subject, "severity": new.severity,
            "building_id": new.building_id, "device_id": new.device_id, "point_id": new.point_id,
        }  # fmt: skip
        count = await self._telling.tell(told, about, self._joining.get(Key(new.rule, new.subject), ()))
        if await self._told_by_building(problem, about, new.opened_at) or count:
            await problems.set_told(self._connection, problem)

    async def tell_owed(self, rows: list[dict[str, Any]]) -> None:
        """Tell what came in a silence that is over now and is there still."""
        for row in rows:
            stored = await problems.newest(self._connection, row["rule"], row["subject"])
            if (
                stored is None
                or stored["id"] != row["id"]
                or (paid := await store.paid(self._connection, row["id"])) is None
            ):
                continue
            now = utc(self._now)
            told = outbox.Told(row["id"], paid["change"], lifecycle.occurrence(life_of(stored)), paid["severity"], now)
            count = await self._telling.tell(told, stored)
            if await self._told_by_building(row["id"], stored, stored["opened_at"]) or count:
                await problems.set_told(self._connection, row["id"])

    async def adopt(self, rows: Sequence[tuple[Key, dict[str, Any]]], live: dict[Key, Live]) -> None:
        """What a building told, and was a problem here before that came: what no channel has yet is told nobody."""
        for key, row in rows:
            if key in live:
                await self._take(live[key].id, row)
                await problems.set_told(self._connection, live[key].id)

    async def _told_by_building(self, problem: int, about: Mapping[str, Any], opened: datetime) -> bool:
        """Whether the building itself has told of it, while we were out of reach, by this rule or one of its own: then its coming
        is told. `about` has `rule`, `subject`, `severity`, `device_id` and `point_id`."""
        now = utc(self._now)
        rule = self._book.rules.get(about["rule"])
        lasts = timedelta(milliseconds=0 if rule is None else rule.lasts_ms)
        row = await edge_told.told(self._connection, about, opened, lasts, now)
        if row is None and about["point_id"] is not None:
            strange = await edge_told.strange(self._connection, about["device_id"], opened, now)
            point = await watched.words_of_point(self._connection, about["point_id"]) if strange else None
            row = same_matter({**about, "unit": point["unit"], "name": point["point"]}, strange) if point else None
        if row is not None:
            await self._take(problem, row)
        return row is not None

    async def _take(self, problem: int, row: dict[str, Any]) -> None:
        await edge_told.take(self._connection, row["id"], problem, utc(self._now))
        await self._note(problem, f"told by the building itself at {_clock(row)}")

    async def _note(self, problem: int, note: str) -> None:
        await problems.note_change(self._connection, problem, "told", utc(self._now), note=note)

    async def _described(self, finding: Finding, cause: int | None) -> problems.NewProblem | None:
        """The problem as it is to be stored; None when what it is about is gone."""
        names = await _names(self._connection, finding)
        if names is None:
            return None
        rule = self._book.rules[finding.key.rule]
        limit = finding.limit if finding.limit is not None or not rule.sign else rule.limit
        return problems.NewProblem(
            rule=rule.name,
            subject=finding.key.subject,
            severity=self._severity(finding),
            title=title(rule.title, words(names, finding.value, limit), finding.words),
            advice=rule.advice,
            opened_at=utc(finding.since),
            building_id=names["building_id"],
            agent_id=names["agent_id"],
            device_id=finding.device,
            point_id=finding.point,
            cause_id=cause,
            evidence=finding.evidence | ({} if finding.standing is None else {"standing": finding.standing}),
        )

    def _severity(self, finding: Finding) -> str:
        return finding.severity or self._book.rules[finding.key.rule].severity


def _clock(row: dict[str, Any]) -> str:
    """When it was, by the building's own clock."""
    return f"{row['time'].astimezone(zone(row['timezone'])):%H:%M}"


async def _names(connection: Connection, finding: Finding) -> dict[str, Any] | None:
    if finding.point is not None:
        return await watched.words_of_point(connection, finding.point)
    if finding.device is not None:
        return await watched.words_of_device(connection, finding.device)
    if not finding.agent:
        return await watched.words_of_building(connection, finding.building)
    return await watched.words_of_agent(connection, finding.agent)


def _shown(row: dict[str, Any]) -> Shown:
    same = {key: row[key] for key in ("id", "state", "severity", "title", "rule")}
    return {**same, "building": row["building_id"], "device": row["device_id"], "cause": row["cause_id"]}
