"""A problem as its row has it, in the words of the plan and of its life. Pure."""

from datetime import datetime
from typing import Any

from collector.problems.finding import Finding, Key
from collector.problems.lifecycle import Life
from collector.problems.plan import Live
from collector.problems.topology.late import Over


def live_of(row: dict[str, Any]) -> Live:
    """A stored problem as the plan knows it."""
    return Live(
        id=row["id"],
        key=Key(row["rule"], row["subject"]),
        severity=row["severity"],
        agent=row["agent_id"],
        device=row["device_id"],
        cause=row["cause_id"],
        cause_resolved_at=ms(row["cause_resolved_at"]),
        opened_at=ms(row["opened_at"]) or 0,
        standing=row["standing"],
        silenced=row["silenced"] is not None,
        snoozed_until=ms(row["snoozed_until"]),
        building=row["building_id"],
        cause_rule=row["cause_rule"],
        cause_device=row["cause_device"],
    )


def over_of(row: dict[str, Any]) -> Over:
    """A stored problem that has ended, as what may have brought about something else."""
    key, agent, building = Key(row["rule"], row["subject"]), row["agent_id"] or "", row["building_id"]
    found = Finding(key, ms(row["opened_at"]) or 0, agent, row["device_id"], building=building)
    return Over(row["id"], found, ms(row["resolved_at"]) or 0)


def life_of(row: dict[str, Any]) -> Life:
    """A stored problem as its life knows it."""
    return Life(row["state"], ms(row["resolved_at"]), row["reopened"], row["told"], row["dismissed"])


def ms(time: datetime | None) -> int | None:
    """Milliseconds since the epoch."""
    return None if time is None else round(time.timestamp() * 1000)
