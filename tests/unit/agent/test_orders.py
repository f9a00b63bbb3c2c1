"""Commands to a running poller: a device is polled at once, one is read, and what cannot be is said."""

import asyncio

import pytest

from agent.orders import Orders
from agent.poller import Poller
from protocols.clock import ManualClock
from protocols.driver import Reading, Sample
from protocols.errors import DeviceError, WireError
from protocols.mqtt import Endpoint, MqttClient
from protocols.wire.commands import Command, Result, decode_command, decode_result, encode_command, encode_result
from tests.unit.agent.test_poller import Book, Fake, device


def test_commands_and_results_travel() -> None:
    command = Command("6d1f3c5e-8f0e", "poll", {"devices": ["a"]})
    assert decode_command(encode_command(command)) == command
    for result in (Result("6d1f", True, {"a": 1}), Result("6d1f", False, "why")):
        assert decode_result(encode_result(result)) == result
    large = decode_result(encode_result(Result("6d1f", True, "x" * 300_000)))
    assert not large.ok
    for raw in (b"", b"\xc0", b"\x80", encode_result(Result("../etc", True, 1))):
        with pytest.raises(WireError):
            decode_result(raw)


async def test_a_poll_is_at_once_a_reading_is_shown_and_the_rest_is_said() -> None:
    asked = {"well": 0, "gone": 0}

    async def well() -> Reading:
        asked["well"] += 1
        return Reading(samples=[Sample("host.uptime", None, 5.0)], attributes={"name": "a"})

    async def gone() -> Reading:
        asked["gone"] += 1
        raise DeviceError("no answer")

    clock = ManualClock()
    poller = Poller([device("well", Fake(well)), device("gone", Fake(gone))], Book(), clock)
    orders = Orders("lincoln", MqttClient(Endpoint("127.0.0.1", 1, "lincoln")), poller)
    running = asyncio.create_task(poller.run())
    try:
        await clock.advance(0.001)
        await clock.advance(3)
        before = dict(asked)
        polled = await orders.carry_out(Command("1", "poll", {"devices": ["well", "gone"]}))
        assert {key: asked[key] - before[key] for key in asked} == {"well": 1, "gone": 1}
        assert polled.answer["well"] == {"reachable": True, "failures": 0, "detail": ""}
        assert polled.answer["gone"]["detail"] == "no answer"
        read = await orders.carry_out(Command("2", "read", {"device": "well"}))
        assert read.answer["samples"] == [["host.uptime", "", 5.0, ""]]
        for name, args in (("poll", {"devices": ["nobody"]}), ("poll", {}), ("restart", {}), ("read", {"device": 5})):
            refused = await orders.carry_out(Command("3", name, args))
            assert not refused.ok
            assert refused.answer
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await poller.close()
