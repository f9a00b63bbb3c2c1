"""Whatever bytes a meter answers: bounded time, one clear error, or figures that are figures."""

import asyncio
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.clock import ManualClock
from protocols.drivers.meter.decode import MOST, MOST_TEXT, decode
from protocols.drivers.meter.register_map import load_map, names
from protocols.drivers.meter.simulator import registers, simulate
from protocols.errors import DeviceError


def framed(body: bytes, transaction: int = 1, unit: int = 1, length: int | None = None) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(body) + 1 if length is None else length, unit) + body


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (framed(b"\x03\x04" + bytes(4), transaction=9), "the answer to another request"),
        (framed(b"\x03\x04" + bytes(4), transaction=0), "the answer to another request"),
        (framed(b"\x03\x04" + bytes(4), unit=2), "the answer to another request"),
        (framed(b"\x04\x04" + bytes(4)), "something else than 2 registers"),
        (framed(b"\x03\x08" + bytes(8)), "something else than 2 registers"),
        (framed(b"\x03\x04" + bytes(3)), "something else than 2 registers"),
        (framed(b"\x83\x63"), "exception 99"),
        (framed(b"\x03", length=65535), "does not speak Modbus TCP"),
        (framed(b"\x03", length=1), "does not speak Modbus TCP"),
        (b"PJLINK 0\r" * 1000, "does not speak Modbus TCP"),
        (framed(b"\x03\x04" + bytes(2), length=7), "no complete answer within"),
        (b"", "no complete answer within"),
    ],
)
async def test_nonsense_is_one_clear_error(opener: Any, serving: Any, answer: bytes, says: str) -> None:
    async def give(reader: Any, writer: Any) -> None:
        await reader.readexactly(12)
        writer.write(answer)
        await reader.read()

    with pytest.raises(DeviceError, match=says):
        await (await opener(await serving(give), timeout=0.5)).poll()


async def test_a_drip_ends_after_the_timeout(opener: Any, serving: Any) -> None:
    async def drip(reader: Any, writer: Any) -> None:
        for each in framed(b"\x03\x04" + bytes(4)) * 100:
            writer.write(bytes((each,)))
            await writer.drain()
            await asyncio.sleep(0.1)

    with pytest.raises(DeviceError, match="no complete answer within"):
        await asyncio.wait_for((await opener(await serving(drip), timeout=0.5)).poll(), 20)


async def test_sunspec_models_without_end_are_bounded(opener: Any, serving: Any) -> None:
    """Models of length 0 for ever, and a model that reaches beyond the last register."""
    asked = 0

    async def give(reader: Any, writer: Any) -> None:
        nonlocal asked
        while True:
            transaction, _, _, unit, _, start, _ = struct.unpack(">HHHBBHH", await reader.readexactly(12))
            asked += 1
            words = (0x5375, 0x6E53) if start == 40000 else (99, 0)
            writer.write(struct.pack(">HHHBBBHH", transaction, 0, 7, unit, 3, 4, *words))

    with pytest.raises(DeviceError, match="no model of a meter"):
        await (await opener(await serving(give))).poll()
    assert asked < 100


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "=cmd|'x'!A0", "\x1b[31mred", "\u202egnp.exe", "a\x00b", "\xff" * 32]
)
async def test_every_text(opener: Any, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(registers, "COMMON", {at: (size, text[:size]) for at, (size, _) in registers.COMMON.items()})
    async with simulate("127.0.0.1:0", clock) as simulator:
        attributes = (await (await opener(simulator.address)).poll()).attributes
    for value in attributes.values():
        assert str(value).isprintable()
        assert len(str(value)) <= MOST_TEXT


@given(st.sampled_from([name for name in names() if name != "sunspec"]), st.data())
def test_whatever_registers_hold_is_finite(name: str, data: st.DataObject) -> None:
    chosen = load_map(name, None, "test")
    words = {
        at: data.draw(st.integers(0, 65535))
        for row in chosen.register
        for at in range(row.address, row.address + row.words)
    }
    for sample in decode(chosen.register, words, chosen.word_order).samples:
        assert math.isfinite(sample.value)
        assert abs(sample.value) <= MOST
