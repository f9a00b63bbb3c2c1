"""A batch as it travels, to be spoiled by tests."""

import struct
from collections.abc import Callable
from typing import Any

import msgpack
import pytest

NOW = 1_760_000_000_000


def _body(samples: int = 3, **changes: Any) -> dict[str, Any]:
    body = {
        "v": 1,
        "stream": bytes(range(16)),
        "seq": 1,
        "agent": "lincoln-ms",
        "sent": NOW,
        "clock": {"sync": True, "boot": b"b" * 16},
        "devices": [["host", "host"], ["ahu-1", "bacnet"]],
        "points": [[0, "host.cpu.utilization", None, "%"], [1, "bacnet.value", "analog-input,1", "Cel"]],
        "i": struct.pack(f"<{samples}H", *(number % 2 for number in range(samples))),
        "t": struct.pack(f"<{samples}q", *(NOW - number for number in range(samples))),
        "x": struct.pack(f"<{samples}d", *(float(number) for number in range(samples))),
        "events": [[0, NOW, "agent.started", "info", {"version": "0.1.0"}]],
        "facts": [[1, NOW, {"vendor": "Acme", "zones": 12, "ok": True, "note": None}]],
        "reach": [[1, NOW, False, "no answer"]],
    }
    return body | changes


@pytest.fixture
def now() -> int:
    """The instant at which batches are received."""
    return NOW


@pytest.fixture
def body() -> Callable[..., dict[str, Any]]:
    """Makes a valid batch's map with some keys changed."""
    return _body


@pytest.fixture
def pack() -> Callable[..., bytes]:
    """Makes a valid batch's bytes with some keys changed."""

    def packed(**changes: Any) -> bytes:
        found: bytes = msgpack.packb(_body(**changes))
        return found

    return packed
