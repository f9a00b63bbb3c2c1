"""The reader against our own agent: what it makes of what devices cannot do, and of what they do wrong."""

import asyncio
import socket
from collections.abc import Sequence

import pytest

from protocols.address import Place
from protocols.clock import ManualClock, SystemClock
from protocols.errors import DeviceError, OptionError
from protocols.secret import Secret
from protocols.transports.snmp import pdu
from protocols.transports.snmp.agent import Access, Agent, Mib, simulated_agent
from protocols.transports.snmp.client import Snmp
from protocols.transports.snmp.limits import Limits
from protocols.transports.snmp.link import MOST_NONSENSE
from protocols.transports.snmp.options import SnmpOptions, User
from protocols.transports.snmp.tests.conftest import LOCAL, NAME, TABLE, USER, free_port, mib, place, reader
from protocols.transports.snmp.values import octet_string
from protocols.transports.stream.lookup import Endpoint

COLUMN = [f"{TABLE}.10.{row}" for row in range(1, 61)]


async def read(snmp: Snmp, oids: Sequence[str] = (NAME, "1.3.6.1.2.1.1.99.0", *COLUMN)) -> tuple[int, int]:
    """How many values, and rows below the table, come."""
    try:
        got = await snmp.get(oids)
        rows = await snmp.walk(TABLE)
    finally:
        await snmp.close()
    assert got[NAME] == b"switch-1"
    assert list(rows.items())[:2] == [(f"{TABLE}.1.1", 1), (f"{TABLE}.1.2", 2)]
    assert "1.3.6.1.2.1.1.99.0" not in got
    return len(got), len(rows)


@pytest.mark.parametrize("version", ["1", "2c", "3"])
async def test_values_and_tables_in_every_version(agent: Agent, passwords: dict[str, str], version: str) -> None:
    extra = {"user": "reader", **passwords} if version == "3" else {}
    assert await read(reader(agent, version=version, **extra)) == (61, 180)
    assert agent.sets == 0
    assert set(agent.requests) <= {pdu.GET, pdu.GET_NEXT, pdu.GET_BULK}


async def test_what_the_device_has_not_is_empty(agent: Agent) -> None:
    snmp = reader(agent)
    assert await snmp.walk("1.3.6.1.2.1.43") == {}
    assert await snmp.get(["1.3.6.1.2.1.43.5.1.1.17.1"]) == {}
    assert await snmp.get([]) == {}
    await snmp.close()


async def test_a_walk_stops_at_its_root_and_at_most(agent: Agent) -> None:
    snmp = reader(agent)
    assert len(await snmp.walk(f"{TABLE}.1")) == 60, "not column 10"
    assert list(await snmp.walk(TABLE, most=7)) == [f"{TABLE}.1.{row}" for row in range(1, 8)]
    await snmp.close()


async def test_a_short_table_is_not_overshot_again_and_again() -> None:
    class Counting(Mib):
        """Counts the rows that were looked up."""

        looked = 0

        def following(self, oid: str, count: int) -> list[str]:
            self.looked += 1
            return super().following(oid, count)

    values = Counting(dict(mib()))
    async with simulated_agent(LOCAL, values, SystemClock()) as agent:
        snmp = reader(agent)
        assert len(await snmp.walk(f"{TABLE}.1", most=5)) == 5
        for _ in range(4):
            await snmp.walk(TABLE)
        await snmp.walk("1.3.6.1.2.1.1")
        values.looked = 0
        assert len(await snmp.walk("1.3.6.1.2.1.1")) == 1
        assert values.looked == 2, "the row, and the one that shows that it ends"
        values["1.3.6.1.2.1.1.6.0"] = "new"
        assert len(await snmp.walk("1.3.6.1.2.1.1")) == 2
        await snmp.close()


async def test_answers_that_are_too_big_are_asked_for_in_parts() -> None:
    values = mib()
    values.update({f"1.3.6.1.2.1.1.9.{row}": octet_string("x" * 150) for row in range(20)})
    async with simulated_agent(LOCAL, values, SystemClock(), Access(most_size=484)) as agent:
        snmp = reader(agent)
        assert len(await snmp.get([f"1.3.6.1.2.1.1.9.{row}" for row in range(20)])) == 20
        assert len(await snmp.walk("1.3.6.1.2.1.1.9")) == 20
        before = sum(agent.requests.values())
        await snmp.get([f"1.3.6.1.2.1.1.9.{row}" for row in range(20)])
        assert sum(agent.requests.values()) - before <= 20, "what it can take is remembered"
        await snmp.close()


