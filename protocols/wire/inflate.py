"""A payload as msgpack, never more than the limit of it, and what tells it from another. Pure."""

import hashlib
import zlib

from protocols.errors import WireError
from protocols.wire import limits
from protocols.wire.encode import ZLIB


def inflate(payload: bytes, content_encoding: str | None) -> bytes:
    """The payload as msgpack. Raises `WireError` (size, encoding) before more than the limit is inflated."""
    if len(payload) > limits.MESSAGE_BYTES:
        raise WireError("size", f"{len(payload)} bytes, at most {limits.MESSAGE_BYTES}")
    if content_encoding is None:
        return payload
    if content_encoding != ZLIB:
        raise WireError("encoding", f"content-encoding {content_encoding[:40]!r}, this collector reads zlib")
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(payload, limits.INFLATED_BYTES + 1)
    except zlib.error as error:
        raise WireError("encoding", f"not zlib: {error}") from error
    if len(plain) > limits.INFLATED_BYTES or stream.unconsumed_tail:
        raise WireError("size", f"more than {limits.INFLATED_BYTES} bytes inflated")
    if not stream.eof or stream.unused_data:
        raise WireError("encoding", "zlib stream is cut short or has bytes after its end")
    return plain


def readable(payload: bytes, content_encoding: str | None) -> bytes:
    """The payload as msgpack; as it came where it cannot be inflated."""
    try:
        return inflate(payload, content_encoding)
    except WireError:
        return payload


def digest(payload: bytes, content_encoding: str | None) -> bytes:
    """16 bytes that tell two batches apart, whatever compressed them: BLAKE2b of the msgpack."""
    return hashlib.blake2b(readable(payload, content_encoding), digest_size=16).digest()
