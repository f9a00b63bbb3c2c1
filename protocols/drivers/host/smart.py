"""What `smartctl -j` says, to a `SmartDisk`. Pure. Its JSON comes on failure too: exit_status and messages tell why.

Exit status bits (smartctl(8)): 0 command line, 1 device could not be opened or sleeps, 2 a command failed, 3 disk failing.
"""

import json
from typing import Any

from protocols.drivers.host.snapshot import SmartDisk

_NOT_OPENED = 0b11
_FAILING = 0b1000
_NVME_UNIT = 512_000
"""Bytes of one NVMe data unit: 1,000 blocks of 512 (NVM Express base specification, SMART log page)."""


def parse_scan(output: str) -> list[tuple[str, str]]:
    """`smartctl -j --scan` → device name and type of each drive."""
    found = _object(output).get("devices")
    rows = found if isinstance(found, list) else []
    return [
        (str(row["name"]), str(row.get("type", "auto"))) for row in rows if isinstance(row, dict) and row.get("name")
    ]


def parse_drive(name: str, output: str) -> SmartDisk | None:
    """SMART of one drive; None for a sleeping drive, of which the last word stays true."""
    body = _object(output)
    status = _number(_inside(body, "smartctl"), "exit_status")
    if status is None:
        return SmartDisk(name, message="smartctl gave no answer")
    if "power_mode" in body and "smart_status" not in body:
        return None
    nvme = _inside(body, "nvme_smart_health_information_log")
    units = _number(nvme, "data_units_written")
    wear = _number(nvme, "percentage_used")
    return SmartDisk(
        name,
        passed=_verdict(body, int(status)),
        temperature=_number(_inside(body, "temperature"), "current"),
        wear=wear if wear is not None else _number(_inside(body, "endurance_used"), "current_percent"),
        lifetime_written=None if units is None else int(units * _NVME_UNIT),
        message=_message(body),
    )


def _verdict(body: dict[str, Any], status: int) -> bool | None:
    if status & _FAILING:
        return False
    passed = _inside(body, "smart_status").get("passed")
    if status & _NOT_OPENED or not isinstance(passed, bool):
        return None
    return passed


def _message(body: dict[str, Any]) -> str | None:
    rows = _inside(body, "smartctl").get("messages")
    texts = (
        [str(row["string"]) for row in rows if isinstance(row, dict) and "string" in row]
        if isinstance(rows, list)
        else []
    )
    return texts[0] if texts else None


def _object(output: str) -> dict[str, Any]:
    try:
        body = json.loads(output)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _inside(body: dict[str, Any], key: str) -> dict[str, Any]:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _number(body: dict[str, Any], key: str) -> float | None:
    value = body.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
