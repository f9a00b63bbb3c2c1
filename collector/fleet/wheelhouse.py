"""The wheels an agent installs from: `<data>/wheels`, served to machines that reach no package index.

First Bell's own wheel is packed from what runs here, and so are its dependencies' for machines of this one's kind. For other
kinds (a Raspberry Pi, another Python) pip downloads the same versions once: `firstbell wheels`, or the first `firstbell enrol`.
"""

import hashlib
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from collector.fleet.wheel import pack
from protocols.errors import StartError

FOLDER = "wheels"
OWN = "firstbell"
PACKAGES = ("agent", "collector", "deploy", "protocols")
NOT_FOR_AGENTS = frozenset({"all-in-one", "collector", "test"})
"""Extras that no agent installs; every other one is the agent's or a driver's."""
GLIBC = (17, 28, 34)
"""The manylinux levels tried; Debian 12, Ubuntu 22.04 and Raspberry Pi OS have glibc 2.35 or newer."""


class Target(NamedTuple):
    """A kind of machine: CPU as `uname -m` says it, and a Python version such as `3.11`."""

    machine: str
    python: str

    def __str__(self) -> str:
        return f"{self.machine}-python{self.python}"

    @property
    def platforms(self) -> list[str]:
        """The platform tags it can install, newest first."""
        return [f"manylinux_2_{level}_{self.machine}" for level in sorted(GLIBC, reverse=True)] + [
            f"manylinux2014_{self.machine}",
            f"manylinux2010_{self.machine}",
            f"linux_{self.machine}",
        ]

    @property
    def tags(self) -> frozenset[Tag]:
        """The wheel tags it can install."""
        major, minor = (int(part) for part in self.python.split("."))
        own = cpython_tags((major, minor), platforms=self.platforms)
        return frozenset([*own, *compatible_tags((major, minor), f"cp{major}{minor}", self.platforms)])


HERE = Target(sysconfig.get_platform().rpartition("-")[2], f"{sys.version_info.major}.{sys.version_info.minor}")
USUAL = tuple(Target(machine, python) for machine in ("aarch64", "x86_64") for python in ("3.11", "3.12", "3.13"))
"""64-bit Raspberry Pi OS, Debian 12 and 13, Ubuntu 24.04."""


class Pin(NamedTuple):
    """One distribution an agent installs, in the version that runs here."""

    name: str
    version: str


@dataclass(frozen=True)
class Wheelhouse:
    """The wheels in `folder`. Only those of the versions that run here are given out."""

    folder: Path

    def fill(self) -> None:
        """Pack what is missing for machines of this one's kind; First Bell's own wheel anew. Raises `StartError`."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            pack(metadata.distribution(OWN), PACKAGES, self.folder)
            for pin in self.missing(HERE):
                pack(metadata.distribution(pin.name), (), self.folder)
        except OSError as error:
            raise StartError(f"the agents' wheels cannot be kept in {self.folder}: {error}") from error

    def download(self, target: Target) -> None:
        """Fetch what `target` lacks from the package index that pip is set up for. Raises `StartError`."""
        wanted = self.missing(target)
        if not wanted:
            return
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--implementation=cp", f"--python-version={target.python}"]
        command += [f"--platform={platform}" for platform in target.platforms]
        command += [f"--abi={abi}" for abi in (f"cp{target.python.replace('.', '')}", "abi3", "none")]
        command += ["--dest", str(self.folder), *(f"{pin.name}=={pin.version}" for pin in wanted)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            said = [line for line in ran.stderr.splitlines() if line.startswith("ERROR")] or ["pip failed"]
            raise StartError(f"no wheels for {target}: {said[-1].removeprefix('ERROR: ')}")

    def missing(self, target: Target) -> list[Pin]:
        """What `target` could not install from here."""
        tags = target.tags
        here = {pin for pin, _, offered in self._wheels() if offered & tags}
        return [pin for pin in pins() if pin not in here]

    def wheels(self) -> list[Path]:
        """The files that are given out, by name."""
        wanted = set(pins())
        return sorted(path for pin, path, _ in self._wheels() if pin in wanted)

    def requirements(self) -> bytes:
        """What pip installs, each version pinned and each wheel's SHA-256 named (`--require-hashes`)."""
        found: dict[Pin, list[str]] = {pin: [] for pin in pins()}
        for pin, path, _ in sorted(self._wheels(), key=lambda entry: entry[1].name):
            if pin in found:
                status = path.stat()
                found[pin].append(_sha256(path, status.st_mtime_ns, status.st_size))
        lines = []
        for pin, digests in sorted(found.items()):
            extras = f"[{','.join(extras_for_agents())}]" if pin.name == OWN else ""
            hashes = "".join(f" --hash=sha256:{digest}" for digest in digests)
            lines.append(f"{pin.name}{extras}=={pin.version}{hashes}")
        return ("\n".join(lines) + "\n").encode()

    def _wheels(self) -> Iterator[tuple[Pin, Path, frozenset[Tag]]]:
        for path in self.folder.glob("*.whl"):
            try:
                name, version, _, tags = parse_wheel_filename(path.name)
            except InvalidWheelFilename:
                continue
            yield Pin(name, str(version)), path, frozenset(tags)


def extras_for_agents() -> list[str]:
    """The agent's own extra and every driver's."""
    return sorted(set(metadata.metadata(OWN).get_all("Provides-Extra") or []) - NOT_FOR_AGENTS)


def pins() -> list[Pin]:
    """Every distribution an agent installs, in the versions that run here. Raises `StartError` when one is missing."""
    found: dict[str, Pin] = {}
    todo = [(OWN, frozenset(extras_for_agents()))]
    while todo:
        name, extras = todo.pop()
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError as error:
            raise StartError(
                f"{name} is not installed here, so no agent can be given it; pip install 'firstbell[all-in-one]'",
                permanent=True,
            ) from error
        found[name] = Pin(name, re.sub(r"\s", "", distribution.version))
        for requirement in map(Requirement, distribution.requires or []):
            needed = canonicalize_name(requirement.name)
            if needed not in found and _applies(requirement, extras):
                todo.append((needed, frozenset(requirement.extras)))
    return sorted(found.values())


@lru_cache(maxsize=256)
def _sha256(path: Path, modified_ns: int, size: int) -> str:
    """The digest of a file, read again only when it changed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))