class Narrow(Agent):
    """Drops what asks for more than three OIDs or rows, as firmware with a small buffer does."""

    def _respond(self, asked: pdu.Pdu, version: int) -> bytes | None:
        too_much = len(asked.bindings) > 3 or (asked.kind == pdu.GET_BULK and asked.error_index > 3)
        return None if too_much else super()._respond(asked, version)


async def test_a_device_that_drops_large_requests_is_asked_for_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protocols.transports.snmp.agent.agent.Agent", Narrow)
    async with simulated_agent(LOCAL, mib(), SystemClock()) as agent:
        snmp = reader(agent, timeout=0.1)
        assert len(await snmp.get(COLUMN[:12])) == 12
        assert len(await snmp.walk(TABLE)) == 180
        assert agent.requests[pdu.GET_NEXT] == 0
        await snmp.close()


async def test_a_device_without_getbulk_is_walked_row_by_row(agent: Agent) -> None:
    agent.faults.add("no-bulk")
    assert await read(reader(agent, timeout=0.1)) == (61, 180)


async def test_a_walk_that_never_ends_ends(agent: Agent) -> None:
    agent.faults.add("endless")
    snmp = reader(agent)
    assert len(await snmp.walk(TABLE)) <= 2
    assert sum(agent.requests.values()) <= 4
    await snmp.close()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("silent", r"no answer within 0.1 s \(2 attempts\).* community right .*community_file"),
        ("garbage", "makes no sense"),
        ("truncated", "makes no sense"),
        ("other-id", "the answer to another request"),
    ],
)
async def test_what_a_device_does_wrong_is_said(agent: Agent, fault: str, message: str) -> None:
    agent.faults.add(fault)
    snmp = reader(agent, timeout=0.1)
    with pytest.raises(DeviceError, match=message):
        await snmp.get([NAME])
    agent.faults.clear()
    assert await snmp.get([NAME]), "and when it is well again it is read again"
    await snmp.close()


async def test_a_late_answer_to_an_earlier_request_is_not_taken_for_another_one(agent: Agent) -> None:
    clock = ManualClock()
    async with simulated_agent(LOCAL, mib(), clock) as late:
        snmp = reader(late, timeout=0.1, retries=0)
        late.faults.add("slow")
        with pytest.raises(DeviceError):
            await snmp.get([NAME])
        late.faults.clear()
        await clock.advance(2)
        assert await snmp.get([COLUMN[0]]) == {COLUMN[0]: 10}
        await snmp.close()


class Flood(Agent):
    """Answers each request with a hundred datagrams that are no answer."""

    def _send(self, said: bytes, addr: tuple[str, int]) -> None:
        for number in range(100):
            self._transport.sendto(b"\x30\x03\x02\x01" + bytes((number,)), addr)


async def test_a_flood_is_an_error_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protocols.transports.snmp.agent.agent.Agent", Flood)
    async with simulated_agent(LOCAL, mib(), SystemClock()) as agent:
        snmp = reader(agent, timeout=2, retries=0)
        with pytest.raises(DeviceError, match="flood of datagrams"):
            await snmp.get([NAME])
        assert len(snmp._link._inbox.kept) <= MOST_NONSENSE
        await snmp.close()


@pytest.mark.parametrize(
    ("user", "options"),
    [
        (User("open", None, Secret(""), None, Secret("")), {"auth": "none", "privacy": "none"}),
        (User("signed", "sha512", Secret("authpass1"), None, Secret("")), {"auth": "sha512", "privacy": "none"}),
        (
            User("cisco", "sha1", Secret("authpass1"), "aes256c", Secret("privpass1")),
            {"auth": "sha1", "privacy": "aes256c"},
        ),
    ],
)
async def test_users_of_every_level(passwords: dict[str, str], user: User, options: dict[str, str]) -> None:
    async with simulated_agent(LOCAL, mib(), SystemClock(), Access(users=(user,), versions=(3,))) as agent:
        snmp = reader(agent, version="3", user=user.name, **passwords, **options)
        assert len(await snmp.walk(TABLE)) == 180
        await snmp.close()


