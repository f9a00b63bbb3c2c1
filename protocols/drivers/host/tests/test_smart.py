"""smartctl's JSON, also where it failed."""

import json

import pytest

from protocols.drivers.host.smart import parse_drive, parse_scan
from protocols.drivers.host.snapshot import SmartDisk

NVME = {
    "json_format_version": [1, 0],
    "smartctl": {"version": [7, 3], "exit_status": 0},
    "smart_status": {"passed": True, "nvme": {"value": 0}},
    "nvme_smart_health_information_log": {"percentage_used": 3, "data_units_written": 20_000_000, "temperature": 41},
    "temperature": {"current": 41},
}
DENIED = {
    "smartctl": {
        "version": [7, 3],
        "messages": [{"string": "Smartctl open device: /dev/sda failed: Permission denied", "severity": "error"}],
        "exit_status": 2,
    }
}
FAILING = {
    "smartctl": {"exit_status": 24},
    "smart_status": {"passed": False},
    "temperature": {"current": 52},
    "endurance_used": {"current_percent": 97},
}
ASLEEP = {
    "smartctl": {"exit_status": 2, "messages": [{"string": "Device is in STANDBY mode, exit(2)"}]},
    "power_mode": {"ata_value": 0, "ata_string": "STANDBY"},
}


def test_a_healthy_nvme_drive() -> None:
    expected = SmartDisk("nvme0", True, 41.0, 3.0, 20_000_000 * 512_000)
    assert parse_drive("nvme0", json.dumps(NVME)) == expected


def test_without_rights_there_is_no_verdict_but_a_reason() -> None:
    found = parse_drive("sda", json.dumps(DENIED))
    assert found is not None
    assert found.passed is None
    assert found.message == "Smartctl open device: /dev/sda failed: Permission denied"


def test_a_failing_drive() -> None:
    assert parse_drive("sda", json.dumps(FAILING)) == SmartDisk("sda", False, 52.0, 97.0)


def test_the_failing_bit_counts_even_where_the_verdict_is_missing() -> None:
    found = parse_drive("sda", '{"smartctl": {"exit_status": 8}}')
    assert found is not None
    assert found.passed is False


def test_a_sleeping_drive_is_not_woken_and_says_nothing() -> None:
    assert parse_drive("sda", json.dumps(ASLEEP)) is None


@pytest.mark.parametrize(
    "output", ["", "not json", "[]", "null", '{"smartctl": 3}', '{"smartctl": {"exit_status": "x"}}']
)
def test_garbage_is_no_verdict(output: str) -> None:
    found = parse_drive("sda", output)
    assert found is not None
    assert found.passed is None


@pytest.mark.parametrize("wrong", [[], {"passed": "yes"}, {"passed": 1}, None])
def test_a_verdict_of_the_wrong_shape_is_no_verdict(wrong: object) -> None:
    found = parse_drive("sda", json.dumps({"smartctl": {"exit_status": 0}, "smart_status": wrong}))
    assert found is not None
    assert found.passed is None


def test_scan_lists_names_and_types() -> None:
    scan = {"devices": [{"name": "/dev/sda", "type": "sat"}, {"name": "/dev/nvme0"}, {"type": "scsi"}, "odd"]}
    assert parse_scan(json.dumps(scan)) == [("/dev/sda", "sat"), ("/dev/nvme0", "auto")]
    assert parse_scan("") == []
