"""The console's own files, read once and served under their content's hash: kept by a browser for a year.

All files share one hash, so that a module's relative import finds its neighbours; a change of any gives all new addresses.
"""

import gzip
import hashlib
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "assets"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"


class Asset(NamedTuple):
    """One file as it is sent."""

    content_type: str
    body: bytes
    packed: bytes


class Assets:
    """Every servable file below `folder`, in memory."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files: dict[str, Asset] = {}
        every = hashlib.sha256()
        for path in sorted(folder.rglob("*")):
            if path.suffix in _TYPES:
                name, body = path.relative_to(folder).as_posix(), path.read_bytes()
                every.update(name.encode() + b"\0" + body + b"\0")
                self._files[name] = Asset(_TYPES[path.suffix], body, gzip.compress(body, mtime=0))
        self.hash = every.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of a file. Raises `KeyError` when there is none of that name."""
        self._files[name]
        return f"/assets/{self.hash}/{name}"

    def response(self, version: str, name: str, accepts: str) -> Response:
        """The file, packed if the browser takes that; 404 for another name or for the hash of another release."""
        asset = self._files.get(name)
        if asset is None or version != self.hash:
            return Response(status_code=404)
        headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        if "gzip" in accepts:
            return Response(asset.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.content_type)
        return Response(asset.body, headers=headers, media_type=asset.content_type)


ASSETS = Assets()
router = APIRouter(include_in_schema=False)


@router.get("/assets/{version}/{name:path}")
async def asset(version: str, name: str, request: Request) -> Response:
    """One of the console's files."""
    return ASSETS.response(version, name, request.headers.get("accept-encoding", ""))
