"""Pending updates as apt and update-notifier tell them, and the programs that are asked."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from protocols.clock import ManualClock
from protocols.drivers.host import upkeep
from protocols.drivers.host.options import HostOptions
from protocols.drivers.host.snapshot import Upkeep
from protocols.drivers.host.upkeep import (
    FIRST_UPDATES,
    Rarely,
    parse_apt,
    parse_notifier,
    pending_updates,
    read_drives,
    run,
)

APT = """NOTE: This is only a simulation!
Reading package lists...
The following packages will be upgraded:
  libc6 openssl tzdata
Inst libc6 [2.36-9+deb12u9] (2.36-9+deb12u10 Debian:12.11/stable [arm64]) []
Inst openssl [3.0.15-1~deb12u1] (3.0.17-1~deb12u2 Debian-Security:12/stable-security [arm64])
Inst tzdata [2024b-0] (2025b-0 Debian:12-updates/stable-updates [all])
Conf libc6 (2.36-9+deb12u10 Debian:12.11/stable [arm64])
"""


def test_apt_counts_what_would_be_installed() -> None:
    assert parse_apt(APT) == (3, 1)
    assert parse_apt("") == (0, 0)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("\n37 updates can be applied immediately.\n12 of these updates are standard security updates.\n", (37, 12)),
        ("1 update can be applied immediately.\n1 of these updates is a standard security update.\n", (1, 1)),
        ("3 packages can be updated.\n1 update is a security update.\n", (3, 1)),
        ("0 updates can be applied immediately.\n", (0, 0)),
        ("\nExpanded Security Maintenance is not enabled.\n\n5 updates can be applied immediately.\n", (5, 0)),
        ("Alles aktuell", None),
        ("", None),
    ],
)
def test_update_notifier(told: str, expected: tuple[int, int] | None) -> None:
    assert parse_notifier(told) == expected


async def test_ubuntus_file_spares_apt(tmp_path: Path) -> None:
    told = tmp_path / "updates-available"
    told.write_text("4 updates can be applied immediately.\n")
    assert await pending_updates(told) == (4, 0)


async def test_output_counts_whatever_the_exit_status() -> None:
    assert await run((sys.executable, "-c", "print('told'); raise SystemExit(4)"), 20) == "told\n"


async def test_a_program_that_hangs_is_ended() -> None:
    assert await run(("sleep", "60"), 0.05) is None


async def test_questions_are_asked_again_only_when_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    asked: list[float] = []
    clock = ManualClock()

    async def pending() -> tuple[int, int]:
        asked.append(clock.monotonic())
        return 3, 1

    monkeypatch.setattr(upkeep, "pending_updates", pending)
    rarely = Rarely(HostOptions(updates_every=3600.0, smart=False), clock)
    begun = clock.monotonic()
    for _ in range(2 * 120):
        if rarely.due():
            assert await rarely.ask() == Upkeep(3, 1)
        await clock.advance(60)
    assert [at - begun for at in asked] == [FIRST_UPDATES + 3600 * n for n in range(4)]


SMARTCTL = """#!/bin/sh
case "$*" in
*--scan*) echo '{"devices": [{"name": "/dev/sda", "type": "sat"}, {"name": "/dev/bus/0", "type": "megaraid,0"},
                {"name": "/dev/bus/0", "type": "megaraid,1"}]}' ;;
*sda*) [ -e "$ASLEEP" ] && echo '{"smartctl": {"exit_status": 2}, "power_mode": {}}' && exit 2
       echo '{"smartctl": {"exit_status": 0}, "smart_status": {"passed": true}}' ;;
*megaraid,0*) echo '{"smartctl": {"exit_status": 8}, "smart_status": {"passed": false}}'; exit 8 ;;
*) echo 'Segmentation fault'; exit 139 ;;
esac
"""


async def test_drives_are_asked_one_by_one_and_a_sleeping_one_keeps_its_last_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "smartctl"
    program.write_text(SMARTCTL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("ASLEEP", str(tmp_path / "asleep"))
    awake = await read_drives({})
    assert [(drive.name, drive.passed) for drive in awake] == [("sda", True), ("0", False), ("0 megaraid,1", None)]
    (tmp_path / "asleep").touch()
    assert [drive.name for drive in await read_drives({})] == ["0", "0 megaraid,1"]
    assert await read_drives({drive.name: drive for drive in awake}) == awake


def test_nothing_is_due_when_both_are_off() -> None:
    assert not Rarely(HostOptions(updates=False, smart=False), ManualClock()).due()
