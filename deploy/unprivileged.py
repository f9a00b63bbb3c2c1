"""Servers that `firstbell up` starts never run as root: their user, and which folders that user can enter."""

import os
import pwd
import subprocess
from pathlib import Path
from typing import Any

from protocols.errors import StartError

SYSTEM_USER = "firstbell"
SHARED = Path("/var/lib/firstbell")


def system_user() -> pwd.struct_passwd | None:
    """The user to run servers as when we are root, made if missing; None: as ourselves. Raises `StartError`."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    made = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--home-dir", SHARED, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise StartError(
            f"cannot make the system user {SYSTEM_USER!r} for the servers: {made.stderr.strip()}", permanent=True
        )
    return pwd.getpwnam(SYSTEM_USER)


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """The keyword arguments of a subprocess that runs it as `user`."""
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def own(folder: Path, user: pwd.struct_passwd | None) -> None:
    """Give `folder` to `user` alone (mode 0700)."""
    folder.chmod(0o700)
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)


def enterable(folder: Path, user: pwd.struct_passwd | None) -> bool:
    """Whether `user` can go through every folder above `folder` (the execute bit for others, or ownership)."""
    if user is None:
        return True
    for parent in [*folder.resolve().parents]:
        if not parent.exists():
            continue
        status = parent.stat()
        if not (status.st_mode & 0o001 or (status.st_uid == user.pw_uid and status.st_mode & 0o100)):
            return False
    return True
