"""`firstbell-agent`: gathers the agent's commands and turns an error into one line."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from agent import commands
from agent.terminal import plain
from protocols.arguments import Parser
from protocols.errors import FirstBellError, OptionError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. 1 for an error, 2 for a wrong option or usage."""
    try:
        args = parser().parse_args(argv)
        code: int = args.run(args)
    except FirstBellError as error:
        print(f"firstbell-agent: {plain(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, OptionError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    return code


def parser() -> argparse.ArgumentParser:
    """The whole command line: every module of `agent.commands` adds its own."""
    top = Parser(
        prog="firstbell-agent",
        description="Reads what plugs into the wall of one building and sends it to the collector.",
        epilog="example:\n  firstbell-agent run --config /etc/firstbell/agent.toml",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    gathered = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda module: module.name):
        importlib.import_module(f"agent.commands.{found.name}").add(gathered)
    return top


if __name__ == "__main__":
    sys.exit(main())
