"""The pasted line in a fresh Debian root, against a real collector and a real broker with TLS, up to “is online”."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.fleet import authority
from collector.server import serve
from collector.settings import Settings
from collector.store.database import Database
from deploy.broker import Mosquitto, TlsListener
from protocols.clock import SystemClock, utc

SUITES = {(3, 11): "bookworm", (3, 13): "trixie"}
"""The Debian whose Python is ours: the collector then has wheels for it without any package index."""
PACKAGES = "python3,python3-venv,wget"
BARE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
pytestmark = [pytest.mark.root, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh minimal Debian; FIRSTBELL_TEST_ROOT names one to copy instead of making it."""
    if os.geteuid() != 0:
        pytest.skip("needs root to make and enter a Debian root")
    root = tmp_path_factory.mktemp("debian") / "root"
    given = os.environ.get("FIRSTBELL_TEST_ROOT")
    if given:
        subprocess.run(["cp", "-a", given, root], check=True)
    else:
        _debootstrap(root)
    yield root
    shutil.rmtree(root, ignore_errors=True)


def _debootstrap(root: Path) -> None:
    program = shutil.which("debootstrap")
    suite = SUITES.get(sys.version_info[:2])
    if program is None:
        pytest.skip("debootstrap is not installed (Debian package debootstrap)")
    if suite is None:
        pytest.skip(f"no Debian release has Python {sys.version_info.major}.{sys.version_info.minor}")
    made = subprocess.run(
        [program, "--variant=minbase", f"--include={PACKAGES}", suite, root],
        capture_output=True,
        text=True,
        env={**os.environ, "DPKG_FORCE": "unsafe-io"},
        check=False,
    )
    if made.returncode:
        pytest.skip(f"debootstrap cannot make a Debian root here: {made.stdout.strip().splitlines()[-1:]}")


@dataclass
class District:
    """A running collector and how its commands are run."""

    config: Path
    url: str
    database: Database

    def enrol(self, building: str) -> str:
        """The line that `firstbell enrol` prints."""
        command = [sys.executable, "-m", "deploy.cli", "enrol", "--building", building, "--no-download"]
        ran = subprocess.run(
            [*command, "--config", self.config], capture_output=True, text=True, check=True, timeout=60
        )
        assert len(ran.stdout.splitlines()) == 1
        return ran.stdout.strip()


@pytest.fixture
async def district(
    mosquitto_program: str, dsn: str, database: Database, tmp_path: Path, new_port: Callable[[], int]
) -> AsyncIterator[District]:
    ca = authority.load(tmp_path, utc(SystemClock().now_ms()))
    folder = tmp_path / "authority"
    pair = ca.serve(["127.0.0.1"], utc(SystemClock().now_ms()))
    for name, content in zip(("broker.pem", "broker.key"), pair, strict=True):
        (folder / name).write_bytes(content)
    tls = TlsListener("127.0.0.1", new_port(), folder / "ca.pem", folder / "broker.pem", folder / "broker.key")
    broker = Mosquitto(tmp_path, "127.0.0.1", new_port(), tls)
    await broker.start()
    rows = {
        "data": str(tmp_path),
        "database": dsn,
        "http": f"127.0.0.1:{new_port()}",
        "broker": f"127.0.0.1:{broker.port}",
        "agent_broker": f"127.0.0.1:{tls.port}",
    }
    config = tmp_path / "collector.toml"
    config.write_text("".join(f'{key} = "{value}"\n' for key, value in rows.items()))
    stop, listening = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(serve(Settings(**rows), stop, listening=lambda _: listening.set()))
    await listening.wait()
    yield District(config, f"http://{rows['http']}", database)
    stop.set()
    await serving
    await broker.stop()


async def paste(root: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run the line in the root as its root user."""
    return await asyncio.to_thread(
        subprocess.run,
        ["chroot", root, "sh", "-c", line],
        env=BARE,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )


async def test_a_pasted_line_ends_online_and_can_be_pasted_again(district: District, debian: Path) -> None:
    line = await asyncio.to_thread(district.enrol, "Lincoln MS")
    first = await paste(debian, line)
    assert first.returncode == 0, first.stderr
    assert "Lincoln MS is online" in first.stdout
    assert "systemd is not running here" in first.stdout
    row = await district.database.row(
        "select a.id, b.name as building, d.received::text as received, (select count(*) from certificate) as certificates"
        " from agent a join building b on b.id = a.building_id join delivery d on d.agent_id = a.id"
    )
    assert row is not None
    assert (row["id"], row["building"], row["certificates"]) == ("lincoln-ms", "Lincoln MS", 1)
    assert row["received"].startswith("{[1,")
    _check_files(debian)
    again = await paste(debian, line)
    assert again.returncode == 0, again.stderr
    assert "Lincoln MS is online" in again.stdout
    assert await district.database.rows("select 1 from certificate") == [{"?column?": 1}]


def _check_files(root: Path) -> None:
    """What is where, and who may read it."""
    state = root / "var/lib/firstbell-agent"
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "agent.key").stat().st_mode & 0o777 == 0o600
    assert (state / "agent.key").stat().st_uid == state.stat().st_uid != 0
    installed = {
        path.name.partition("-")[0] for path in root.glob("opt/firstbell/lib/python3*/site-packages/*.dist-info")
    }
    assert {"firstbell", "bacpypes3", "psutil", "cryptography"} <= installed
    assert not {"fastapi", "psycopg", "numpy"} & installed
    unit = (root / "etc/systemd/system/firstbell-agent.service").read_text()
    assert "ProtectSystem=strict" in unit
    assert "@" not in unit.replace("@system-service", "")


async def test_a_line_whose_installer_changed_runs_nothing(district: District, debian: Path) -> None:
    line = await asyncio.to_thread(district.enrol, "Oak Elementary")
    digest = line.partition('echo "')[2][:64]
    tampered = await paste(debian, line.replace(digest, "0" * 64))
    assert tampered.returncode != 0
    assert tampered.stderr.startswith(
        "firstbell: the installer is not the one of this line: run `firstbell enrol` again"
    )
    assert len(tampered.stderr.splitlines()) == 1
    assert "online" not in tampered.stdout


async def test_a_spent_token_is_one_clear_line(district: District, debian: Path) -> None:
    line = await asyncio.to_thread(district.enrol, "Elm High")
    await district.database.execute("update enrolment set used_at = now(), used_key = '\\x00'")
    refused = await paste(debian, line)
    assert refused.returncode == 1
    assert "the collector refused: The token was used already; run `firstbell enrol` for a new line." in refused.stderr
