"""Against net-snmp's agent, and foreign readers against ours."""

import re

import pytest

from protocols.errors import DeviceError
from protocols.transports.snmp.agent import Agent
from protocols.transports.snmp.tests.conftest import NAME, TABLE, Snmpd, place, reader

APC = "1.3.6.1.4.1.318.1.1.1.2.2.1.0"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"version": "1"},
        {"version": "3", "user": "reader"},
        {"version": "3", "user": "plain", "auth": "md5", "privacy": "des"},
    ],
)
async def test_values_and_tables(snmpd: Snmpd, passwords: dict[str, str], options: dict[str, str]) -> None:
    await snmpd.ready()
    extra = passwords if options.get("version") == "3" else {}
    snmp = reader(snmpd.place, **{**extra, **options})
    found = await snmp.get(["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.99.0", "1.3.6.1.2.1.1.3.0", APC])
    assert list(found) == ["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.3.0", APC]
    assert found[APC] == 100
    names = await snmp.walk("1.3.6.1.2.1.31.1.1.1.1")
    assert b"lo" in names.values()
    everything = await snmp.walk("1.3.6.1.2.1", most=400)
    assert len(everything) == 400
    await snmp.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"user": "nobody"}, "knows no user"),
        ({"user": "reader", "auth": "sha512"}, "refuses the password"),
        ({"user": "plain", "auth": "md5", "privacy": "aes128"}, "cannot decrypt|privacy"),
        ({"user": "blind", "auth": "sha1", "privacy": "none"}, "refuses the credential: give blind read access"),
        ({"user": "blind", "auth": "sha1"}, "does not offer user 'blind' this security"),
    ],
)
async def test_what_is_wrong_is_said(
    snmpd: Snmpd, passwords: dict[str, str], options: dict[str, str], message: str
) -> None:
    await snmpd.ready()
    snmp = reader(snmpd.place, version="3", **passwords, **options)
    with pytest.raises(DeviceError, match=message):
        await snmp.get([NAME])
    await snmp.close()


async def test_gufo_snmp_reads_our_agent(agent: Agent) -> None:
    aio = pytest.importorskip("gufo.snmp.aio")
    gufo = pytest.importorskip("gufo.snmp")
    at = place(agent.address)
    user = gufo.User("reader", auth_key=gufo.Sha256Key(b"authpass1"), priv_key=gufo.Aes128Key(b"privpass1"))
    for extra in ({"version": gufo.SnmpVersion.v1}, {}, {"user": user}):
        async with aio.SnmpSession(at.host, port=at.port, **extra) as session:
            assert await session.get(NAME) == b"switch-1"
            assert len([oid async for oid, _ in session.fetch(TABLE)]) == 180


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_set_by_pysnmp_is_refused_and_counted(agent: Agent) -> None:
    hlapi = pytest.importorskip("pysnmp.hlapi.v3arch.asyncio")
    at = place(agent.address)
    engine = hlapi.SnmpEngine()
    _, status, _, _ = await hlapi.set_cmd(
        engine,
        hlapi.CommunityData("public"),
        await hlapi.UdpTransportTarget.create((at.host, at.port), timeout=1),
        hlapi.ContextData(),
        hlapi.ObjectType(hlapi.ObjectIdentity(NAME), hlapi.OctetString("other")),
    )
    engine.close_dispatcher()
    assert re.search("notWritable", str(status.prettyPrint()))
    assert agent.sets == 1
    assert agent.values[NAME] == "switch-1"
