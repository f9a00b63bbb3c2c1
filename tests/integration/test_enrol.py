"""Enrolment over real HTTP: one identity for each token, its key made at the agent, and nothing for anybody else."""

import asyncio
import re
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from agent.cli import main
from agent.commands.enrol import newest_acknowledged
from agent.config import read_config
from agent.enrolment import Identity, Invitation, enrol, write_config
from agent.spool.schema import State, connect
from collector.fleet import authority, enrolment
from collector.fleet.enrol import Wanted, promise
from collector.server import serve
from collector.settings import Settings
from collector.store import accounts
from collector.store.database import Database
from protocols.clock import ManualClock, utc
from protocols.errors import EnrolmentError, OptionError

MINUTE, HOUR = 60_000, 3_600_000


@dataclass
class Collector:
    """One that serves, and whose clock the test moves."""

    url: str
    data: Path
    database: Database
    clock: ManualClock

    async def token(self, building: str = "Lincoln MS") -> str:
        return (await promise(self.database, Wanted(building), "test", utc(self.clock.now_ms()))).token

    async def enrol(self, token: str, state: Path, ca_sha256: str | None = None) -> Identity:
        """As the installer does it."""
        pinned = ca_sha256 or authority.load(self.data, utc(self.clock.now_ms())).fingerprint
        return await asyncio.to_thread(enrol, Invitation(self.url, token, pinned), state)

    async def count(self, table: str) -> int:
        rows = {
            "agent": "select id from agent",
            "certificate": "select serial from certificate",
            "enrolment": "select id from enrolment where used_at is null",
        }
        return len(await self.database.rows(rows[table]))


@pytest.fixture
async def collector(
    dsn: str, database: Database, tmp_path: Path, new_port: Callable[[], int]
) -> AsyncIterator[Collector]:
    clock = ManualClock()
    http = f"127.0.0.1:{new_port()}"
    settings = Settings(
        data=tmp_path / "data", database=dsn, http=http, broker="127.0.0.1:1", agent_broker="0.0.0.0:8883"
    )
    stop, listening = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(serve(settings, stop, clock=clock, listening=lambda _: listening.set()))
    await listening.wait()
    yield Collector(f"http://{http}", settings.data, database, clock)
    stop.set()
    await serving


async def test_an_agent_gets_its_identity_and_a_configuration_that_reads(collector: Collector, tmp_path: Path) -> None:
    state = tmp_path / "agent"
    identity = await collector.enrol(await collector.token(), state)
    assert (identity.agent, identity.building) == ("lincoln-ms", "Lincoln MS")
    assert identity.broker == "127.0.0.1:8883"  # the host by which it reached us, where the broker listens on all
    certificate = x509.load_pem_x509_certificate((state / "agent.pem").read_bytes())
    assert certificate.subject.rfc4514_string() == "CN=lincoln-ms"
    assert stat.S_IMODE((state / "agent.key").stat().st_mode) == 0o600
    assert not list(state.glob(".*"))
    write_config(tmp_path / "agent.toml", identity, state)
    config = read_config(tmp_path / "agent.toml")
    assert (config.agent.id, config.broker) == ("lincoln-ms", ("127.0.0.1", 8883))
    assert [device.key for device in config.devices] == ["host"]
    row = await collector.database.row("select agent_id, serial::text as serial from certificate")
    assert row == {"agent_id": "lincoln-ms", "serial": str(certificate.serial_number)}


async def test_a_token_works_once(collector: Collector, tmp_path: Path) -> None:
    token = await collector.token()
    await collector.enrol(token, tmp_path / "first")
    with pytest.raises(EnrolmentError, match="used already; run `firstbell enrol`"):
        await collector.enrol(token, tmp_path / "second")
    assert await collector.count("certificate") == 1


async def test_of_several_who_use_a_token_at_once_one_gets_an_identity(collector: Collector, tmp_path: Path) -> None:
    token = await collector.token()
    attempts = (
        collector.enrol(token, tmp_path / str(number)) for number in range(3)
    )  # the collector shares our threads
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    assert [type(answer) for answer in answers].count(Identity) == 1
    assert [str(answer) for answer in answers if "used already" in str(answer)] == [
        "the collector refused: The token was used already; run `firstbell enrol` for a new line."
    ] * 2
    assert await collector.count("certificate") == 1


