"""The collector's commands, one file each: `add` adds its parser, `run` does it. What they share is how they are set up."""

import argparse
import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from collector.settings import Settings, load_settings
from collector.store.database import Database

T = TypeVar("T")
PRIVATE_HOSTS = "inner hosts that channels may reach: names, addresses, networks, separated by commas"


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str, example: str
) -> argparse.ArgumentParser:
    """A command's parser with the options every command of the collector has: --data, --database, --config."""
    parser = commands.add_parser(
        name,
        help=what,
        description=what,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    return parser


def add_options(parser: argparse.ArgumentParser) -> None:
    """--data, --database and --config, as every command of the collector has them."""
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="the data directory (of a running `firstbell up`, say)"
    )
    parser.add_argument("--database", metavar="DSN", help="PostgreSQL, as a libpq string or URL")
    parser.add_argument("--config", metavar="FILE", type=Path, help="settings (default /etc/firstbell/collector.toml)")


def settings_of(args: argparse.Namespace, **given: object) -> Settings:
    """The settings in force for this command line. Raises `OptionError`."""
    return load_settings(args.config, data=args.data, database=args.database, **given)


@asynccontextmanager
async def opened(settings: Settings, wait: float = 5.0) -> AsyncIterator[Database]:
    """The database, for one command. Raises `OptionError` without one, `StoreError` when it cannot be reached."""
    database = Database(settings.dsn(), connections=2, wait=wait)
    await database.reach(wait)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Run `work` on the database and return what it returns: the body of a command that only needs the database."""

    async def whole() -> T:
        async with opened(settings) as database:
            return await work(database)

    return asyncio.run(whole())


def log_to_stderr(level: int = logging.INFO) -> None:
    """One line a message on standard error, in the form of every part that `firstbell up` starts."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy, least in (
        ("uvicorn", logging.WARNING),
        ("psycopg.pool", logging.ERROR),
        ("protocols.mqtt.paho", logging.WARNING),
    ):
        logging.getLogger(noisy).setLevel(max(level, least))
