"""`firstbell`: gathers the commands of the collector and of `deploy`, and turns an error into one line."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType

from protocols.arguments import Parser
from protocols.errors import FirstBellError, OptionError

FOLDERS = ("deploy.commands", "collector.commands")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. 1 for an error, 2 for a wrong option or usage."""
    try:
        args = parser().parse_args(argv)
        code: int = args.run(args)
    except FirstBellError as error:
        print(f"firstbell: {error}", file=sys.stderr)
        return 2 if isinstance(error, OptionError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    return code


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = Parser(
        prog="firstbell",
        description="First Bell: what is broken in a school district, where, and why.",
        epilog="example:\n  firstbell up --school",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in _modules():
        module.add(commands)
    return top


def _modules() -> Iterator[ModuleType]:
    """Each command's module, in the order of the names in each folder."""
    for folder in FOLDERS:
        package = importlib.import_module(folder)
        for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
            yield importlib.import_module(f"{folder}.{found.name}")


if __name__ == "__main__":
    sys.exit(main())
