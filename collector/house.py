"""The parts of a running collector, built from its settings and handed to every route as `app.state.house`."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Annotated

from fastapi import Depends, Request

from collector.fleet.asking import Asking
from collector.housekeeping import Housekeeping
from collector.ingest.ingest import Ingest
from collector.live import Hub
from collector.notify.notifier import Notifier
from collector.notify.report.loop import Reporter
from collector.notify.watcher import Watcher
from collector.problems.loop.loop import ProblemLoop
from collector.problems.own.figures import Figures
from collector.secrets import Secrets
from collector.settings import Settings
from collector.store.database import Database
from collector.supervisor import Supervisor
from protocols.clock import Clock

_EXPORTS = 3
_PATIENCE = 5.0
_STALLED_S = 120.0
_BROKER = "broker: "


@dataclass
class House:
    """One collector process. Built unconnected; `collector.app` opens, starts and stops it."""

    settings: Settings
    clock: Clock
    database: Database
    hub: Hub
    ingest: Ingest
    problems: ProblemLoop
    notifier: Notifier
    reporter: Reporter
    asking: Asking
    housekeeping: Housekeeping
    secrets: Secrets
    supervisor: Supervisor
    starting: str | None = "starting"
    """What is waited for before the loops run, in words; None once they do."""
    unreachable: str | None = None
    """Why the database could not be reached so far; None once it was: until then no request waits for it."""
    fatal: str | None = None
    """Why this process must end: the one line that it ends with."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is to end: open streams end themselves."""

    exports: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_EXPORTS))
    """Exports at once: each holds a connection of the pool."""

    streams: Counter[str] = field(default_factory=Counter)
    """Open streams of live events for each credential: each holds a connection for as long as it likes."""

    @property
    def base_url(self) -> str:
        """The address of the console as people reach it, without a slash at the end."""
        return self.settings.base_url()

    def loops(self) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        """What runs beside the web application, by name."""
        yield "housekeeping", self.housekeeping.run
        yield "notifications", self.notifier.run
        yield "report", self.reporter.run
        yield "commands", self.asking.run
        yield "problems", self.problems.run
        yield "ingest", self.ingest.run
        url = self.settings.watcher_url
        if url is not None:
            watcher = Watcher(url.get_secret_value(), self.clock, self.settings.allowed(), self.unwell)
            yield "watcher", watcher.run

    def unwell(self) -> str | None:
        """What is wrong with ingest, a loop, the outbox or the judgement, in words; None when all is well."""
        why = self.ingest_failure()
        oldest = self.clock.monotonic() - _STALLED_S
        if why is None and self.notifier.alive_at < oldest:
            why = f"the outbox has not been looked into for {_STALLED_S:.0f} s"
        if why is None and self.problems.alive_at < oldest:
            why = f"nothing has been judged for {_STALLED_S:.0f} s"
        return why

    def broker_failure(self) -> str | None:
        """Why the broker cannot be used, in words; None when it can."""
        if self.starting is not None:
            return "not connected yet: the database comes first"
        health = self.ingest.health()
        return health.detail.removeprefix(_BROKER) if not health.ok and health.detail.startswith(_BROKER) else None

    def ingest_failure(self) -> str | None:
        """Why samples are not taken in, or another loop is down, in words; None when all is well."""
        if self.starting is not None:
            return self.starting
        for name, why in self.supervisor.failed.items():
            return f"{name} stopped and starts again by itself: {why}"
        health = self.ingest.health()
        return None if health.ok else health.detail


def build(settings: Settings, clock: Clock) -> House:
    """The house of these settings; nothing is connected yet. Raises `OptionError` when there is no database, or the
    broker's files cannot be used.
    """
    database, hub, secrets = (
        Database(settings.dsn(), wait=_PATIENCE),
        Hub(clock.now_ms() * 1000),
        Secrets(settings.data),
    )
    endpoint = settings.endpoint(f"collector-{token_hex(4)}")
    ingest = Ingest(database, hub, endpoint, clock, shared=settings.shared_subscription)
    problems = ProblemLoop(
        database,
        hub,
        clock,
        hearing=lambda: not ingest.health().detail.startswith(_BROKER),
        shared=settings.shared_subscription,
    )
    problems.figures = lambda: _figures(ingest, settings)
    ingest.subscribe(problems.on_committed)
    notifier = Notifier(database, clock, secrets, settings.base_url(), settings.allowed())
    problems.told = notifier.woken
    return House(
        settings=settings,
        clock=clock,
        database=database,
        hub=hub,
        ingest=ingest,
        problems=problems,
        notifier=notifier,
        reporter=Reporter(database, clock, secrets, settings.base_url(), settings.allowed()),
        asking=Asking(database, settings.endpoint(f"collector-{token_hex(4)}"), clock),
        housekeeping=Housekeeping(database, clock, settings),
        secrets=secrets,
        supervisor=Supervisor(clock),
    )


def _figures(ingest: Ingest, settings: Settings) -> Figures:
    """The collector's own figures now."""
    counters = ingest.counters
    try:
        disk = shutil.disk_usage(settings.data)
    except OSError:
        disk = None
    return Figures(
        commits=sum(counters.commit_seconds.counts),
        commit_seconds=counters.commit_seconds.total,
        dropped=counters.dropped,
        lost=counters.lost,
        free_bytes=disk and disk.free,
        disk_bytes=disk and disk.total,
    )


def house_of(request: Request) -> House:
    """The house that answers this request."""
    house: House = request.app.state.house
    return house


async def _house(request: Request) -> House:
    return house_of(request)


TheHouse = Annotated[House, Depends(_house)]
"""What a route names to be given the house."""
