"""`firstbell wheels`: collect what agents install from, for each kind of machine."""

import argparse
import sys
from collections.abc import Iterable

from collector.commands import add_options, settings_of
from collector.fleet import enrol
from collector.fleet.wheelhouse import HERE, USUAL, Target, Wheelhouse
from protocols.errors import OptionError, StartError

_MACHINES = ("aarch64", "x86_64")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `wheels`."""
    what = "Collect the wheels that agents install from: packed from what runs here, downloaded for other machines."
    parser = commands.add_parser(
        "wheels",
        help=what,
        description=what,
        epilog="example:\n  firstbell wheels --platform aarch64-python3.13",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument(
        "--platform",
        action="append",
        metavar="MACHINE-pythonX.Y",
        help=f"a kind of machine; may be repeated (default: {', '.join(map(str, USUAL))})",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fill the wheel house; 1 when some kind of machine cannot be served."""
    targets = [parse(text) for text in args.platform or []] or list(USUAL)
    house = enrol.wheelhouse(settings_of(args).data)
    house.fill()
    failed = fetch(house, targets)
    for target in sorted({HERE, *targets} - set(failed)):
        print(f"{target}: complete")
    return 1 if failed else 0


def fetch(house: Wheelhouse, targets: Iterable[Target] = USUAL) -> list[Target]:
    """Download what each target lacks; those that failed, each told on standard error with its reason."""
    failed: list[Target] = []
    for target in targets:
        if not house.missing(target):
            continue
        print(f"fetching the agent's wheels for {target} (once)", file=sys.stderr, flush=True)
        try:
            house.download(target)
        except StartError as error:
            print(
                f"note: {error}; agents of that kind cannot install from here until `firstbell wheels` succeeds",
                file=sys.stderr,
            )
            failed.append(target)
    return failed


def parse(text: str) -> Target:
    """`aarch64-python3.13`. Raises `OptionError`."""
    machine, _, python = text.partition("-python")
    major, _, minor = python.partition(".")
    if machine not in _MACHINES or major != "3" or not minor.isascii() or not minor.isdigit() or int(minor) < 11:
        raise OptionError(
            f"--platform {text!r}: write aarch64 or x86_64, then -python and 3.11 or newer: aarch64-python3.13"
        )
    return Target(machine, f"3.{int(minor)}")
