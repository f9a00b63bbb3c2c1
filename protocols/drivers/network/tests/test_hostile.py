"""Whatever a device says, a poll makes samples of it, or one clear error; in bounded time and memory, and always text."""

import asyncio
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.clock import ManualClock
from protocols.drivers.network import oids
from protocols.drivers.network.columns import MOST_NUMBER
from protocols.drivers.network.decode import Fetched, Memory
from protocols.drivers.network.notices import notice
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.profile import built_in
from protocols.drivers.network.simulator import simulate
from protocols.drivers.network.tests.conftest import Opener
from protocols.errors import DeviceError
from protocols.transports.snmp.values import octet_string

CORPUS = (
    b"<script>alert(1)</script>",
    b'=HYPERLINK("http://x","y")',
    b"\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe".encode(),
    b"x" * 1_000_000,
    b"\xff\xfe\x80\x81",
    b"a\x00b\x00",
)
COLUMNS = [value for name, value in vars(oids).items() if name.isupper() and isinstance(value, str)]
INDEXES = st.sampled_from(
    ["0", "1", "2", "1.1", "0.1.1", "0.1.1.1.4.10.0.0.1", "1.2.0.0.0.0.1", "1.10.0.0.1", "", "9" * 40, "1..2", "-1"]
)
VALUES = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.binary(max_size=20),
    st.text(max_size=20),
    st.sampled_from([1, 2, 3, 6]),
)
TABLES = st.dictionaries(st.sampled_from(COLUMNS), st.dictionaries(INDEXES, VALUES, max_size=4), max_size=30)


@given(TABLES, TABLES, st.sampled_from(built_in()))
@settings(max_examples=150, deadline=None)
def test_any_tables_make_samples_or_none(first: Any, second: Any, profile: Any) -> None:
    memory = Memory(NetworkOptions(interfaces="all"), profile)
    memory.learn(first)
    for at, columns in ((0.0, first), (60.0, second), (120.0, first)):
        reading = memory.read(Fetched(at, columns, at == 0.0, True))
        assert all(math.isfinite(sample.value) and abs(sample.value) < MOST_NUMBER * 100 for sample in reading.samples)
        labels = [(sample.metric, sample.label) for sample in reading.samples]
        assert len(set(labels)) == len(labels)


@given(st.text(max_size=30), st.dictionaries(st.text(max_size=30), VALUES, max_size=12))
def test_any_notification_is_an_event(trap: str, bindings: Any) -> None:
    assert notice(trap, bindings, {}).event.kind.startswith("network.")


@pytest.mark.parametrize("said", CORPUS)
async def test_hostile_texts_stay_short_and_clean_in_every_field(
    opener: Opener, clock: ManualClock, said: bytes
) -> None:
    async with simulate("127.0.0.1:0", clock, ports=4) as switch:
        text = octet_string(said[:50_000])
        for oid, value in list(switch.device.mib.items()):
            if isinstance(value, str) or "1.3.6.1.2.1.31.1.1.1.18" in oid or oid.startswith(oids.LLDP_REMOTE_NAME):
                switch.device.mib[oid] = text
        for oid in (oids.SYS_NAME, oids.SYS_LOCATION, oids.SYS_DESCR):
            switch.device.mib[f"{oid}.0"] = text
        reading = await (await opener(switch.address)).poll()
        texts = [*map(str, reading.attributes.values()), *(sample.label or "" for sample in reading.samples)]
        texts += [point.name or "" for point in reading.points] + [row.name or "" for row in reading.neighbours]
        assert reading.samples
        for each in texts:
            assert len(each) <= 500
            assert not any(sign < " " or sign in "\x7f\u202e\ud800" for sign in each)


@pytest.mark.parametrize("fault", ["garbage", "truncated", "other-id"])
async def test_nonsense_is_one_clear_error(opener: Opener, clock: ManualClock, fault: str) -> None:
    async with simulate("127.0.0.1:0", clock, ports=4) as switch:
        session = await opener(switch.address, timeout=0.2)
        switch.agent.faults.add(fault)
        with pytest.raises(DeviceError, match=r"^snmp 127\.0\.0\.1:\d+: "):
            await session.poll()


async def test_walks_that_never_end_are_ended(opener: Opener, clock: ManualClock) -> None:
    async with simulate("127.0.0.1:0", clock, ports=4) as switch:
        session = await opener(switch.address)
        switch.agent.faults.add("endless")
        async with asyncio.timeout(5):
            await session.poll()


async def test_a_device_that_dies_at_its_tables_is_given_up_after_a_few(opener: Opener, clock: ManualClock) -> None:
    """Not one time-out for each of thirty tables."""
    async with simulate("127.0.0.1:0", clock, ports=4) as switch:
        session = await opener(switch.address, timeout=0.1)
        await session.poll()
        await clock.advance(300)
        for oid in list(switch.device.mib):
            if oid.startswith(("1.0.8802.1.1.2.1.4", "1.3.6.1.2.1.17.7", "1.3.6.1.2.1.99")):
                del switch.device.mib[oid]
        walk = session._client.walk
        asked = 0

        async def dying(columns: Any, most: int = 5000) -> Any:
            nonlocal asked
            asked += 1
            switch.agent.faults.add("silent")
            return await walk(columns, most)

        session._client.walk = dying
        with pytest.raises(DeviceError):
            await session.poll()
        assert asked <= 4
