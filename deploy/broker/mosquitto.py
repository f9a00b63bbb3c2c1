"""Mosquitto as a child process: plain on loopback, mutual TLS with pattern ACLs for everybody else.

Its files lie in `<data>/broker`, or under `/var/lib/firstbell` when root keeps `data` where no other user can enter: as
root the broker runs as the user `firstbell`. Nothing is kept on its disk: the delivery promise does not rest on the broker.
"""

import asyncio
import functools
import hashlib
import os
import re
import shutil
import subprocess
from asyncio.subprocess import Process
from dataclasses import dataclass, field
from pathlib import Path

from deploy.broker import configuration
from deploy.broker.configuration import TlsListener
from deploy.broker.listening import end, require_free, require_loopback, wait_until_open
from deploy.child import die_with_parent
from deploy.unprivileged import SHARED, as_user, enterable, own, system_user
from protocols.errors import StartError

__all__ = ["Mosquitto", "TlsListener", "program"]
_SBIN = ":/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"


@dataclass
class Mosquitto:
    """One Mosquitto. `host`:`port` is the plain listener, loopback only; `tls` the one other machines use."""

    data: Path
    host: str
    port: int
    tls: TlsListener | None = None
    name: str = "broker"
    _process: Process | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        require_loopback(self.host)

    @property
    def process(self) -> Process | None:
        """The running broker, None before `start` and after `stop`."""
        return self._process

    @property
    def log(self) -> Path:
        """Where it writes what happens."""
        return self.data / "broker.log"

    def describe(self) -> str:
        """One sentence for the start: which broker this is, and what that means."""
        if self.tls is None:
            return f"{version()}, on this machine alone; --mqtt with another address opens it to agents elsewhere"
        return f"{version()}; agents elsewhere connect by TLS to {self.tls.host}:{self.tls.port}"

    async def start(self) -> None:
        """Write the configuration, run the broker and wait until it listens. Raises `StartError`."""
        found = program()
        if found is None:
            raise StartError("Mosquitto is not installed; apt install mosquitto", permanent=True)
        for host, port in self._addresses():
            require_free(host, port)
        folder = self._write()
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                found, "-c", folder / "mosquitto.conf",
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                preexec_fn=die_with_parent(), cwd="/", **as_user(system_user()),
            )  # fmt: skip
        for host, port in self._addresses():
            await wait_until_open(self._process, host, port, self.log)

    async def stop(self) -> None:
        """End it; clients see their connection close."""
        process, self._process = self._process, None
        await end(process)

    def _addresses(self) -> list[tuple[str, int]]:
        secure = [] if self.tls is None else [(self.tls.host, self.tls.port)]
        return [(self.host, self.port), *secure]

    def _write(self) -> Path:
        """The configuration and copies of the TLS files, readable by the broker's user alone."""
        user = system_user()
        folder = self.data.resolve() / "broker"
        if not enterable(folder, user):
            folder = SHARED / "brokers" / hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        folder.mkdir(parents=True, exist_ok=True)
        own(folder, user)
        files = configuration.files(self.host, self.port, self.tls, folder)
        for name, content in files.items():
            path = folder / name
            path.unlink(missing_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            if user is not None:
                os.chown(path, user.pw_uid, user.pw_gid)
        return folder


def program() -> str | None:
    """The path of Mosquitto, None where it is not installed. Debian keeps it in /usr/sbin, outside a user's PATH."""
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + _SBIN)


@functools.cache
def version() -> str:
    """As it names itself: `Mosquitto 2.0.11`."""
    said = subprocess.run([program() or "mosquitto", "-h"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"version (\S+)", said)
    return f"Mosquitto {number[1]}" if number else "Mosquitto"
