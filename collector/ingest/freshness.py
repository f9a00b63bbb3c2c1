"""What every page shows first, kept fresh: newest values and live readings."""

import logging

from collector.ingest.newest import Newest
from collector.ingest.readings import readings
from collector.ingest.settled import Settled
from collector.live import Hub
from collector.outage import Outage
from collector.store.database import Database
from collector.store.latest import rebuild, write_latest
from protocols.errors import StoreError

log = logging.getLogger(__name__)


class Freshness:
    """Takes in what was committed; `write` brings it into the database every few seconds, outside the commit's way."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._newest = Newest()
        self._outage = Outage(log, "newest values")
        self._rebuilt = False

    def take(self, settled: Settled) -> None:
        """Remember the newest values and tell open pages of them."""
        committed = settled.committed
        self._newest.update(committed.points, committed.times, committed.values)
        for taken in settled.taken:
            for device, values in readings(taken, self._newest).items():
                data = {"device": device, "values": values}
                self._hub.publish("reading", data, building=taken.resolved.building_id, device=device)

    async def write(self) -> None:
        """Write what changed since the last call; on failure it is kept for the next."""
        points, times, values = self._newest.take_changed()
        try:
            if not self._rebuilt:  # what the process before this one committed and had no time to note
                await rebuild(self._database)
                self._rebuilt = True
            await write_latest(self._database, points, times, values)
        except StoreError as error:
            self._outage.lost(error)
            self._newest.put_back(points)
        else:
            self._outage.over()
