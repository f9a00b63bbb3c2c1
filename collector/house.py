"""The parts of a running collector, built from its settings and handed to every route as `app.state.house`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from collector.live import Hub
from collector.settings import Settings
from collector.store.database import Database
from collector.supervisor import Supervisor
from protocols.clock import Clock


@dataclass
class House:
    """One collector process. Built unconnected; `collector.app` opens, starts and stops it."""

    settings: Settings
    clock: Clock
    database: Database
    hub: Hub
    supervisor: Supervisor
    starting: str | None = field(default="starting")
    """What is waited for before the loops run, in words; None once they do."""
    fatal: str | None = None
    """Why this process must end: the one line that it ends with."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is to end: open streams end themselves."""

    @property
    def base_url(self) -> str:
        """The address of the console as people reach it, without a slash at the end."""
        return self.settings.base_url()

    def loops(self) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        """What runs beside the web application, by name."""
        return iter(())


def build(settings: Settings, clock: Clock) -> House:
    """The house of these settings; nothing is connected yet. Raises `OptionError` when there is no database."""
    return House(settings, clock, Database(settings.dsn()), Hub(), Supervisor(clock))


def house_of(request: Request) -> House:
    """The house that answers this request."""
    house: House = request.app.state.house
    return house


async def _house(request: Request) -> House:
    return house_of(request)


TheHouse = Annotated[House, Depends(_house)]
"""What a route names to be given the house."""
