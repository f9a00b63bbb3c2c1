"""What a report of a heartbeat brought with it: its bytes, its rows and its beginning, counted as it comes and never held whole. Pure."""

import codecs
import re

KEPT = 10_000
"""Characters kept of a body."""
_HEAD = 4 * KEPT
"""Bytes that so many characters have at most."""
_BLANK = b" \t\x0b\x0c\0\xef\xbb\xbf"
"""What a line without a row consists of: space, half a character of UTF-16 that no mark begins, a byte order mark."""
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS = "\t;|,"
_NAME = re.compile(r"[^\W\d_][\w .#/()%&?'-]{0,59}")
"""What a column is called: it begins with a letter, and is neither a sentence nor a figure."""

_OUTCOMES = frozenset(
    (
        "ok",
        "done",
        "success",
        "successful",
        "succeeded",
        "finished",
        "complete",
        "completed",
        "error",
        "failed",
        "failure",
        "warning",
    )
)
"""How a job ends: no column is called so."""


class ReportBody:
    """Feed it with `take`; `size`, `text` and `rows` are of all that came."""

    def __init__(self) -> None:
        self.size = 0
        self._head = bytearray()
        self._utf16: codecs.IncrementalDecoder | None = None
        self._lines = 0
        self._open = False

    def take(self, chunk: bytes) -> None:
        """The next bytes."""
        begun = bytes(self._head) if self.size < len(_MARKS[0]) else b""  # not counted yet
        self.size += len(chunk)
        self._head += chunk[: _HEAD - len(self._head)]
        if self.size >= len(_MARKS[0]):
            self._count(begun + chunk)

    def _count(self, chunk: bytes) -> None:
        if self._utf16 is None and self._encoding == "utf-16":
            self._utf16 = codecs.getincrementaldecoder("utf-16")("replace")
        if self._utf16 is not None:  # half of a character may look like the end of a line
            chunk = self._utf16.decode(chunk).encode()
        *ended, last = chunk.replace(b"\r", b"\n").split(b"\n")
        for line in ended:
            self._lines += self._open or bool(line.strip(_BLANK))
            self._open = False
        self._open = self._open or bool(last.strip(_BLANK))

    @property
    def text(self) -> str:
        """The first `KEPT` characters."""
        return self._head.decode(self._encoding, "replace").replace("\0", "\ufffd")[:KEPT]

    def rows(self, is_csv: bool) -> int | None:
        """Lines that hold something, without the header; None of what is neither said to be CSV nor begins as a table does."""
        if not is_csv and not self._begins_as_a_table:
            return None
        return max(0, self._lines + self._open - 1)

    @property
    def _encoding(self) -> str:
        return "utf-16" if self._head.startswith(_MARKS) else "utf-8"

    @property
    def _begins_as_a_table(self) -> bool:
        """Whether the first line names columns. A line of prose, a log, JSON or `done, ok` does not: its `rows` would be told for nothing."""
        head = self._head.decode(self._encoding, "replace").removeprefix("\ufeff").lstrip("\r\n\t ")
        first, end, _ = head.replace("\r", "\n").partition("\n")
        separator = max(_SEPARATORS, key=first.count)
        names = [name[1:-1] if name[:1] == name[-1:] == '"' else name for name in first.split(separator)]
        plain = _OUTCOMES.isdisjoint(name.strip().casefold() for name in names)
        return bool(end) and len(names) > 1 and plain and all(_NAME.fullmatch(name) for name in names)
