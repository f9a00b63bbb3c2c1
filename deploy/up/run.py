"""`firstbell up`, from options to running parts: what is started, in which order, with which addresses."""

import asyncio
import logging
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from collector.store import accounts
from collector.store.database import Database
from collector.store.fleet import ensure_agent, ensure_building
from deploy import broker as brokers
from deploy.child import die_with_parent
from deploy.postgres import EmbeddedPostgres
from deploy.school import school
from deploy.up import agents, places, runfile, secure
from deploy.up.places import Address
from deploy.up.supervisor import Part, Program, Supervisor
from protocols.clock import Clock, utc

log = logging.getLogger(__name__)
HTTP = Address("127.0.0.1", 8470)
MQTT = Address("127.0.0.1", 1883)


@dataclass(frozen=True)
class Options:
    """What a person asked for; None: worked out here."""

    data: Path
    http: str | None = None
    mqtt: str | None = None
    database: str | None = None
    broker: str | None = None
    school: bool = False


async def up(options: Options, clock: Clock) -> None:
    """Run everything until SIGINT or SIGTERM. Raises `StartError` or `OptionError` when it cannot start."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    places.prepare(options.data)
    held = places.lock(options.data)
    supervisor = Supervisor(clock)
    try:
        starting = asyncio.create_task(_start(options, supervisor, clock))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
        else:
            starting.cancel()
        await stopping
    finally:
        await supervisor.stop()
        runfile.remove(options.data)
        held.close()


async def _start(options: Options, supervisor: Supervisor, clock: Clock) -> None:
    http = places.free_address(options.http, HTTP, "--http")
    dsn = await _start_database(options, supervisor)
    broker, outside = await _start_broker(options, supervisor, clock)
    runfile.write(options.data, database=dsn, broker=broker, http=http, agent_broker=outside)
    await supervisor.add(_collector(options.data, http))
    database = Database(dsn)
    await database.open()
    try:
        await _start_agents(options, supervisor, database, broker)
        link = await accounts.create_link(database, "admin", "you", utc(clock.now_ms()))
    finally:
        await database.close()
    print(f"First Bell is ready: http://{http}/sign-in?link={link}  (this link signs you in once)", flush=True)


async def _start_database(options: Options, supervisor: Supervisor) -> str:
    if options.database is not None:
        return options.database
    server = EmbeddedPostgres(options.data)
    await supervisor.add(server)
    return server.dsn


async def _start_broker(options: Options, supervisor: Supervisor, clock: Clock) -> tuple[Address, Address | None]:
    """The broker's address on this machine, and the one where agents elsewhere reach it over TLS (None: they cannot)."""
    if options.broker is not None:
        return places.parse_address(options.broker, "--broker"), None
    wanted = places.free_address(options.mqtt, MQTT, "--mqtt")
    if wanted.loopback:
        local, outside, tls = wanted, None, None
    else:
        local, outside = places.free_address(None, MQTT, "--mqtt"), wanted
        tls = secure.listener(options.data, wanted, utc(clock.now_ms()))
    part = brokers.choose(options.data, local.host, local.port, tls)
    await supervisor.add(part)
    print(f"MQTT on {wanted}: {part.describe()}", file=sys.stderr, flush=True)
    return local, outside


async def _start_agents(options: Options, supervisor: Supervisor, database: Database, broker: Address) -> None:
    homes = [agents.this_machine(options.data)]
    if options.school:
        simulated, home = school.plan(options.data)
        await supervisor.add(simulated)
        homes.append(home)
    for home in homes:
        async with database.transaction() as connection:
            building = await ensure_building(connection, home.building, home.timezone)
            await ensure_agent(connection, home.agent_id, home.building, building)
        home.write(broker)
        await supervisor.add(agents.program(home, broker))


def _collector(data: Path, http: Address) -> Part:
    async def spawn() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", "collector", "--data", data,
            start_new_session=True, preexec_fn=die_with_parent(),
        )  # fmt: skip

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"http://{http}/readyz", timeout=2)).status_code == 200
        except httpx.HTTPError:
            return False

    return Program("collector", spawn, ready)
