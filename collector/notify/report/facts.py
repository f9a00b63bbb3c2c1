"""Rows of the store made into one document a building: what a morning's report is kept as. Pure; times are ms (UTC).

`{version, building, name, timezone, school, made, since, until, grave, broken: {count, minor, lines}, healed: {count, lines},
runs_out: {count, lines}, changed: {count, lines}, numbers}`; `building` None: what belongs to none.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

Row = Mapping[str, Any]
Facts = dict[str, Any]
_MOST = 15


class Place(NamedTuple):
    """What a document is of, and when it was made; `school`: there is school that day."""

    building: int | None
    made: int
    since: int
    until: int
    school: bool = True


def facts(place: Place, found: Mapping[str, Sequence[Row]]) -> Facts:
    """The document of one building; `found` are the sections of `collector.store.reports.Gathered`, of any buildings."""
    own = {name: [row for row in rows if row["building_id"] == place.building] for name, rows in found.items()}
    numbers = own["numbers"][0] if own["numbers"] else {}
    points = {row["point_id"] for row in own["runs_out"]}
    foreseen = [_problem(row) for row in own["foreseen"] if row["point_id"] not in points]
    first = own["broken"][0] if own["broken"] else None
    runs_out = [_runs_out(row) for row in own["runs_out"]]
    return {
        "version": 1,
        "building": place.building,
        "name": numbers.get("name"),
        "timezone": numbers.get("timezone"),
        "school": place.school,
        "made": place.made,
        "since": place.since,
        "until": place.until,
        "grave": first["grave"] if first else 0,
        "broken": _section(own["broken"], map(_problem, own["broken"])) | {"minor": first["minor"] if first else 0},
        "healed": _section(own["healed"], map(_problem, own["healed"])),
        "runs_out": {
            "count": _total(own["runs_out"]) + len(foreseen),
            "lines": [*runs_out, *foreseen][:_MOST],
        },
        "changed": _changed(own),
        "numbers": _numbers(numbers) if numbers else None,
    }


def _section(rows: Sequence[Row], lines: Iterable[Facts]) -> Facts:
    return {"count": _total(rows), "lines": list(lines)}


def _total(rows: Sequence[Row]) -> int:
    return int(rows[0]["total"]) if rows else 0


def _problem(row: Row) -> Facts:
    return {
        "kind": "problem",
        "id": row["id"],
        "title": row["title"],
        "severity": row["severity"],
        "state": row["state"],
        "opened": _ms(row["opened_at"]),
        "resolved": _ms(row["resolved_at"]),
        "by": row["acknowledged_by"] if row["state"] == "acknowledged" else None,
        "silenced": row["silenced"],
        "reopened": row["reopened"],
        "behind": row.get("behind", 0),
        "unheard": row["rule"] in ("agent.silent", "agent.no-data"),
    }


def _runs_out(row: Row) -> Facts:
    days = row["days"]
    return {
        "kind": "runs_out",
        **{name: row[name] for name in ("metric", "name", "device", "room", "unit", "days")},
        "low": days if row["low"] is None else row["low"],
        "high": days if row["high"] is None else row["high"],
        "device_id": row["device_id"],
        "at": _ms(row["runs_out_at"]),
    }


def _changed(own: Mapping[str, Sequence[Row]]) -> Facts:
    """What failed overnight first, what people changed last."""
    lines = [
        {"kind": "beat", "name": row["name"], "times": row["times"], "at": _ms(row["time"]), "fine": row["fine"]}
        for row in own["beats"]
    ]
    lines += [
        {"kind": "attribute", **{name: row[name] for name in ("device_id", "device", "name", "before", "value")}, "at": _ms(row["time"])}
        for row in own["attributes"]
    ]  # fmt: skip
    lines += [
        {"kind": "devices", "of": row["kind"], "count": row["total"], "names": row["names"], "ids": row["ids"]}
        for row in own["devices"]
    ]
    lines += [{"kind": "agent", "name": row["name"], "at": _ms(row["created_at"])} for row in own["agents"]]
    lines += [
        {"kind": "audit", **{name: row[name] for name in ("who", "action", "target", "times")}, "at": _ms(row["time"])}
        for row in own["audit"]
    ]
    beyond = max(0, _total(own["attributes"]) - len(own["attributes"]))
    return {"count": len(lines) + beyond, "lines": lines[:_MOST]}


def _numbers(row: Row) -> Facts:
    counts = {name: row[name] for name in ("devices", "unreachable", "unknown", "agents", "silent")}
    return counts | {"complete_upto": _ms(row["complete_upto"])}


def _ms(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)
