"""`firstbell-agent discover`: what the networks have, one device a thing, ready for agent.toml."""

import argparse
import asyncio
import sys
from pathlib import Path

from agent.commands import command
from agent.config import DEFAULT_FILE, Config, read_config
from agent.discovery.asking import Asking
from agent.discovery.by_snmp import by_snmp
from agent.discovery.known import hang, mark
from agent.discovery.merge import Thing, merge
from agent.discovery.show import as_json, as_table, as_toml
from agent.identity import file
from agent.identity.arp import Neighbours
from agent.identity.verdict import Known
from agent.standpoint import standpoint
from agent.terminal import plain
from protocols.clock import Clock, SystemClock
from protocols.errors import OptionError, SpoolError
from protocols.registry import driver
from protocols.transports.snmp.sweep import RATE, addresses
from protocols.wire.batch import Scalar

PROGRESS_EVERY = 64
FOREVER_S = 86400.0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(
        commands,
        "discover",
        "Find the devices of the local networks, by every means or those of one kind. Nothing is swept unless --snmp-range says so.",
        "firstbell-agent discover\n  firstbell-agent discover bacnet --network 10.1.2.0/24"
        "\n  firstbell-agent discover --snmp-range 10.1.2.0/24 --toml >> agent.toml",
    )
    parser.add_argument("kind", nargs="?", help="the driver, for example bacnet; absent: every means")
    parser.add_argument("--network", metavar="NETWORK", help="with a kind: CIDR, interface or address to ask")
    parser.add_argument(
        "--snmp-range", action="append", default=[], metavar="CIDR",
        help="ask each address of this network by SNMP, too (a /20 at most); may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--rate",
        type=float,
        default=RATE,
        metavar="N",
        help=f"addresses asked a second by --snmp-range (default {RATE:g})",
    )
    parser.add_argument(
        "--community-file", metavar="FILE", help="with --snmp-range: file that holds the community (default: public)"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE",
        help=f"the agent.toml whose devices are known (default {DEFAULT_FILE}, where it exists)",
    )  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object a line instead of a table")
    form.add_argument("--toml", action="store_true", help="print [[device]] blocks for what is not known yet")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    _check(args)
    config = _config(args.config)
    hosts = [host for network in args.snmp_range for host in addresses(network)]
    things = asyncio.run(_look(args, hosts, SystemClock()))
    mark(things, config.devices if config else (), _remembered(config))
    if args.json:
        print("\n".join(map(as_json, things)))
    else:
        print(as_toml(things) if args.toml else as_table(things))
    return 0


def _check(args: argparse.Namespace) -> None:
    if args.kind is None and args.network is not None:
        raise OptionError("--network goes with a kind: firstbell-agent discover bacnet --network 10.1.2.0/24")
    if args.kind is not None and args.snmp_range:
        raise OptionError("--snmp-range goes without a kind: who answers is read by the driver whose MIB it has")
    if args.kind is not None and driver(args.kind).discover is None:
        raise OptionError(f"driver {args.kind!r} cannot discover; name the device's address in agent.toml")
    if not 0 < args.rate <= 1000:
        raise OptionError(f"--rate {args.rate:g}: more than 0 and at most 1000 addresses a second")
    if args.community_file and not args.snmp_range:
        raise OptionError("--community-file goes with --snmp-range")


def _config(path: Path | None) -> Config | None:
    """The configuration whose devices are known; none where there is no file and none was named."""
    if path is None and not DEFAULT_FILE.exists():
        return None
    return read_config(path or DEFAULT_FILE, driver)


def _remembered(config: Config | None) -> dict[str, Known]:
    if config is None or not config.devices_file.exists():
        return {}
    try:
        return file.look(config.devices_file)
    except SpoolError as error:
        _tell(str(error))
        return {}


async def _look(args: argparse.Namespace, hosts: list[str], clock: Clock) -> list[Thing]:
    asking = Asking(clock, _tell)
    if args.kind is not None:
        await asking.kind(args.kind, args.network)
        return merge(asking.sightings)
    options: dict[str, Scalar] = {"community_file": args.community_file} if args.community_file else {}
    looks = [asking.every_kind()]
    if hosts:
        sweeping = by_snmp(asking, hosts, options, clock, args.rate, _progress)
        looks.append(asking.means("snmp", sweeping, FOREVER_S))
    await asyncio.gather(*looks)
    asking.add_macs(Neighbours(clock))
    things = merge(asking.sightings)
    hang(things, await asking.neighbours(things), standpoint())
    return things


def _progress(host: str, left: int) -> None:
    if left % PROGRESS_EVERY == 0:
        _tell(f"snmp: at {host}, {left} addresses left")


def _tell(line: str) -> None:
    print(f"firstbell-agent: {plain(line)}", file=sys.stderr, flush=True)
