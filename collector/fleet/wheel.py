"""An installed distribution packed into a wheel again: so that a collector has wheels to give without a package index.

The format is PEP 427: the installed files, METADATA, WHEEL, entry points and a RECORD of SHA-256 digests. Packing the same
files twice gives the same bytes.
"""

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from protocols.errors import StartError

_STAMP = (1980, 1, 1, 0, 0, 0)
_OWN_TAG = "py3-none-any"
_LEFT_OUT = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def pack(distribution: metadata.Distribution, packages: tuple[str, ...], folder: Path) -> Path:
    """Write the wheel of `distribution` into `folder`; its path. Raises `StartError` when it cannot be packed.

    `packages` names the import packages of a pure distribution that is installed editable; () for any other one, whose
    files are those of its RECORD.
    """
    files = dict(_sources(packages) if packages else _recorded(distribution))
    tags = [_OWN_TAG] if packages else _tags(distribution)
    stem = f"{distribution.name.replace('-', '_').replace('.', '_')}-{distribution.version}"
    info = f"{stem}.dist-info"
    contents = {name: path.read_bytes() for name, path in sorted(files.items())}
    for name in ("METADATA", "entry_points.txt"):
        text = distribution.read_text(name)
        if text is not None:
            contents[f"{info}/{name}"] = text.encode()
    contents[f"{info}/WHEEL"] = _wheel_file(tags, pure=bool(packages) or _pure(distribution))
    record = f"{info}/RECORD"
    lines = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in contents.items()]
    contents[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    target = folder / f"{stem}-{_compressed(tags)}.whl"
    _write(target, contents)
    return target


def _sources(packages: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    for package in packages:
        found = find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise StartError(f"the package {package!r} is not installed", permanent=True)
        top = Path(next(iter(found.submodule_search_locations)))
        for path in top.rglob("*"):
            inside = path.relative_to(top)
            if path.is_file() and "__pycache__" not in inside.parts and path.suffix != ".pyc":
                yield f"{package}/{inside.as_posix()}", path


def _recorded(distribution: metadata.Distribution) -> Iterator[tuple[str, Path]]:
    """The files of the RECORD, without what an installer made: scripts, byte code, its own notes."""
    if not distribution.files:
        raise StartError(f"{distribution.name} was installed without a RECORD; install it with pip", permanent=True)
    for file in distribution.files:
        parts = file.parts
        made = ".." in parts or "__pycache__" in parts or file.suffix == ".pyc"
        note = len(parts) == 2 and parts[0].endswith(".dist-info") and (parts[1] in _LEFT_OUT or parts[1] in _REWRITTEN)
        path = Path(str(file.locate()))
        if not made and not note and path.is_file():
            yield file.as_posix(), path


_REWRITTEN = ("WHEEL", "METADATA", "entry_points.txt")


def _tags(distribution: metadata.Distribution) -> list[str]:
    lines = (distribution.read_text("WHEEL") or "").splitlines()
    tags = [line.partition(":")[2].strip() for line in lines if line.startswith("Tag:")]
    if not tags:
        raise StartError(f"{distribution.name} was not installed from a wheel; install it with pip", permanent=True)
    return tags


def _pure(distribution: metadata.Distribution) -> bool:
    return "root-is-purelib: true" in (distribution.read_text("WHEEL") or "").lower()


def _wheel_file(tags: list[str], *, pure: bool) -> bytes:
    lines = ["Wheel-Version: 1.0", "Generator: firstbell", f"Root-Is-Purelib: {str(pure).lower()}"]
    return "\n".join([*lines, *(f"Tag: {tag}" for tag in tags), ""]).encode()


def _compressed(tags: list[str]) -> str:
    """Tags as a file name has them: the distinct values of each of the three parts, joined by dots."""
    columns = zip(*(tag.split("-") for tag in tags), strict=True)
    return "-".join(".".join(dict.fromkeys(column)) for column in columns)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _write(target: Path, contents: dict[str, bytes]) -> None:
    draft = target.with_name(f".{target.name}")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    draft.replace(target)
