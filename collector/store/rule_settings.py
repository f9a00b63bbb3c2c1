"""What people set of the rules: settings by scope, rules of their own, and a version that every change moves on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from collector.store import audit
from collector.store.database import Database

_SAME = "rule = %s and building_id is not distinct from %s and kind is not distinct from %s and device_id is not distinct from %s"


class Place(NamedTuple):
    """A rule, and what its setting is for; all None: the district."""

    rule: str
    building: int | None = None
    kind: str | None = None
    device: int | None = None

    @property
    def words(self) -> str:
        """As the audit log names it."""
        parts = [f"{name} {value}" for name, value in self._asdict().items() if name != "rule" and value is not None]
        return f"{self.rule} ({', '.join(parts) or 'district'})"


async def version(database: Database) -> int:
    """Changes with every change."""
    row = await database.row("select version from rule_version")
    return int(row["version"]) if row else 0


async def settings(database: Database, rule: str | None = None) -> list[DictRow]:
    """`{rule, building, kind, device, changes, changed_by, changed_at, building_name, device_name}`, of one rule or all."""
    return await database.rows(
        "select s.rule, s.building_id as building, s.kind, s.device_id as device, s.changes, s.changed_by, s.changed_at,"
        " b.name as building_name, d.name as device_name from rule_setting s left join building b on b.id = s.building_id"
        " left join device d on d.id = s.device_id where %(rule)s::text is null or s.rule = %(rule)s order by s.id",
        {"rule": rule},
    )


async def own_rules(database: Database) -> list[dict[str, Any]]:
    """The tables of people's own rules, by name."""
    return [row["definition"] for row in await database.rows("select definition from own_rule order by name")]


async def put_setting(
    database: Database, place: Place, changes: Mapping[str, Any] | None, who: str, now: datetime
) -> bool:
    """Set it, or with None take it away; what nobody has set is False. In the audit log."""
    async with database.transaction() as connection:
        found = await (
            await connection.execute(f"select changes from rule_setting where {_SAME} for update", list(place))
        ).fetchone()
        if changes is None:
            if found is None:
                return False
            await connection.execute(f"delete from rule_setting where {_SAME}", list(place))
        else:
            await connection.execute(
                "insert into rule_setting (rule, building_id, kind, device_id, changes, changed_by, changed_at)"
                " values (%s, %s, %s, %s, %s, %s, %s) on conflict (rule, building_id, kind, device_id) do update set"
                " changes = excluded.changes, changed_by = excluded.changed_by, changed_at = excluded.changed_at",
                [*place, Jsonb(dict(changes)), who, now],
            )
        before = found["changes"] if found else None
        action = "rule.reset" if changes is None else "rule.set"
        await audit.record(connection, audit.Change(who, action, place.words, before, changes), now)
    return True


async def put_own_rule(database: Database, name: str, table: Mapping[str, Any] | None, who: str, now: datetime) -> bool:
    """Write a rule of one's own, or with None take it and its settings away; False when there is none. In the audit log."""
    async with database.transaction() as connection:
        found = await (
            await connection.execute("select definition from own_rule where name = %s for update", [name])
        ).fetchone()
        if table is None:
            if found is None:
                return False
            await connection.execute("delete from own_rule where name = %s", [name])
            await connection.execute("delete from rule_setting where rule = %s", [name])
        else:
            await connection.execute(
                "insert into own_rule values (%s, %s, %s, %s) on conflict (name) do update set"
                " definition = excluded.definition, changed_by = excluded.changed_by, changed_at = excluded.changed_at",
                [name, Jsonb(dict(table)), who, now],
            )
        before = found["definition"] if found else None
        action = "rule.remove" if table is None else "rule.write"
        await audit.record(connection, audit.Change(who, action, name, before, table), now)
    return True


async def noise(database: Database, now: datetime, days: int = 30) -> dict[str, int]:
    """How many problems each rule opened in the last days, symptoms left out."""
    rows = await database.rows(
        "select rule, count(*) as problems from problem where opened_at >= %s and not symptom group by rule",
        [now - timedelta(days=days)],
    )
    return {row["rule"]: row["problems"] for row in rows}
