"""`firstbell up` as a person types it: wrong options, parts that come later, Ctrl-C. Killed parts are in `tests/faults`."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from deploy.cli import main


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--http", "8470"], "--http '8470': should be HOST:PORT"),
        (["--mqtt", "127.0.0.1:0"], "--mqtt '127.0.0.1:0': should be HOST:PORT"),
        (["--broker", "nowhere"], "--broker 'nowhere': should be HOST:PORT"),
        (["--broker", "192.0.2.1:1883"], "is another machine, and plain MQTT is for this one alone"),
        (["--broker", "127.0.0.1:1", "--mqtt", "127.0.0.1:2"], "--mqtt 127.0.0.1:2 is for the broker that is started"),
        (["--database", "nonsense password=geheim"], "--database: must be a libpq string or URL"),
        (["--private-hosts", "10.1.2.3/8"], "--private-hosts: '10.1.2.3/8' is no host name, address or network"),
        (["--scool"], "unrecognized arguments: --scool; see `firstbell --help`"),
    ],
)
def test_a_wrong_option_is_one_line_and_nothing_is_made(
    options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up", "--data", str(tmp_path / "data"), *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("firstbell: ")
    assert says in line
    assert "geheim" not in line
    assert not (tmp_path / "data").exists()


async def test_what_is_not_there_yet_is_waited_for_and_ctrl_c_ends_everything(
    dsn: str, tmp_path: Path, new_port: Callable[[], int]
) -> None:
    late = f"late_{os.getpid()}"
    admin, given = (dsn.replace(dsn.split("dbname=")[1], name) for name in ("postgres", late))
    broker, http = f"127.0.0.1:{new_port()}", f"127.0.0.1:{new_port()}"
    command = [sys.executable, "-m", "deploy.cli", "up", "--data", str(tmp_path), "--http", http]
    up = await asyncio.create_subprocess_exec(
        *command, "--database", given, "--broker", broker, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert up.stdout is not None
    assert up.stderr is not None
    while b"waiting for the database" not in (said := await up.stderr.readline()):
        assert said, "it ended"
    assert f'database "{late}" does not exist' in said.decode()

    second = await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE)
    _, refused = await second.communicate()
    assert second.returncode == 1
    assert refused.decode().splitlines() == [
        f"firstbell: --data {tmp_path} is in use by process {up.pid}; end it, or give another --data DIR"
    ]

    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"create database {late}")
    try:
        line = (await asyncio.wait_for(up.stdout.readline(), 30)).decode()
        assert line.startswith(f"First Bell is ready: http://{http}/sign-in?link=")
        parts = psutil.Process(up.pid).children(recursive=True)
        assert len(parts) == 2, "collector and agent"
        up.send_signal(signal.SIGINT)
        _, rest = await asyncio.wait_for(up.communicate(), 30)
        assert up.returncode == 0, rest.decode()
        assert f"no broker: {broker} cannot be reached; it is tried again" in rest.decode()
        assert "Traceback" not in rest.decode()
        assert not any(part.is_running() for part in parts)
        assert not (tmp_path / "run.toml").exists()
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"drop database {late} with (force)")
