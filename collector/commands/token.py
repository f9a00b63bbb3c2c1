"""`firstbell token create|list|revoke`: access tokens of the API."""

import argparse
from datetime import datetime, timedelta

from collector.commands import add_options, settings_of, with_database
from collector.settings import Settings
from collector.store import accounts, audit
from collector.store.accounts import ROLES
from collector.store.audit import Change
from collector.store.buildings import building_ids
from collector.store.database import Database
from protocols.clock import SystemClock, utc
from protocols.errors import OptionError

_WHO = "command line"
_DAY = timedelta(days=1)
_UNITS = {"h": timedelta(hours=1), "d": _DAY, "w": 7 * _DAY, "y": 365 * _DAY}
_LONGEST = 36_500 * _DAY


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `token` and its own commands."""
    what = "Make, list and revoke access tokens."
    example = "example:\n  firstbell token create --role viewer --name grafana --expires 90d"
    shape = argparse.RawDescriptionHelpFormatter
    top = commands.add_parser("token", help=what, description=what, epilog=example, formatter_class=shape)
    actions = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_create(actions, example)
    listing = actions.add_parser(
        "list", help="list the tokens", epilog="example:\n  firstbell token list", formatter_class=shape
    )
    add_options(listing)
    listing.set_defaults(run=show)
    revoking = actions.add_parser(
        "revoke", help="revoke a token", epilog="example:\n  firstbell token revoke grafana", formatter_class=shape
    )
    revoking.add_argument("name", metavar="NAME", help="the token's name")
    add_options(revoking)
    revoking.set_defaults(run=revoke)


def _add_create(actions: "argparse._SubParsersAction[argparse.ArgumentParser]", example: str) -> None:
    parser = actions.add_parser(
        "create",
        help="make a token and print it, alone, this once",
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--role", required=True, choices=ROLES, help="what it may do")
    parser.add_argument(
        "--name", required=True, metavar="N", help="what it is for; shown in lists and in the audit log"
    )
    parser.add_argument(
        "--building", action="append", metavar="B", help="limit it to this building (may be given several times)"
    )
    parser.add_argument(
        "--expires", metavar="TIME", help="after how long it ends, as 12h, 90d, 8w or 1y (default: never)"
    )
    add_options(parser)
    parser.set_defaults(run=create)


def create(args: argparse.Namespace) -> int:
    """Print a new token alone."""
    if not args.name.strip() or "\0" in args.name or len(args.name) > 200:
        raise OptionError(f"--name {args.name[:60]!r}: must be 1 to 200 characters")
    life = None if args.expires is None else parse_life(args.expires)
    now = utc(SystemClock().now_ms())
    print(with_database(settings_of(args), lambda database: _create(database, args, life, now)))
    return 0


async def _create(database: Database, args: argparse.Namespace, life: timedelta | None, now: datetime) -> str:
    buildings = None
    if args.building:
        found = await building_ids(database, args.building)
        missing = [name for name, building in found.items() if building is None]
        if missing:
            raise OptionError(f"--building {missing[0]!r}: there is no building of that name")
        buildings = [building for building in found.values() if building is not None]
    expires = None if life is None else now + life
    token = await accounts.create_token(database, args.name, args.role, buildings, expires, now)
    after = {"role": args.role, "buildings": buildings, "expires": None if expires is None else expires.isoformat()}
    async with database.transaction() as connection:
        await audit.record(connection, Change(_WHO, "token.create", args.name, after=after), now)
    return token


def show(args: argparse.Namespace) -> int:
    """One line a token: name, role, buildings, when it expires, when it was last used."""
    for row in with_database(settings_of(args), accounts.tokens):
        where = "all buildings" if row["buildings"] is None else f"buildings {', '.join(map(str, row['buildings']))}"
        expires = "never expires" if row["expires_at"] is None else f"expires {row['expires_at']:%Y-%m-%d}"
        used = "never used" if row["used_at"] is None else f"last used {row['used_at']:%Y-%m-%d}"
        print(f"{row['name']}\t{row['role']}\t{where}\t{expires}\t{used}")
    return 0


def revoke(args: argparse.Namespace) -> int:
    """Revoke it; from now on its requests answer 401."""
    settings: Settings = settings_of(args)
    now = utc(SystemClock().now_ms())
    if not with_database(settings, lambda database: _revoke(database, args.name, now)):
        raise OptionError(f"there is no token named {args.name!r}; `firstbell token list` shows them")
    print(f"revoked {args.name}")
    return 0


async def _revoke(database: Database, name: str, now: datetime) -> bool:
    if not await accounts.revoke_token(database, name, now):
        return False
    async with database.transaction() as connection:
        await audit.record(connection, Change(_WHO, "token.revoke", name), now)
    return True


def parse_life(text: str) -> timedelta:
    """`90d` and the like, from an hour to a hundred years. Raises `OptionError`."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) < 7 and unit in _UNITS):
        raise OptionError(f"--expires {text!r}: a number and a unit, as in 12h, 90d, 8w or 1y")
    life = int(number) * _UNITS[unit]
    if not timedelta(0) < life <= _LONGEST:
        raise OptionError(f"--expires {text!r}: must be more than nothing and at most 100y")
    return life
