"""Golden files: what version 1 looks like on the wire. They never change; a reader of version 1 reads them for ever."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from protocols.errors import WireError
from protocols.wire.decode import decode
from protocols.wire.encode import encode
from protocols.wire.messages import decode_ack, decode_status, encode_ack, encode_status

GOLDEN = Path(__file__).parent / "golden"
BATCHES = sorted(path.stem for path in GOLDEN.glob("batch-*.bin"))
NOW = 1_760_000_000_000


def _expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())
    return found


def _shown(found: Any) -> Any:
    """A batch or message as JSON shows it: columns as lists, bytes as hexadecimal."""

    def enc(value: Any) -> Any:
        return value.tolist()

    def plain(value: Any) -> Any:
        if isinstance(value, bytes):
            return value.hex()
        if isinstance(value, dict):
            return {str(key): plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return value

    return plain(msgspec.to_builtins(found, builtin_types=(bytes,), enc_hook=enc))


@pytest.mark.parametrize("name", BATCHES)
def test_batch(name: str) -> None:
    expected, payload = _expected(name), (GOLDEN / f"{name}.bin").read_bytes()
    encoding = expected.get("encoding")
    if "refused" in expected:
        with pytest.raises(WireError) as caught:
            decode(payload, agent="lincoln-ms", now_ms=NOW, content_encoding=encoding)
        assert caught.value.reason == expected["refused"]
        return
    found = decode(payload, agent="lincoln-ms", now_ms=NOW, content_encoding=encoding)
    assert _shown(found) == expected["batch"]
    if expected["written"]:
        assert encode(found) == payload


def test_ack() -> None:
    payload = (GOLDEN / "ack.bin").read_bytes()
    found = decode_ack(payload)
    assert _shown(found) == _expected("ack")
    assert encode_ack(found) == payload


def test_status() -> None:
    payload = (GOLDEN / "status.bin").read_bytes()
    assert decode_status(payload) == _expected("status")
    assert encode_status(_expected("status")) == payload


def test_there_are_golden_batches() -> None:
    assert len(BATCHES) >= 6
