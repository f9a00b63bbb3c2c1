"""The certificates the collector's authority issued: by serial number, so that one can be renewed or revoked."""

from datetime import datetime

from collector.store.database import Connection


async def add(connection: Connection, serial: int, agent_id: str, now: datetime, expires: datetime) -> None:
    """Remember a certificate issued to `agent_id`."""
    await connection.execute(
        "insert into certificate (serial, agent_id, issued_at, expires_at) values (%s::numeric, %s, %s, %s)",
        [str(serial), agent_id, now, expires],
    )