async def test_an_oid_with_a_leading_dot_is_a_mistake_that_is_said(agent: Agent) -> None:
    snmp = reader(agent)
    with pytest.raises(DeviceError, match="is no OID"):
        await snmp.get([f".{NAME}"])
    await snmp.close()


async def test_a_wrong_community_is_silence_and_the_message_names_it(agent: Agent, passwords: dict[str, str]) -> None:
    snmp = reader(agent, community_file=passwords["auth_file"], timeout=0.1)
    with pytest.raises(DeviceError, match="community"):
        await snmp.get([NAME])
    await snmp.close()


async def test_a_closed_port_is_told_apart_from_silence() -> None:
    snmp = reader(Place("127.0.0.1", free_port()))
    with pytest.raises(DeviceError, match=r"nothing listens at UDP port .* switch SNMP on"):
        await snmp.get([NAME])
    await snmp.close()
    await snmp.close()


async def test_a_name_that_leads_nowhere_is_said() -> None:
    snmp = reader(Place("no-such-device.invalid", 161))
    with pytest.raises(DeviceError, match="leads nowhere"):
        await snmp.get([NAME])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"user": "nobody"}, "knows no user 'nobody'"),
        ({"auth": "sha1"}, "refuses the password of user 'reader'"),
        ({"privacy": "none"}, "does not offer user 'reader' this security"),
        ({"privacy_file": "auth_file"}, "privacy"),
        ({"auth_file": "privacy_file"}, "refuses the password"),
    ],
)
async def test_what_is_wrong_with_a_version_3_user_is_said(
    agent: Agent, passwords: dict[str, str], wrong: dict[str, str], message: str
) -> None:
    swapped = {key: passwords.get(value, value) for key, value in wrong.items()}
    snmp = reader(agent, version="3", **{"user": "reader", **passwords, **swapped})
    with pytest.raises(DeviceError, match=message):
        await snmp.get([NAME])
    await snmp.close()


async def test_an_engine_that_restarts_is_met_again(agent: Agent, passwords: dict[str, str]) -> None:
    snmp = reader(agent, version="3", user="reader", **passwords)
    assert await snmp.get([NAME])
    agent.engine.restart()
    assert await snmp.get([NAME])
    agent.engine.engine += b"another"
    agent.engine.add(USER)
    assert await snmp.get([NAME])
    await snmp.close()


async def test_a_device_whose_engine_has_no_clock_is_said(agent: Agent, passwords: dict[str, str]) -> None:
    class Stuck(type(agent.engine)):  # type: ignore[misc]
        """Each look at its boots gives another number."""

        @property
        def boots(self) -> int:
            self.__dict__["looks"] = self.__dict__.get("looks", 1) + 1
            return int(self.__dict__["looks"])

        @boots.setter
        def boots(self, value: int) -> None: ...

    agent.engine.__class__ = Stuck
    snmp = reader(agent, version="3", user="reader", **passwords)
    with pytest.raises(DeviceError, match=r"time is wrong|does not end"):
        await snmp.get([NAME])
    await snmp.close()


async def test_no_more_requests_a_second_than_allowed() -> None:
    clock = ManualClock()
    async with simulated_agent(LOCAL, mib(), clock) as agent:
        snmp = Snmp(place(agent.address), SnmpOptions(requests_per_second=2), clock, "x")
        await snmp.get([NAME])
        assert agent.requests[pdu.GET] == 1
        import asyncio

        second = asyncio.create_task(snmp.get([NAME]))
        for _ in range(5):
            await asyncio.sleep(0)
        assert agent.requests[pdu.GET] == 1
        await clock.advance(0.5)
        await second
        assert agent.requests[pdu.GET] == 2
        await snmp.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"version": "3"}, "needs user"),
        ({"version": "3", "user": "x"}, "needs auth_file"),
        ({"version": "3", "user": "x", "auth": "none"}, "privacy"),
        ({"community_file": "/does/not/exist"}, "community_file"),
    ],
)
def test_a_credential_that_is_missing_stops_at_once(options: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Snmp(Place("127.0.0.1", 161), SnmpOptions(**options), ManualClock(), "device 'x'")  # type: ignore[arg-type]


def test_a_short_version_3_password_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "short").write_text("seven77\n")
    with pytest.raises(OptionError, match="at least 8"):
        reader(LOCAL, version="3", user="x", auth_file=str(tmp_path / "short"))


