"""The forecasts' way to and from the database: the days of the past at start, each forecast when it is made."""

from datetime import timedelta

import numpy as np

from collector.problems.engine import Engine
from collector.problems.forecast.days import KEPT
from collector.problems.forecast.detector import Forecasts
from collector.store import forecasts
from collector.store.database import Database
from protocols.clock import utc

_EPOCH = 719_163


async def restore(database: Database, engine: Engine, now: int) -> None:
    """Give the forecasts the days they would know had they run all along."""
    for detector in (found for found in engine.detectors if isinstance(found, Forecasts)):
        rows = await forecasts.past_days(database, detector.rows.ids, utc(now) - timedelta(days=KEPT), utc(now))
        if not rows:
            continue
        points = np.repeat([row["point_id"] for row in rows], [len(row["days"]) for row in rows])
        days, low, mean, high = (
            np.concatenate([row[name] for row in rows]) for name in ("days", "low", "mean", "high")
        )
        detector.remember(points, days.astype(np.int64) + _EPOCH, low, mean, high)


async def save(database: Database, engine: Engine) -> None:
    """Write the forecasts made since the last call."""
    for detector in (found for found in engine.detectors if isinstance(found, Forecasts)):
        rows = [
            (
                *made[:1],
                utc(made.made_at),
                *made[2:6],
                None if made.runs_out_at is None else utc(made.runs_out_at),
                *made[7:9],
            )
            for made in detector.changed()
        ]
        await forecasts.write(database, rows)
