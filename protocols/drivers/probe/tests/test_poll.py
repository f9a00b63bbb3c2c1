"""Polls of the simulated services, whole and broken."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from protocols.clock import ManualClock, SystemClock
from protocols.driver import Target
from protocols.drivers.probe import DRIVER
from protocols.drivers.probe.judge import DOWN, ENDED, NOT_BLOCKED, UNKNOWN, UP, WRONG
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.simulator import FAULTS, simulate

from .conftest import Prober, state, value

ADDRESSES = {
    "http": "http://127.0.0.1:0/",
    "https": "https://127.0.0.1:0/",
    "tcp": "tcp://127.0.0.1:0",
    "tls": "tls://127.0.0.1:0",
    "dns": "dns://127.0.0.1:0/sis.example?type=A",
    "ntp": "ntp://127.0.0.1:0",
    "smtp": "smtp://127.0.0.1:0",
}
CERTIFIED = ("https", "tls", "smtp")
EXPECT = {
    "http": {"contains": ("gradebook",)},
    "https": {"contains": ("gradebook",)},
    "dns": {"answers": ("192.0.2.10",)},
}
"""What a person would say of the service."""
ROWS: list[tuple[str, str, int, str]] = [
    *[(each, "down", DOWN, "nothing listens") for each in ADDRESSES],
    *[(each, "reset", DOWN, "connection") for each in ("http", "https", "smtp")],
    *[(each, "silent", DOWN, "no answer") for each in ("http", "https", "dns", "ntp", "smtp")],
    *[(each, "error", WRONG, words) for each, words in (("http", "500"), ("https", "500"), ("dns", "SERVFAIL"))],
    *[(each, "error", WRONG, words) for each, words in (("ntp", "not synchronised"), ("smtp", "554"))],
    *[(each, "wrong", WRONG, "lacks 'gradebook'") for each in ("http", "https")],
    ("dns", "wrong", WRONG, "not among the answers: 198.51.100.66"),
    ("ntp", "wrong", WRONG, "kiss code 'RATE'"),
    ("smtp", "wrong", WRONG, "no SMTP"),
    ("dns", "no-name", WRONG, "NXDOMAIN"),
    *[(each, "blocked", WRONG, words) for each, words in (("http", "403"), ("https", "403"), ("dns", "0.0.0.0"))],
    *[(each, "lossy", UP, "as expected") for each in ("dns", "ntp")],
    ("ntp", "clock-off", UP, "as expected"),
    *[(each, "certificate-expired", ENDED, "has expired") for each in CERTIFIED],
    *[(each, "certificate-expiring", UP, "as expected") for each in CERTIFIED],
    *[(each, "certificate-self-signed", WRONG, "is self-signed") for each in CERTIFIED],
    *[(each, "certificate-wrong-name", WRONG, "is for another") for each in CERTIFIED],
]


@pytest.mark.parametrize("scheme", ADDRESSES)
async def test_up(scheme: str, probe: Prober, clock: SystemClock) -> None:
    async with simulate(ADDRESSES[scheme], clock) as service:
        reading = await probe(service.address, **service.options, **EXPECT.get(scheme, {}))
    assert state(reading) == UP
    assert reading.attributes["answer"] == "as expected"
    assert value(reading, "probe.duration", "total") > 0
    if scheme in CERTIFIED:
        assert 199 < value(reading, "probe.certificate.remaining") < 201
        assert reading.attributes["certificate.issuer"] == "Simulated School Authority"
        assert value(reading, "probe.duration", "tls") > 0


@pytest.mark.parametrize(("scheme", "fault", "expected", "words"), ROWS)
async def test_broken_and_healed(
    scheme: str, fault: str, expected: int, words: str, probe: Prober, clock: SystemClock
) -> None:
    async with simulate(ADDRESSES[scheme], clock) as service:
        options: Mapping[str, Any] = {**service.options, **EXPECT.get(scheme, {})}
        await service.fault(fault)
        reading = await probe(service.address, **options, timeout=0.5)
        assert words in str(reading.attributes["answer"])
        assert state(reading) == expected
        await service.heal()
        assert state(await probe(service.address, **options)) == UP


def test_every_fault_is_tried() -> None:
    assert {row[1] for row in ROWS} | {"slow"} == set(FAULTS)


async def test_a_fault_that_there_is_not(clock: SystemClock) -> None:
    async with simulate(ADDRESSES["tcp"], clock) as service:
        with pytest.raises(KeyError):
            await service.fault("no-such-fault")


@pytest.mark.parametrize(("scheme", "text"), [("http", ""), ("https", ""), ("dns", "198.51.100.7")])
async def test_must_be_blocked(scheme: str, text: str, probe: Prober, clock: SystemClock) -> None:
    async with simulate(ADDRESSES[scheme], clock, text) as service:
        options = {**service.options, "must_be_blocked": True}
        assert state(await probe(service.address, **options)) == NOT_BLOCKED
        await service.fault("blocked")
        assert state(await probe(service.address, **options)) == UP
        await service.heal()
        await service.fault("down")
        assert state(await probe(service.address, **options)) == UP
        await service.heal()
        await service.fault("silent")
        assert state(await probe(service.address, **options, timeout=0.3)) == UNKNOWN


async def test_a_slow_service_is_slow_by_the_given_clock() -> None:
    clock = ManualClock()
    async with simulate(ADDRESSES["http"], clock) as service:
        await service.fault("slow")
        session = await DRIVER.open(Target("x", service.address), ProbeOptions(), clock)
        polling = asyncio.create_task(session.poll())
        while not clock._sleepers:
            await asyncio.sleep(0)
        await clock.advance(8)
        reading = await polling
    assert value(reading, "probe.duration", "total") == 8


async def test_ntp_tells_offset_and_stratum(probe: Prober, clock: SystemClock) -> None:
    async with simulate(ADDRESSES["ntp"], clock) as service:
        reading = await probe(service.address)
        assert value(reading, "probe.clock.offset") == pytest.approx(0, abs=0.05)
        assert value(reading, "probe.clock.stratum") == 2
        await service.fault("clock-off")
        assert value(await probe(service.address), "probe.clock.offset") == pytest.approx(90, abs=0.05)


async def test_a_change_of_state_is_an_event_and_the_first_state_is_none(clock: SystemClock) -> None:
    async with simulate(ADDRESSES["http"], clock) as service:
        session = await DRIVER.open(Target("x", service.address), ProbeOptions(), clock)
        assert (await session.poll()).events == []
        await service.fault("error")
        (event,) = (await session.poll()).events
        assert event.detail == {"state": "wrong answer", "answer": "answers 500 Internal Server Error"}
        assert (await session.poll()).events == []
        await service.heal()
        (event,) = (await session.poll()).events
        assert event.detail["state"] == "up"
        await session.close()
        await session.close()


async def test_a_page_behind_a_password(probe: Prober, clock: SystemClock, tmp_path: Any) -> None:
    """The server asks for none: none is sent."""
    (tmp_path / "password").write_text("secret\n")
    async with simulate(ADDRESSES["http"], clock) as service:
        reading = await probe(service.address, user="monitor", password_file=str(tmp_path / "password"))
    assert state(reading) == UP


async def test_a_password_is_not_sent_past_a_certificate_without_trust(
    probe: Prober, clock: SystemClock, tmp_path: Any
) -> None:
    (tmp_path / "password").write_text("secret\n")
    async with simulate(ADDRESSES["https"], clock) as service:
        reading = await probe(service.address, user="monitor", password_file=str(tmp_path / "password"))
    assert state(reading) == WRONG
    assert "issuer" in str(reading.attributes["answer"])


async def test_the_speed_is_measured_once_a_night(clock: SystemClock) -> None:
    night = ManualClock(1_760_000_000_000)
    hour = (await _local_hour(night)) % 24
    big = "x" * 200_000
    async with simulate(ADDRESSES["http"], clock, big) as service:
        options = ProbeOptions(speed_url=service.address, speed_hours=f"{hour}-{hour}", speed_bytes=100_000)
        session = await DRIVER.open(Target("x", service.address), options, Ticking(night))
        measured = [[s.value for s in (await session.poll()).samples if s.metric == "probe.speed"] for _ in range(3)]
        assert [len(each) for each in measured] == [1, 0, 0]
        assert measured[0][0] > 0
        away = ProbeOptions(speed_url=service.address, speed_hours=f"{(hour + 2) % 24}")
        session = await DRIVER.open(Target("x", service.address), away, Ticking(night))
        assert [s for s in (await session.poll()).samples if s.metric == "probe.speed"] == []


class Ticking(SystemClock):
    """A wall clock that stands in the night, a monotonic one that runs."""

    def __init__(self, night: ManualClock) -> None:
        self._night = night

    def now_ms(self) -> int:
        return self._night.now_ms()


async def _local_hour(clock: ManualClock) -> int:
    from protocols.clock import utc

    return utc(clock.now_ms()).astimezone().hour
