"""Agents' status messages: each agent's newest, written soon after it arrived."""

import json
import logging
from typing import Any

from collector.ingest.readings import rfc3339
from collector.live import Hub
from collector.outage import Outage
from collector.store.database import Database
from collector.store.liveness import write_status
from protocols.clock import utc
from protocols.errors import StoreError, WireError
from protocols.mqtt import Message
from protocols.wire.messages import decode_status
from protocols.wire.topics import parse

log = logging.getLogger(__name__)
_MOST = 20_000


class Statuses:
    """Takes status messages at any rate; one write an agent is what reaches the database."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._waiting: dict[str, tuple[dict[str, Any], int | None]] = {}
        self._outage = Outage(log, "statuses")
        self.refused = 0

    def put(self, message: Message, now_ms: int) -> None:
        """Take a message in. Retained by the broker, it says how the agent was left, not that it lives now."""
        try:
            agent, _ = parse(message.topic)
            status = decode_status(message.payload)
            json.dumps(status, allow_nan=False)  # as it will be stored: no bytes, no NaN
        except (WireError, TypeError, ValueError) as error:
            self.refused += 1
            log.info("status refused: %s", error)
            return
        if agent in self._waiting or len(self._waiting) < _MOST:
            alive = status["online"] and not message.retained
            self._waiting[agent] = (status, now_ms if alive else None)

    async def write(self) -> None:
        """Write what waits; what the database cannot take now is kept, unless a newer one came."""
        waiting, self._waiting = self._waiting, {}
        while waiting:
            agent, (status, heard) = waiting.popitem()
            try:
                row = await write_status(self._database, agent, status, utc(heard) if heard is not None else None)
            except StoreError as error:
                if not error.permanent:
                    self._outage.lost(error)
                    self._waiting = {**waiting, agent: (status, heard), **self._waiting}
                    return
                log.info("status of %s not written: %s", agent, error)
                continue
            self._outage.over()
            if row is not None:
                seen = rfc3339(row["last_seen"]) if row["last_seen"] else None
                data = {"id": row["id"], "online": row["online"], "version": row["version"], "last_seen": seen}
                self._hub.publish("agent", data, building=row["building_id"])