async def test_the_same_machine_may_ask_again_shortly_when_the_answer_was_lost(
    collector: Collector, tmp_path: Path
) -> None:
    token = await collector.token()
    state = tmp_path / "agent"
    await collector.enrol(token, state)
    (state / "agent.key").rename(state / f".agent.key.{enrolment.code_of(token)}")  # as it was before the answer
    (state / "identity.json").unlink()
    collector.clock.step(14 * MINUTE)
    assert (await collector.enrol(token, state)).agent == "lincoln-ms"
    (state / "agent.key").rename(state / f".agent.key.{enrolment.code_of(token)}")
    (state / "identity.json").unlink()
    collector.clock.step(2 * MINUTE)
    with pytest.raises(EnrolmentError, match="used already"):
        await collector.enrol(token, state)


async def test_enrolled_already_asks_nobody(collector: Collector, tmp_path: Path) -> None:
    token = await collector.token()
    first = await collector.enrol(token, tmp_path / "agent")
    again = enrol(Invitation("http://127.0.0.1:1", token, "0" * 64), tmp_path / "agent")
    assert again == first


async def test_a_day_later_the_token_is_over(collector: Collector, tmp_path: Path) -> None:
    token = await collector.token()
    collector.clock.step(24 * HOUR)
    with pytest.raises(EnrolmentError, match="older than 24 h"):
        await collector.enrol(token, tmp_path / "agent")
    assert await collector.count("agent") == 0


async def test_a_token_nobody_gave_is_refused(collector: Collector, tmp_path: Path) -> None:
    with pytest.raises(EnrolmentError, match="not one of this collector's"):
        await collector.enrol(enrolment.new_token().token, tmp_path / "agent")


async def test_a_ca_that_was_not_pinned_is_not_trusted(collector: Collector, tmp_path: Path) -> None:
    with pytest.raises(EnrolmentError, match="somebody may be in between"):
        await collector.enrol(await collector.token(), tmp_path / "agent", "0" * 64)
    assert not (tmp_path / "agent" / "agent.pem").exists()


async def test_who_listens_and_alters_the_request_gets_nothing(collector: Collector) -> None:
    """The code alone, a proof for another request, a key whose holder did not sign."""
    token = await collector.token()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    mine = csr.public_bytes(Encoding.PEM).decode()
    seen = enrolment.prove(enrolment.key_of(token), b"the request that was overheard")
    attempts = [(mine, "0" * 64), (mine, seen), ("not a request", seen), ("x" * 9000, seen)]
    async with httpx.AsyncClient(base_url=collector.url, trust_env=False) as http:
        answers = []
        for text, proof in attempts:
            body = {"code": enrolment.code_of(token), "csr": text, "proof": proof}
            answers.append((await http.post("/api/v1/enrol", json=body)).status_code)
    assert answers == [403, 403, 403, 422]
    assert await collector.count("certificate") == 0
    assert await collector.count("enrolment") == 1


async def test_two_agents_of_one_building_have_two_names(collector: Collector, tmp_path: Path) -> None:
    tokens = await asyncio.gather(*(collector.token() for _ in range(4)))
    names = [(await collector.enrol(token, tmp_path / str(number))).agent for number, token in enumerate(tokens)]
    assert sorted(names) == ["lincoln-ms", "lincoln-ms-2", "lincoln-ms-3", "lincoln-ms-4"]
    assert len(await collector.database.rows("select 1 from building")) == 1


async def test_an_unreachable_collector_is_one_clear_line(tmp_path: Path, new_port: Callable[[], int]) -> None:
    with pytest.raises(EnrolmentError, match=r"127\.0\.0\.1:\d+ cannot be reached: .*; check the address"):
        enrol(Invitation(f"http://127.0.0.1:{new_port()}", "t" * 32, "0" * 64), tmp_path)


async def test_a_building_or_zone_that_cannot_be_is_refused(database: Database, collector: Collector) -> None:
    for wanted, named in (
        (Wanted(" "), "--building"),
        (Wanted("A\nB"), "--building"),
        (Wanted("A", timezone="Chicago"), "--timezone"),
    ):
        with pytest.raises(OptionError, match=named):
            await promise(database, wanted, "test", utc(collector.clock.now_ms()))
    assert await database.rows("select 1 from building") == []


