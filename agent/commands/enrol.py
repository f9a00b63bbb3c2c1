"""`firstbell-agent enrol`: get this machine's identity from the collector, and wait until it is online."""

import argparse
import asyncio
import re
import sqlite3
import sys
from pathlib import Path

from agent.config import DEFAULT_FILE
from agent.enrolment import Identity, Invitation, enrol, write_config
from agent.spool.schema import State
from protocols.clock import Clock, SystemClock, utc
from protocols.errors import EnrolmentError, OptionError
from protocols.wire.limits import EARLIEST_MS

STATE = Path("/var/lib/firstbell-agent")
_LOOK_EVERY = 0.5


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `enrol`."""
    what = (
        "Make this machine's key, get its certificate from the collector and write agent.toml. The installer runs it."
    )
    parser = commands.add_parser(
        "enrol",
        help=what,
        description=what,
        epilog="example:\n  firstbell-agent enrol http://10.0.0.5:8470 TOKEN --ca-sha256 9f86d0…0a08 --wait 60",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", metavar="URL", help="the collector")
    parser.add_argument(
        "token", metavar="TOKEN", help="from `firstbell enrol`; works once. -: read it from standard input"
    )
    parser.add_argument("--ca-sha256", required=True, metavar="HEX", help="SHA-256 of the collector's CA certificate")
    parser.add_argument(
        "--state", type=Path, default=STATE, metavar="DIR", help="identity and spool (default: %(default)s)"
    )
    parser.add_argument(
        "--config", type=Path, default=DEFAULT_FILE, metavar="FILE", help="written (default: %(default)s)"
    )
    parser.add_argument(
        "--wait", type=float, metavar="SECONDS", help="then wait until the running agent's first batch is acknowledged"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Enrol, once: with the same token again, only what is missing is done."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", args.ca_sha256):
        raise OptionError(f"--ca-sha256 {args.ca_sha256[:80]!r}: 64 hex digits, as `firstbell enrol` gave them")
    token = sys.stdin.readline().strip() if args.token == "-" else args.token  # noqa: S105
    state = args.state.absolute()
    identity = enrol(Invitation(args.url.rstrip("/"), token, args.ca_sha256), state)
    if write_config(args.config, identity, state):
        print(f"{args.config} was another agent's: kept as {args.config.name}.before-enrolment", file=sys.stderr)
    if args.wait is None:
        print(f"{identity.agent} has its identity in {state}; `firstbell-agent run --config {args.config}` starts it")
        return 0
    asyncio.run(_online(identity, state / "spool.db", args.wait, SystemClock()))
    print(f"{identity.name} is online")
    return 0


async def _online(identity: Identity, spool: Path, seconds: float, clock: Clock) -> None:
    """Return once the collector acknowledges one more batch of the running agent. Raises `EnrolmentError` after `seconds`."""
    before, until = newest_acknowledged(spool), clock.monotonic() + seconds
    while newest_acknowledged(spool) <= before:
        if clock.monotonic() >= until:
            raise EnrolmentError(
                f"{identity.name} has its identity, but no batch was acknowledged within {seconds:.0f} s: is the agent"
                f" running, and can this machine reach the broker {identity.broker}? {_unset(clock)}"
                "`journalctl -u firstbell-agent` says more"
            )
        await clock.sleep(_LOOK_EVERY)


def _unset(clock: Clock) -> str:
    """A word on a clock that was never set, with which nothing is published."""
    now = clock.now_ms()
    return f"Its clock says {utc(now):%Y-%m-%d}: set it. " if now < EARLIEST_MS else ""


def newest_acknowledged(spool: Path) -> int:
    """The id of the newest batch in the spool file that the collector committed; 0: none. Reads only; a file in the making has none.

    It grows with each new batch; their number does not, for old ones are forgotten as new ones are acknowledged.
    """
    if not spool.exists():
        return 0
    try:
        connection = sqlite3.connect(f"{spool.absolute().as_uri()}?mode=ro", uri=True)
        try:
            found = connection.execute(
                "select coalesce(max(id), 0) from batch where state = ?", (State.ACKNOWLEDGED,)
            ).fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return 0
    return int(found[0] or 0)
