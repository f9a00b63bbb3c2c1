"""`firstbell up`, from options to running parts: what is started, in which order, with which addresses."""

import asyncio
import logging
import math
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from collector.notify.guard import allowed_of
from collector.store import accounts
from collector.store.database import Database
from collector.store.dsn import check_dsn
from collector.store.fleet import ensure_agent, ensure_building
from deploy import broker as brokers
from deploy.child import die_with_parent
from deploy.postgres import EmbeddedPostgres
from deploy.school.school import School
from deploy.up import agents, places, runfile, secure
from deploy.up.places import Address
from deploy.up.supervisor import Part, Program, Supervisor
from protocols.clock import Clock, utc
from protocols.errors import OptionError

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
    private_hosts: str | None = None
    """Inner hosts that channels may reach, as the collector takes them."""

    def check(self) -> None:
        """Raises `OptionError` for what cannot be used, before anything is made or started."""
        for option, text in (("--http", self.http), ("--mqtt", self.mqtt), ("--broker", self.broker)):
            if text is not None:
                places.parse_address(text, option)
        if self.broker is not None and self.mqtt is not None:
            raise OptionError(
                f"--mqtt {self.mqtt} is for the broker that is started, --broker {self.broker} instead of it"
            )
        if self.broker is not None and not places.parse_address(self.broker, "--broker").loopback:
            raise OptionError(
                f"--broker {self.broker}: is another machine, and plain MQTT is for this one alone: use `firstbell collector`"
                " with the certificates that `firstbell broker-files` makes"
            )
        try:
            allowed_of(self.private_hosts or "")
        except ValueError as error:
            raise OptionError(f"--private-hosts: {error}") from error
        if self.database is not None:
            try:
                check_dsn(self.database)
            except ValueError as error:
                raise OptionError(f"--database: {error}") from error


async def up(options: Options, clock: Clock) -> None:
    """Run everything until SIGINT or SIGTERM. Raises `StartError` or `OptionError` when it cannot start."""
    options.check()
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
    mqtt = None if options.broker else places.free_address(options.mqtt, MQTT, "--mqtt")
    dsn = await _start_database(options, supervisor)
    if mqtt is None:
        broker, outside = places.parse_address(options.broker or "", "--broker"), None
    else:
        broker, outside = await _start_broker(options.data, mqtt, supervisor, clock)
    runfile.write(options.data, database=dsn, broker=broker, http=http, agent_broker=outside)
    await supervisor.add(_collector(options, http))
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


async def _start_broker(
    data: Path, wanted: Address, supervisor: Supervisor, clock: Clock
) -> tuple[Address, Address | None]:
    """The broker's address on this machine, and the one where agents elsewhere reach it over TLS (None: they cannot)."""
    if wanted.loopback:
        local, outside, tls = wanted, None, None
    else:
        local, outside = places.free_address(None, MQTT, "--mqtt"), wanted
        tls = secure.listener(data, wanted, utc(clock.now_ms()))
    part = brokers.choose(data, local.host, local.port, tls)
    await supervisor.add(part)
    print(f"MQTT on {wanted}: {part.describe()}", file=sys.stderr, flush=True)
    return local, outside


async def _start_agents(options: Options, supervisor: Supervisor, database: Database, broker: Address) -> None:
    homes = [agents.this_machine(options.data)]
    if options.school:
        school = School(options.data)
        await supervisor.add(school.part)
        for line in school.left_out():
            print(line, file=sys.stderr, flush=True)
        homes.append(school.home())
    for home in homes:
        async with database.transaction() as connection:
            building = await ensure_building(connection, home.building, home.timezone)
            await ensure_agent(connection, home.agent_id, home.building, building)
        home.write(broker)
        await supervisor.add(agents.program(home, broker))


def _collector(options: Options, http: Address) -> Part:
    """The collector, ready when it serves: what a person runs elsewhere is waited for, as long as that takes."""

    hosts = [] if options.private_hosts is None else ["--private-hosts", options.private_hosts]

    async def spawn() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", "collector", "--data", options.data, *hosts,
            start_new_session=True, preexec_fn=die_with_parent(),
        )  # fmt: skip

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"http://{http}/readyz", timeout=2)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 or (options.broker is not None and bool(answer.json()["database"]["ok"]))

    return Program("collector", spawn, ready, math.inf if options.database else 60.0)
