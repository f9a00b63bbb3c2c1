"""`firstbell up`: all in one on this machine."""

import argparse
import asyncio
import logging
from pathlib import Path

from collector.commands import PRIVATE_HOSTS
from collector.settings import default_data
from deploy.up.run import Options, up
from protocols.clock import SystemClock


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the `up` command."""
    parser = commands.add_parser(
        "up",
        help="Run everything on this machine: database, broker, collector and an agent that watches it.",
        description="Run database, broker, collector and an agent that watches this very machine. Ctrl-C stops; nothing is lost.",
        epilog="example:\n  firstbell up --school --data ~/firstbell --http 127.0.0.1:8470",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=default_data(),
        metavar="DIR",
        help="where everything is kept (default: %(default)s)",
    )
    parser.add_argument(
        "--http", metavar="HOST:PORT", help="address of the web pages (default: 127.0.0.1:8470, or the next free port)"
    )
    parser.add_argument(
        "--mqtt",
        metavar="HOST:PORT",
        help="address of the MQTT broker that is started (default: 127.0.0.1:1883, or the next free port)",
    )
    parser.add_argument(
        "--database", metavar="DSN", help="use this PostgreSQL or TimescaleDB instead of the embedded one"
    )
    parser.add_argument(
        "--broker", metavar="HOST:PORT", help="use this MQTT broker on this machine instead of starting one"
    )
    parser.add_argument(
        "--school", action="store_true", help="add a simulated school building over real protocols on loopback"
    )
    parser.add_argument("--private-hosts", metavar="HOSTS", help=PRIVATE_HOSTS)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    given = {name: getattr(args, name) for name in ("http", "mqtt", "database", "broker", "school", "private_hosts")}
    options = Options(args.data.expanduser().absolute(), **given)
    asyncio.run(up(options, SystemClock()))
    return 0
