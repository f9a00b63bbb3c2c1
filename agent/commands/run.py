"""`firstbell-agent run`: the agent, until it is told to stop."""

import argparse
import asyncio
import logging
import sys

from agent.commands import command, with_config
from agent.config import read_config
from agent.run import run
from protocols.registry import driver


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(
        commands,
        "run",
        "Read this building's devices and send what they say to the collector, until stopped (Ctrl-C).",
        "firstbell-agent run --config /etc/firstbell/agent.toml",
    )
    with_config(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    config = read_config(args.config, driver, broker=args.broker)
    logging.basicConfig(
        level=config.agent.log.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    asyncio.run(run(config))
    return 0
