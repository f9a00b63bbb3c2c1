"""The agent's commands, one file each: `add(commands)` adds its parser and sets `run`. `agent.cli` gathers them."""

import argparse
import tomllib
from pathlib import Path
from typing import Any

from agent.config import DEFAULT_FILE
from protocols.errors import OptionError


def command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, says: str, example: str
) -> argparse.ArgumentParser:
    """A command's parser: what it does and an example, as every command's --help shows them."""
    return commands.add_parser(
        name,
        help=says,
        description=says,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def with_config(parser: argparse.ArgumentParser) -> None:
    """Add `--config` and `--broker`, which `run` and `check` share."""
    parser.add_argument("--config", type=Path, default=DEFAULT_FILE, metavar="FILE", help=f"default {DEFAULT_FILE}")
    parser.add_argument("--broker", metavar="HOST:PORT", help="this broker instead of the file's")


def options_of(pairs: list[str]) -> dict[str, Any]:
    """`--option key=value` pairs as a table. A value is read as TOML writes it (numbers, true, lists), else as text."""
    table: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.strip():
            raise OptionError(f"--option {pair!r}: write key=value")
        try:
            table[key.strip()] = tomllib.loads(f"value = {text}")["value"]
        except (tomllib.TOMLDecodeError, KeyError):
            table[key.strip()] = text
    return table
