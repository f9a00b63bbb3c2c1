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
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        args = parser(words[:1]).parse_args(words)
        code: int = args.run(args)
    except FirstBellError as error:
        print(f"firstbell-agent: {plain(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, OptionError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    return code


def parser(first: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The command line: the module of `agent.commands` that the `first` word names adds its own; where none is named, every one.

    What enrolment needs takes 8 MB, which the agent that runs for months does not have.
    """
    top = Parser(
        prog="firstbell-agent",
        description="Reads what plugs into the wall of one building and sends it to the collector.",
        epilog="example:\n  firstbell-agent run --config /etc/firstbell/agent.toml",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    gathered = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    for name in [name for name in names if name in first] or names:
        importlib.import_module(f"agent.commands.{name}").add(gathered)
    return top


if __name__ == "__main__":
    sys.exit(main())
