"""`firstbell school`: let something go wrong in the simulated school, and heal it."""

import argparse
from pathlib import Path
from typing import Any

from collector.settings import default_data
from deploy.school import control
from deploy.school.school import FOLDER


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `school break` and `school heal`."""
    what = "Let something go wrong in the school of `firstbell up --school`, and heal it."
    parser = commands.add_parser(
        "school",
        help=what,
        description=what,
        epilog="example:\n  firstbell school break\n  firstbell school break switch-down\n  firstbell school heal",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, says, run in (
        ("break", "begin a scenario; without one: list them all and which are on", _break),
        ("heal", "end a scenario; without one: end them all", _heal),
    ):
        action = actions.add_parser(name, help=says, description=f"{says[0].upper()}{says[1:]}.")
        action.add_argument("scenario", nargs="?", help="its name, as `firstbell school break` lists it")
        action.add_argument(
            "--data",
            type=Path,
            default=default_data(),
            metavar="DIR",
            help="that of `firstbell up` (default: %(default)s)",
        )
        action.set_defaults(run=run)


def _break(args: argparse.Namespace) -> int:
    answer = control.ask(_socket(args), "break" if args.scenario else "list", args.scenario)
    if args.scenario is None:
        print(listed(answer["scenarios"]))
        return 0
    [begun] = [each for each in answer["scenarios"] if each["name"] == args.scenario]
    print(f"{begun['says']}.\nExpect: {begun['expect']}.\nTo end it: firstbell school heal {args.scenario}")
    if begun["missing"]:
        print(f"Not in this school: {', '.join(begun['missing'])}")
    return 0


def _heal(args: argparse.Namespace) -> int:
    ended = control.ask(_socket(args), "heal", args.scenario)["ended"]
    print(f"healed: {', '.join(ended)}" if ended else "nothing was broken")
    return 0


def listed(scenarios: list[dict[str, Any]]) -> str:
    """The scenarios for a person: which are on, what each does, what cannot be begun here."""
    width = max(len(each["name"]) for each in scenarios)
    return "\n".join(
        f"{'ON ' if each['on'] else '   '}{each['name']:<{width}}  {each['says']}"
        + (f" (needs {', '.join(each['missing'])})" if each["missing"] else "")
        for each in scenarios
    )


def _socket(args: argparse.Namespace) -> Path:
    data: Path = args.data
    return data.expanduser().absolute() / FOLDER / control.NAME
