"""Names to ids: the devices and points that a batch names, made when they are new.

The ids are held in memory by the caller's `Resolver`; a batch whose names are all known costs no query. Only what is not
there is offered for insertion: each row offered takes an id, and arrays are laid out by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.store.database import Connection
from protocols.errors import StoreError
from protocols.wire.batch import Batch

NO_DEVICE = 0
"""Stands for the agent itself, which is no device: what is said of it is not stored as a device's."""
_AGENT_ITSELF = ("agent", "agent")

DeviceKey = tuple[str, str]
"""Agent and device key."""
PointName = tuple[int, str, str | None]
"""Device id, metric, label."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The ids of what a batch names: one for each of its `devices` and of its `points`. 0 stands for the agent itself."""

    device_ids: list[int]
    point_ids: NDArray[np.int32]
    building_id: int

    def columns(self, batch: Batch) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
        """The batch's samples as `write_samples` takes them: point ids, times in ms, values."""
        ids = self.point_ids[np.asarray(batch.index)] if len(batch.index) else np.empty(0, np.int32)
        times, values = np.array(batch.times, np.int64), np.array(batch.values, np.float64)
        if NO_DEVICE in self.device_ids:
            known = ids != NO_DEVICE
            return ids[known], times[known], values[known]
        return ids, times, values


class Resolver:
    """Ids of devices and points, remembered. One for each process; used by one task at a time."""

    def __init__(self) -> None:
        self._buildings: dict[str, int] = {}
        self._devices: dict[DeviceKey, tuple[int, str]] = {}
        self._points: dict[PointName, tuple[int, str]] = {}

    def forget(self) -> None:
        """Forget everything: after a rollback some remembered ids may not exist."""
        self._buildings.clear()
        self._devices.clear()
        self._points.clear()

    async def resolve(self, connection: Connection, agent_id: str, batch: Batch) -> Resolved:
        """The ids of the batch's devices and points, in the connection's transaction; new ones are made.

        Raises `StoreError` when the agent is not known. Call `forget` when the transaction is rolled back.
        """
        building = await self._building(connection, agent_id)
        await self._learn_devices(connection, agent_id, building, batch.devices)
        devices = [
            NO_DEVICE if device == _AGENT_ITSELF else self._devices[agent_id, device[0]][0] for device in batch.devices
        ]
        wanted = {(devices[p.device], p.metric, p.label): p.unit for p in batch.points if devices[p.device]}
        await self._learn_points(connection, wanted)
        points = (
            self._points[devices[p.device], p.metric, p.label][0] if devices[p.device] else NO_DEVICE
            for p in batch.points
        )
        return Resolved(devices, np.fromiter(points, np.int32, len(batch.points)), building)

    async def _building(self, connection: Connection, agent_id: str) -> int:
        if agent_id not in self._buildings:
            found = await connection.execute("select building_id from agent where id = %s", [agent_id])
            row = await found.fetchone()
            if row is None:
                raise StoreError(f"agent {agent_id!r} is not known here: enrol it first", permanent=True)
            self._buildings[agent_id] = row["building_id"]
        return self._buildings[agent_id]

    async def _learn_devices(
        self, connection: Connection, agent_id: str, building: int, devices: Sequence[tuple[str, str]]
    ) -> None:
        kinds = dict(device for device in devices if device != _AGENT_ITSELF)
        changed = sorted(key for key, kind in kinds.items() if self._devices.get((agent_id, key), (0, ""))[1] != kind)
        if not changed:
            return
        wanted = [kinds[key] for key in changed]
        made = await connection.execute(
            "insert into device (agent_id, key, building_id, kind, name)"
            " select %s, key, %s, kind, key from unnest(%s::text[], %s::text[]) as n (key, kind)"
            " where not exists (select from device d where d.agent_id = %s and d.key = n.key)"
            " order by key on conflict (agent_id, key) do nothing",
            [agent_id, building, changed, wanted, agent_id],
        )
        if made.rowcount:
            await _adopt(connection, agent_id, changed)
        await connection.execute(
            "update device set kind = n.kind from unnest(%s::text[], %s::text[]) as n (key, kind)"
            " where agent_id = %s and device.key = n.key and device.kind <> n.kind",
            [changed, wanted, agent_id],
        )
        found = await connection.execute(
            "select id, key from device where agent_id = %s and key = any(%s)", [agent_id, changed]
        )
        for row in await found.fetchall():
            self._devices[agent_id, row["key"]] = row["id"], kinds[row["key"]]

    async def _learn_points(self, connection: Connection, wanted: dict[PointName, str]) -> None:
        changed = [name for name, unit in wanted.items() if self._points.get(name, (0, None))[1] != unit]
        if not changed:
            return
        changed.sort(key=lambda name: (name[0], name[1], name[2] or ""))
        columns = [list(column) for column in zip(*changed, strict=True)]
        units = [wanted[name] for name in changed]
        await connection.execute(
            "insert into point (device_id, metric, label, unit)"
            " select * from unnest(%s::int[], %s::text[], %s::text[], %s::text[]) as n (device_id, metric, label, unit)"
            " where not exists (select from point p where p.device_id = n.device_id and p.metric = n.metric"
            " and p.label is not distinct from n.label)"
            " order by device_id, metric, label on conflict (device_id, metric, label) do nothing",
            [*columns, units],
        )
        await connection.execute(
            "update point set unit = n.unit"
            " from unnest(%s::int[], %s::text[], %s::text[], %s::text[]) as n (device_id, metric, label, unit)"
            " where point.device_id = n.device_id and point.metric = n.metric"
            " and point.label is not distinct from n.label and point.unit <> n.unit",
            [*columns, units],
        )
        found = await connection.execute(
            "select id, device_id, metric, label from point where device_id = any(%s)"
            " and (device_id, metric) in (select * from unnest(%s::int[], %s::text[]))",
            [sorted({name[0] for name in changed}), columns[0], columns[1]],
        )
        for row in await found.fetchall():
            name = (row["device_id"], row["metric"], row["label"])
            if name in wanted:
                self._points[name] = row["id"], wanted[name]


async def _adopt(connection: Connection, agent_id: str, keys: Sequence[str]) -> None:
    """Devices that named one of `keys` as their parent before it was known become its children."""
    await connection.execute(
        "update device child set parent_id = parent.id from device parent"
        " where child.agent_id = %s and child.parent_id is null and parent.agent_id = child.agent_id"
        " and parent.key = any(%s) and parent.id <> child.id and parent.key = (select value #>> '{}'"
        " from attribute_history h where h.device_id = child.id and h.name = 'parent' order by time desc limit 1)",
        [agent_id, list(keys)],
    )
