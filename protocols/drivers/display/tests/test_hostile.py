"""Whatever a display sends: bounded time, one clear error, or text that is only text."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.display.decode import MOST_TEXT, clean, decode
from protocols.drivers.display.points import ATTRIBUTES
from protocols.drivers.display.simulator import Simulator
from protocols.errors import DeviceError

CORPUS = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\x1b[31mred\x07",
    "\u202egnp.exe",
    "a\x00b",
    "\udcff\udcfe",
]


@pytest.mark.parametrize("text", CORPUS)
async def test_every_text_field(simulator: Simulator, opener: Any, text: str) -> None:
    for query in ATTRIBUTES:
        simulator.projector.overrides[query] = text
    simulator.projector.overrides["CLSS"] = "2"
    attributes = (await (await opener(simulator.address)).poll()).attributes
    assert attributes["name"]
    for value in attributes.values():
        assert len(str(value)) <= MOST_TEXT
        assert str(value).isprintable()
        str(value).encode()


def greeted(*answers: bytes) -> Any:
    async def answer(reader: Any, writer: Any) -> None:
        writer.write(b"PJLINK 0\r")
        for each in answers:
            await reader.readuntil(b"\r")
            writer.write(each)
            await writer.drain()
        await reader.read()

    return answer


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ((b"%1NAME=" + b"x" * 1_000_000 + b"\r",), "more than 1024 bytes"),
        ((b"\xff" * 5000,), "more than 1024 bytes"),
        ((b"%1POWR=1\r",), "when asked CLSS: not PJLink"),
        ((b"\r",), "not PJLink"),
        ((b"%1CLSS=2",), "no complete answer within 0.5 s"),
        ((b"%1CLSS=2\r", b"%1POWR=1\r", b"HTTP/1.1 400 Bad Request\r\n\r\n"), "when asked ERST: not PJLink"),
    ],
)
async def test_nonsense_is_one_clear_error(opener: Any, serving: Any, answers: tuple[bytes, ...], says: str) -> None:
    session = await opener(await serving(greeted(*answers)), timeout=0.5)
    with pytest.raises(DeviceError, match=says):
        await session.poll()


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"PJLINK ERRA\r", b"PJLINK 7 abc\r", b"\x00\x01\r"])
async def test_another_service_is_named(opener: Any, serving: Any, greeting: bytes) -> None:
    async def answer(reader: Any, writer: Any) -> None:
        writer.write(greeting)
        await reader.read()

    with pytest.raises(DeviceError, match="answers but"):
        await (await opener(await serving(answer))).poll()


async def test_a_drip_ends_after_the_timeout(opener: Any, serving: Any) -> None:
    """A byte now and then does not begin the wait anew."""

    async def answer(reader: Any, writer: Any) -> None:
        while True:
            writer.write(b"P")
            await writer.drain()
            await asyncio.sleep(0.05)

    session = await opener(await serving(answer), timeout=0.5)
    with pytest.raises(DeviceError, match="no complete answer within"):
        await asyncio.wait_for(session.poll(), 20)


@given(
    st.dictionaries(
        st.sampled_from(["POWR", "ERST", "LAMP", "INPT", "AVMT", "IRES", "FREZ", "FILT", "INST", "NAME"]), st.text()
    )
)
def test_whatever_it_answers_is_a_reading(answers: dict[str, str]) -> None:
    reading = decode(answers)
    assert all(0 <= sample.value <= 999_999 for sample in reading.samples)


@given(st.text())
def test_cleaned_text_is_printable(text: str) -> None:
    assert len(clean(text)) <= MOST_TEXT
    clean(text).encode()
