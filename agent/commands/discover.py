"""`firstbell-agent discover`: which devices of a kind a network has."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator

from agent.commands import command
from agent.terminal import table
from protocols.clock import SystemClock
from protocols.driver import Found
from protocols.errors import OptionError
from protocols.registry import driver


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(
        commands,
        "discover",
        "Find the devices of a kind and print each as `[[device]]` would name it.",
        "firstbell-agent discover bacnet --network 10.1.2.0/24",
    )
    parser.add_argument("kind", help="the driver, for example bacnet")
    parser.add_argument("--network", metavar="NETWORK", help="CIDR, interface or address; default: the local ones")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line instead of a table")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    found = driver(args.kind)
    if found.discover is None:
        raise OptionError(f"driver {args.kind!r} cannot discover; name the device's address in agent.toml")
    devices = asyncio.run(_gather(found.discover(args.network, SystemClock())))
    print("\n".join(map(as_json, devices)) if args.json else as_table(devices))
    return 0


async def _gather(devices: AsyncIterator[Found]) -> list[Found]:
    return [device async for device in devices]


def as_table(devices: list[Found]) -> str:
    """The devices for a person."""
    if not devices:
        return "no device answered"
    rows: list[tuple[str, ...]] = [("KIND", "ADDRESS", "NAME", "VENDOR", "MODEL", "OPTIONS")]
    for device in devices:
        vendor, model = (str(device.attributes.get(name) or "") for name in ("vendor", "model"))
        options = ", ".join(f"{name} = {json.dumps(value)}" for name, value in device.options.items())
        rows.append((device.kind, device.address, device.name or "", vendor, model, options))
    return table(rows)


def as_json(device: Found) -> str:
    """One device on one line."""
    body = device._asdict() | {"options": dict(device.options), "attributes": dict(device.attributes)}
    return json.dumps(body)
