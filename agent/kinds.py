"""What devices turned out to be, kept in a small file: a switch that is dead when the agent starts is still a switch."""

import contextlib
import logging
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)
MOST_BYTES = 1 << 20


class Kinds:
    """Device key → kind, for devices whose driver tells several apart. Without a `file` it lasts as long as the agent."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._kinds = _read(file) if file is not None else {}
        self._is_kept = True

    def of(self, key: str, usual: str) -> str:
        """The kind of a device; `usual` while nothing else is known."""
        return self._kinds.get(key, usual)

    def learn(self, key: str, kind: str) -> None:
        """It turned out to be this. A disk that refuses is logged, and tried again with the next reading."""
        if self._kinds.get(key) == kind and self._is_kept:
            return
        self._kinds[key] = kind
        if self._file is not None:
            made = self._file.with_suffix(".new")
            try:
                made.write_bytes(msgspec.json.encode(self._kinds))
                made.replace(self._file)
                self._is_kept = True
            except OSError as error:
                self._is_kept = False
                log.debug("kinds of devices could not be kept in %s: %s", self._file, error)


def _read(file: Path) -> dict[str, str]:
    with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError), file.open("rb") as opened:
        return msgspec.json.decode(opened.read(MOST_BYTES), type=dict[str, str])
    return {}