async def test_a_configuration_for_another_agent_makes_way(collector: Collector, tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text('[agent]\nid = "old"\n')
    identity = await collector.enrol(await collector.token(), tmp_path / "agent")
    assert write_config(path, identity, tmp_path / "agent")
    assert (tmp_path / "agent.toml.before-enrolment").read_text() == '[agent]\nid = "old"\n'
    with path.open("a") as file:
        file.write("# what a person added\n")
    assert not write_config(path, identity, tmp_path / "agent")
    assert "what a person added" in path.read_text()


async def test_an_agent_that_never_gets_through_is_told_what_to_look_at(
    collector: Collector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = await collector.token()
    pinned = authority.load(collector.data, utc(collector.clock.now_ms())).fingerprint
    state, config = tmp_path / "agent", tmp_path / "agent.toml"
    command = ["enrol", collector.url, token, "--ca-sha256", pinned, "--state", str(state), "--config", str(config)]
    assert await asyncio.to_thread(main, command) == 0
    _acknowledge(state / "spool.db", 1)  # of an earlier agent here: no sign of life of this one
    assert await asyncio.to_thread(main, [*command, "--wait", "0"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("firstbell-agent: Lincoln MS has its identity, but no batch was acknowledged within 0 s")
    assert "127.0.0.1:8883" in said
    assert await asyncio.to_thread(main, [*command[:4], "not-hex", *command[5:]]) == 2


async def test_an_administrator_gets_the_line_over_http_and_others_do_not(collector: Collector) -> None:
    now = utc(collector.clock.now_ms())
    tokens = {
        role: await accounts.create_token(collector.database, role, role, None, None, now) for role in accounts.ROLES
    }
    async with httpx.AsyncClient(base_url=collector.url, trust_env=False, timeout=30) as http:
        answers = {
            role: await http.post(
                "/api/v1/enrolments", json={"building": "Oak"}, headers={"Authorization": f"Bearer {token}"}
            )
            for role, token in tokens.items()
        }
        assert {role: answer.status_code for role, answer in answers.items()} == {
            "viewer": 403,
            "operator": 403,
            "admin": 201,
        }
        made = answers["admin"].json()
        assert made["agent"] == "oak"
        assert made["command"].endswith(f'sh "$f" {collector.url} {made["token"]}')
        script = (await http.get("/install.sh")).content
        assert re.search(r'echo "(\w+)', made["command"])[1] == _sha256(script)
        listed = (await http.get("/install/requirements.txt")).content
        assert f"REQUIREMENTS_SHA256={_sha256(listed)}".encode() in script
        names = re.findall(r'href="([^"]+)"', (await http.get("/install/wheels/")).text)
        own = next(name for name in names if name.startswith("firstbell-"))
        assert _sha256((await http.get(f"/install/wheels/{own}")).content).encode() in listed
        assert (await http.get("/install/wheels/..%2F..%2Fauthority%2Fca.key")).status_code == 404
        assert (await http.post("/api/v1/enrolments", json={"building": "Oak"})).status_code == 401


def test_a_new_batch_is_seen_though_an_old_one_is_forgotten_for_it(tmp_path: Path) -> None:
    spool = tmp_path / "spool.db"
    assert newest_acknowledged(spool) == 0
    _acknowledge(spool, 1)
    _acknowledge(spool, 2)
    before = newest_acknowledged(spool)
    with closing(connect(spool)) as connection:
        connection.execute("delete from batch where seq = 1")
    assert newest_acknowledged(spool) == before
    _acknowledge(spool, 3)
    assert newest_acknowledged(spool) > before


def _acknowledge(spool: Path, seq: int) -> None:
    with closing(connect(spool)) as connection:
        connection.execute(
            "insert into batch (stream, seq, state, sync, boot, offset_ms, first_ms, last_ms, changed_ms, size, crc, payload)"
            " values (x'00', ?, ?, 1, x'00', 0, 0, 0, 0, 0, 0, x'00')",
            (seq, State.ACKNOWLEDGED),
        )


def _sha256(content: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    return digest.finalize().hex()
