"""A walk over msgpack's type bytes before anything is built from them: depth, length and number of nodes.

msgpack bounds each container but not how many there are: 1 MB of empty maps decodes to 74 MB of dictionaries.
Format: https://github.com/msgpack/msgpack/blob/master/spec.md
"""

from protocols.errors import WireError
from protocols.wire import limits

NODES = 120_000
"""Most values in one message: 2,000 points of five, 2,000 events, facts and reaches and their details, with room."""

_FIXED = {
    0xC0: 0,
    0xC2: 0,
    0xC3: 0,
    0xCA: 4,
    0xCB: 8,
    0xCC: 1,
    0xCD: 2,
    0xCE: 4,
    0xCF: 8,
    0xD0: 1,
    0xD1: 2,
    0xD2: 4,
    0xD3: 8,
}
_STR = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_BIN = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_ARRAY = {0xDC: 2, 0xDD: 4}
_MAP = {0xDE: 2, 0xDF: 4}


def check_shape(plain: bytes) -> None:
    """Raise `WireError("shape")` unless `plain` is one whole msgpack value within the limits of depth, length and nodes."""
    open_counts = [1]
    position = nodes = 0
    while open_counts:
        if open_counts[-1] == 0:
            open_counts.pop()
            continue
        open_counts[-1] -= 1
        nodes += 1
        if nodes > NODES:
            raise WireError("shape", f"more than {NODES} values")
        position, children = _skip(plain, position)
        if children is None:
            continue
        if len(open_counts) > limits.NESTING:
            raise WireError("shape", f"nested deeper than {limits.NESTING}")
        open_counts.append(children)
    if position != len(plain):
        raise WireError("shape", f"{len(plain) - position} bytes after the end of the batch")


def _skip(plain: bytes, position: int) -> tuple[int, int | None]:
    """The position behind the value's head (and its bytes), and how many values it opens (None: a leaf)."""
    if position >= len(plain):
        raise WireError("shape", "cut short")
    tag = plain[position]
    position += 1
    if tag <= 0x7F or tag >= 0xE0:
        return position, None
    if tag <= 0x8F:
        return position, 2 * (tag & 0x0F)
    if tag <= 0x9F:
        return position, tag & 0x0F
    if tag <= 0xBF:
        return _behind(plain, position, tag & 0x1F), None
    if tag in _FIXED:
        return _behind(plain, position, _FIXED[tag]), None
    if tag in _STR:
        return _bounded(plain, position, _STR[tag], limits.STRING_BYTES), None
    if tag in _BIN:
        return _bounded(plain, position, _BIN[tag], limits.SAMPLES * 8), None
    if tag in _ARRAY:
        position, count = _length(plain, position, _ARRAY[tag], limits.SAMPLES)
        return position, count
    if tag in _MAP:
        position, count = _length(plain, position, _MAP[tag], limits.MAP_ENTRIES)
        return position, 2 * count
    raise WireError("shape", f"msgpack type 0x{tag:02x} has no place in a batch")


def _length(plain: bytes, position: int, width: int, most: int) -> tuple[int, int]:
    behind = _behind(plain, position, width)
    count = int.from_bytes(plain[position:behind], "big")
    if count > most:
        raise WireError("shape", f"a length of {count}, at most {most}")
    return behind, count


def _bounded(plain: bytes, position: int, width: int, most: int) -> int:
    position, count = _length(plain, position, width, most)
    return _behind(plain, position, count)


def _behind(plain: bytes, position: int, size: int) -> int:
    if position + size > len(plain):
        raise WireError("shape", "cut short")
    return position + size
