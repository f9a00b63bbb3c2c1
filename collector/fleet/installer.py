"""The installer as served, and the one line that fetches, checks and runs it. Pure, but for reading the template.

The line comes from the administrator's own terminal and so can be trusted; all else may travel over plain HTTP. It pins the
script by SHA-256, the script pins the CA and the list of wheels, the list pins each wheel, and the CA vouches for the broker.
"""

import hashlib
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from protocols.errors import StartError

SCRIPT_PATH = "/install.sh"
WHEELS_PATH = "/install/wheels/"
REQUIREMENTS_PATH = "/install/requirements.txt"
_CHANGED = shlex.quote(
    "firstbell: the installer is not the one of this line: run `firstbell enrol` again for a fresh one"
)


class Pins(NamedTuple):
    """What the script may trust: hex SHA-256 of the CA's certificate (DER) and of the list of wheels."""

    ca: str
    requirements: str


def script(pins: Pins) -> bytes:
    """The installer with its pins filled in. Raises `StartError` when the template is not installed."""
    folder = _folder()
    try:
        template = (folder / "install" / "install.sh").read_text(encoding="utf-8")
        unit = (folder / "systemd" / "firstbell-agent.service").read_text(encoding="utf-8")
    except OSError as error:
        raise StartError(f"the installer is not part of this installation: {error}", permanent=True) from error
    filled = template.replace("@CA_SHA256@", pins.ca).replace("@REQUIREMENTS_SHA256@", pins.requirements)
    return filled.replace("@UNIT@", unit.strip()).encode()


def line(url: str, token: str, installer: bytes) -> str:
    """One line for a root shell: fetch the installer from the collector at `url`, check it, run it with the token."""
    fetched = shlex.quote(url + SCRIPT_PATH)
    unfetched = shlex.quote(f"firstbell: {url}{SCRIPT_PATH} cannot be fetched with curl or wget")
    digest = hashlib.sha256(installer).hexdigest()
    return (
        f'f=$(mktemp) && {{ command -v curl >/dev/null && curl -fsSo "$f" {fetched} || wget -qO "$f" {fetched}'
        f" || {{ echo {unfetched} >&2; false; }}; }}"
        f' && {{ echo "{digest}  $f" | sha256sum -c --status - || {{ echo {_CHANGED} >&2; false; }}; }}'
        f' && sh "$f" {shlex.quote(url)} {shlex.quote(token)}'
    )


def _folder() -> Path:
    """Where `deploy` is installed. Its files are data here: the collector imports nothing of it."""
    found = find_spec("deploy")
    if found is None or not found.submodule_search_locations:
        raise StartError("the installer is not part of this installation", permanent=True)
    return Path(next(iter(found.submodule_search_locations)))