def test_limits_grow_while_it_answers_and_halve_when_it_cannot() -> None:
    limits = Limits(has_bulk=True)
    limits.took_rows(10)
    limits.took_rows(20)
    assert limits.rows == 40
    limits.fewer_rows(40)
    assert limits.rows == 20
    limits.took_rows(20)
    assert limits.rows == 20, "it is not tried again"
    limits.fewer_rows(1)
    assert not limits.has_bulk


async def test_hostile_strings_arrive_whole_and_a_megabyte_is_an_error_or_a_text() -> None:
    corpus = ["<img src=x onerror=alert(1)>", "=cmd|'/c calc'!A0", "\x1b]0;x\x07", "\u202egnp", "a\0b", "\ud800"]
    values = Mib({f"1.3.6.1.2.1.1.9.{at}": each for at, each in enumerate(corpus)})
    values["1.3.6.1.2.1.1.10.0"] = b"\xff" * 60_000
    async with simulated_agent(LOCAL, values, SystemClock(), Access(most_size=65_000)) as agent:
        snmp = reader(agent)
        found = await snmp.walk("1.3.6.1.2.1.1")
        assert found["1.3.6.1.2.1.1.9.0"] == corpus[0].encode()
        assert len(found) == len(corpus) + 1
        await snmp.close()


@pytest.mark.parametrize("version", ["2c", "3"])
async def test_an_answer_that_comes_too_late_for_the_first_attempt_is_the_second_ones(
    agent: Agent, passwords: dict[str, str], monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """A printer that wakes takes longer than one timeout for each answer, and is well."""
    monkeypatch.setattr("protocols.transports.snmp.agent.agent.SLOW", 0.3)
    agent.faults.add("slow")
    extra = {"user": "reader", **passwords} if version == "3" else {}
    snmp = reader(agent, version=version, timeout=0.2, retries=1, **extra)
    assert await snmp.get([NAME]) == {NAME: b"switch-1"}
    await snmp.close()


async def test_of_a_name_with_two_addresses_the_one_that_answers_is_found(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name whose first address is not the agent's: its IPv6 one, mostly."""
    at = place(agent.address)
    found = [Endpoint(socket.AF_INET, (host, at.port)) for host in ("127.0.0.3", "127.0.0.1")]

    async def lookup(_: Place) -> list[Endpoint]:
        return found

    monkeypatch.setattr("protocols.transports.snmp.link.lookup", lookup)
    snmp = reader(Place("switch-1", at.port), retries=0)
    with pytest.raises(DeviceError, match="nothing listens"):
        await snmp.get([NAME])
    assert await snmp.get([NAME]) == {NAME: b"switch-1"}
    agent.faults.add("silent")
    with pytest.raises(DeviceError, match="no answer"):
        await snmp.get([NAME])
    agent.faults.clear()
    assert await snmp.get([NAME]) == {NAME: b"switch-1"}, "the one that had answered is asked again first"
    await snmp.close()


async def test_a_resolver_that_is_dead_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lookup(_: Place) -> list[Endpoint]:
        return await asyncio.Event().wait() or []  # type: ignore[return-value]

    monkeypatch.setattr("protocols.transports.snmp.link.lookup", lookup)
    monkeypatch.setattr("protocols.transports.snmp.link.LOOKUP_S", 0.05)
    with pytest.raises(DeviceError, match=r"snmp switch-1:161: .*no resolver answers within 0.05 s"):
        await reader(Place("switch-1", 161)).get([NAME])


async def test_a_device_that_leaves_out_what_does_not_fit_is_asked_for_it_again(
    monkeypatch: pytest.MonkeyPatch, agent: Agent
) -> None:
    """No error, and five bindings where eight were asked for: the other three are not absent."""
    whole = agent._respond

    def short(asked: pdu.Pdu, version: int) -> bytes | None:
        return whole(asked._replace(bindings=asked.bindings[:5]), version)

    monkeypatch.setattr(agent, "_respond", short)
    snmp = reader(agent)
    assert len(await snmp.get(COLUMN)) == 60
    await snmp.close()
