"""`firstbell collector`: run the collector against a database and a broker."""

import argparse

from collector import server
from collector.commands import PRIVATE_HOSTS, add_parser, log_to_stderr, settings_of


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `collector`."""
    parser = add_parser(
        commands,
        "collector",
        "Run the collector: ingest, problems, notifications, the API and the console.",
        "firstbell collector --database 'host=db dbname=firstbell user=firstbell' --broker broker:1883 --http 0.0.0.0:8470",
    )
    parser.add_argument("--http", metavar="HOST:PORT", help="where the console and API listen (default 127.0.0.1:8470)")
    parser.add_argument("--broker", metavar="HOST:PORT", help="the MQTT broker (default 127.0.0.1:1883)")
    parser.add_argument("--public-url", metavar="URL", help="the address people reach it by, for links")
    parser.add_argument("--private-hosts", metavar="HOSTS", help=PRIVATE_HOSTS)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    given = {name: getattr(args, name) for name in ("http", "broker", "public_url", "private_hosts")}
    settings = settings_of(args, **given)
    log_to_stderr()
    server.run(settings)
    return 0
