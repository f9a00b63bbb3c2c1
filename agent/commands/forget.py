"""`firstbell-agent forget`: what is remembered of a device is forgotten, because it was replaced on purpose."""

import argparse
from pathlib import Path

from agent.commands import command
from agent.config import DEFAULT_FILE, read_config
from agent.identity import file
from protocols.errors import OptionError
from protocols.options import nearest
from protocols.registry import driver


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(
        commands,
        "forget",
        "Forget which thing a device is: whatever answers at its address next is it. For a device that was replaced.",
        "firstbell-agent forget printer-library",
    )
    parser.add_argument("key", help="the device's key in agent.toml")
    parser.add_argument("--config", type=Path, default=DEFAULT_FILE, metavar="FILE", help=f"default {DEFAULT_FILE}")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    config = read_config(args.config, driver)
    keys = [device.key for device in config.devices]
    if args.key not in keys:
        raise OptionError(f"{args.config}: no device has the key {args.key!r}{nearest(args.key, keys)}")
    if file.forget(config.devices_file, args.key):
        print(f"{args.key} is forgotten: what answers at its address at the next poll is {args.key} from then on")
    else:
        print(f"nothing was remembered of {args.key}")
    return 0
