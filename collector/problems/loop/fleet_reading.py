"""What the engine looks at, read from the database: devices and what they hang off, calendars, who is alive, what happened once."""

import logging
from datetime import timedelta
from typing import Any

from collector.calendar.compose import calendars, stored
from collector.problems.engine import Engine
from collector.problems.fleet import AgentRow, Device, FailingChannel, PointRow
from collector.problems.rule import CONFLICT, GAP
from collector.problems.stored import ms
from collector.problems.topology.graph import Edge
from collector.store import calendars as schedules
from collector.store import channels, gaps, links, quarantine, roles, watched
from collector.store.database import Database
from protocols.clock import utc

log = logging.getLogger(__name__)
DEVICES_MS = 60_000
"""How often devices are read anew though nothing new was named."""
CHANNELS_MS = 5_000
"""How often the channels that fail are read."""


class FleetReading:
    """Brings an engine up to the database; remembers what it read last. Every method raises `StoreError`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._calendars = ""
        self._channels_at = 0
        self.devices_at = 0
        """When the devices were read last (ms)."""

    def forget(self) -> None:
        """A new engine: it has nothing yet."""
        self._calendars, self._channels_at = "", 0

    async def points(self, ids: list[int] | None = None) -> list[PointRow]:
        """These points, or all."""
        return [_point(row) for row in await watched.points(self._database, ids)]

    async def alive(self, engine: Engine, now: int) -> None:
        """Who was heard when, and which channels fail."""
        rows = await watched.agents(self._database)
        engine.listening.agents = {
            row["id"]: AgentRow(row["id"], row["online"], ms(row["last_seen"]), row["left"], row["building_id"])
            for row in rows
        }
        if 0 <= now - self._channels_at < CHANNELS_MS:
            return
        self._channels_at = now
        engine.world.failing_channels = [
            FailingChannel(row["id"], row["name"], ms(row["failing_since"]) or now, row["failures"])
            for row in await channels.failing(self._database)
        ]

    async def occurrences(self, engine: Engine, now: int) -> None:
        """What happened once, and may be told still."""
        buildings = {device.building for device in engine.devices.values()}
        conflicts, lost = (
            utc(now) - timedelta(milliseconds=engine.occurrences.longest(rule, buildings)) for rule in (CONFLICT, GAP)
        )
        for agent, at in (await quarantine.conflicts_since(self._database, conflicts)).items():
            engine.occurrences.add(CONFLICT, agent, round(at.timestamp() * 1000), {})
        for gap in await gaps.gaps_since(self._database, lost):
            engine.occurrences.add(GAP, gap.agent, round(gap.until.timestamp() * 1000), {"reason": gap.reason})

    async def calendars(self, engine: Engine) -> None:
        """The school calendars, when one has changed: a snow day entered at 06:00 holds from the next tick on."""
        revision = await schedules.revision(self._database)
        if revision == self._calendars:
            return
        rows = stored(await schedules.documents(self._database))
        made, refused = calendars(rows, engine.world.calendars)
        for line in refused:
            log.error("%s", line)
        engine.world.calendars.become(made)
        self._calendars = revision

    async def devices(self, engine: Engine, now: int) -> None:
        """Every device, what it hangs off, and which roles people confirmed."""
        rows = await watched.devices(self._database)
        devices = {row["id"]: _device(row, now) for row in rows}
        confirmed = await roles.confirmed(self._database)
        if confirmed != engine.world.roles:
            engine.world.roles = confirmed
        engine.devices.clear()  # the same mapping for every detector
        engine.devices.update(devices)
        engine.judge.learn(Edge(*edge) for edge in await links.edges(self._database))
        self.devices_at = now


def _device(row: dict[str, Any], now: int) -> Device:
    return Device(
        id=row["id"],
        agent=row["agent_id"],
        parent=row["parent_id"],
        reachable=row["reachable"],
        since=ms(row["reach_since"]) or now,
        state=row["state"],
        building=row["building_id"],
        kind=row["kind"],
        name=row["name"],
        room=row["room"],
        address=row["address"],
        attributes=row["attributes"],
    )


def _point(row: dict[str, Any]) -> PointRow:
    return PointRow(
        row["id"],
        row["device_id"],
        row["metric"],
        row["label"],
        ms(row["last"]),
        row["unit"],
        row["name"],
        row["states"],
    )
