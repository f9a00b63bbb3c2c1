"""`firstbell enrol`: one line that installs an agent on another machine."""

import argparse
import sys

from collector.commands import add_parser, settings_of, with_database
from collector.commands.wheels import fetch
from collector.fleet import addresses, enrol, installer
from collector.settings import Settings
from collector.store.database import Database
from protocols.clock import SystemClock, utc


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `enrol`."""
    parser = add_parser(
        commands,
        "enrol",
        "Print one line that installs an agent, to paste as root on its machine within 24 hours; it works once.",
        "firstbell enrol --building 'Lincoln MS' --timezone America/Chicago",
    )
    parser.add_argument("--building", required=True, metavar="NAME", help="the building it is in; made if it is new")
    parser.add_argument("--name", metavar="NAME", help="what the agent is called (default: as the building)")
    parser.add_argument(
        "--timezone", default="UTC", metavar="ZONE", help="IANA time zone of a new building (default UTC)"
    )
    parser.add_argument("--url", metavar="URL", help="where that machine reaches this collector (default: public_url)")
    parser.add_argument(
        "--no-download", action="store_true", help="give only the wheels that are here: machines of this one's kind"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the line; what should be known besides goes to standard error."""
    settings = settings_of(args, public_url=args.url)
    wanted = enrol.Wanted(args.building, args.name, args.timezone)
    wanted.check()
    addresses.agent_broker(settings)
    house = enrol.wheelhouse(settings.data)
    house.fill()
    if not args.no_download:
        fetch(house)
    print(with_database(settings, lambda database: _line(settings, database, wanted)))
    return 0


async def _line(settings: Settings, database: Database, wanted: enrol.Wanted) -> str:
    now = utc(SystemClock().now_ms())
    where = addresses.reach(settings)
    promise = await enrol.promise(database, wanted, "command line", now)
    if where.loopback:
        print(
            f"note: {where.url} is this machine alone; start with --http 0.0.0.0:8470, or give --url", file=sys.stderr
        )
    return installer.line(where.url, promise.token, enrol.script(settings.data, now))
