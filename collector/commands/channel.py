"""`firstbell channel add|test|list|remove`: where messages go."""

import argparse
import asyncio

from collector.commands import PRIVATE_HOSTS, add_parser, opened, settings_of, with_database
from collector.notify.channel import TEST, check, deliver, new_secret, unsealed
from collector.secrets import Secrets
from collector.store import audit, channels
from collector.store.audit import Change
from collector.store.database import Database
from protocols.clock import SystemClock, utc
from protocols.errors import ChannelError, StoreError
from protocols.wire.batch import SEVERITIES

_WHO = "command line"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `channel` and its own commands."""
    what = "Add, test, list and remove the channels that problems are told to."
    top = commands.add_parser(
        "channel",
        help=what,
        description=what,
        epilog="example:\n  firstbell channel add phone ntfy://my-district-alerts --minimum major",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    adding = add_parser(
        actions,
        "add",
        "add a channel by its Apprise URL",
        "firstbell channel add mail 'mailto://user:pass@example.org'",
    )
    adding.add_argument("name", metavar="NAME", help="what it is called here")
    adding.add_argument("url", metavar="URL", help="an Apprise URL; stored encrypted and never shown")
    adding.add_argument("--minimum", choices=SEVERITIES, default="minor", help="least severity it is told (minor)")
    adding.set_defaults(run=create)
    testing = add_parser(actions, "test", "send a test message and print the answer", "firstbell channel test mail")
    testing.add_argument("name", metavar="NAME", help="the channel")
    testing.add_argument("--private-hosts", metavar="HOSTS", help=PRIVATE_HOSTS)
    testing.set_defaults(run=test)
    add_parser(actions, "list", "list the channels", "firstbell channel list").set_defaults(run=show)
    removing = add_parser(actions, "remove", "remove a channel", "firstbell channel remove mail")
    removing.add_argument("name", metavar="NAME", help="the channel")
    removing.set_defaults(run=remove)


def create(args: argparse.Namespace) -> int:
    """Check the URL, encrypt it, store it."""
    if not args.name.strip() or not args.name.isprintable() or len(args.name) > 100:
        raise ChannelError(f"name {args.name[:60]!r}: 1 to 100 printable characters", permanent=True)
    url = args.url.strip()
    scheme = check(url)
    settings = settings_of(args)
    secrets, signing = Secrets(settings.data), new_secret(scheme)
    new = channels.NewChannel(args.name, secrets.encrypt(url), scheme, args.minimum)
    sealed = None if signing is None else secrets.encrypt(signing)
    with_database(settings, lambda database: _create(database, new, sealed))
    print(f"added {args.name} ({scheme}, {args.minimum} and above); try it: firstbell channel test {args.name}")
    if signing is not None:
        print(
            f"its messages are signed with {signing} (shown this once; collector/notify/README.md says how to check it)"
        )
    return 0


async def _create(database: Database, new: channels.NewChannel, signing: bytes | None) -> None:
    async with database.transaction() as connection:
        if await channels.insert(connection, new, signing) is None:
            raise StoreError(
                f"a channel named {new.name!r} exists: remove it first, or choose another name", permanent=True
            )
        change = Change(_WHO, "channel.add", new.name, after={"scheme": new.scheme, "minimum": new.minimum})
        await audit.record(connection, change, utc(SystemClock().now_ms()))


async def _audited(database: Database, change: Change) -> None:
    async with database.transaction() as connection:
        await audit.record(connection, change, utc(SystemClock().now_ms()))


def test(args: argparse.Namespace) -> int:
    """Send a test message, signed as every other; the channel's own answer is printed, or the error it gave."""
    settings = settings_of(args, private_hosts=args.private_hosts)

    async def send() -> str:
        async with opened(settings) as database:
            url, how = unsealed(await channels.secrets(database, args.name), Secrets(settings.data))
        return await deliver(url, TEST, how._replace(now_s=SystemClock().now_ms() // 1000, allowed=settings.allowed()))

    print(f"{args.name}: {asyncio.run(send())}")
    return 0


def show(args: argparse.Namespace) -> int:
    """One line a channel: name, service, least severity, how it fares."""
    for row in with_database(settings_of(args), channels.channels):
        fares = "works" if row["failing_since"] is None else f"failing since {row['failing_since']:%Y-%m-%d %H:%M} UTC"
        error = f": {row['last_error']}" if row["last_error"] else ""
        print(f"{row['name']}\t{row['scheme']}\t{row['minimum']} and above\t{fares}{error}\t{row['waiting']} waiting")
    return 0


def remove(args: argparse.Namespace) -> int:
    """Remove it; what waits for it is dropped."""
    with_database(settings_of(args), lambda database: _remove(database, args.name))
    print(f"removed {args.name}")
    return 0


async def _remove(database: Database, name: str) -> None:
    await channels.remove(database, name)
    await _audited(database, Change(_WHO, "channel.remove", name))
