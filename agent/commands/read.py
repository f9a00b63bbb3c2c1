"""`firstbell-agent read`: one reading of one device, printed."""

import argparse
import asyncio
import json
import math
from typing import Any

from agent.commands import command, options_of
from agent.terminal import table
from protocols.clock import Clock, SystemClock
from protocols.driver import Driver, Reading, Sample, Target
from protocols.errors import DeviceError
from protocols.metrics import BY_NAME
from protocols.options import read_options
from protocols.registry import driver


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(
        commands,
        "read",
        "Read one device once and print what it says.",
        "firstbell-agent read bacnet 10.1.2.3 --option max_apdu=480\n  firstbell-agent read host local --json",
    )
    parser.add_argument("kind", help="the driver, for example host or bacnet")
    parser.add_argument("address", help="where the device is, as the driver's README writes it")
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="an option of the driver; may be repeated"
    )
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="SECONDS", help="give up after this long (default 60)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    found = driver(args.kind)
    options = read_options(options_of(args.option), found.options, "--option")
    reading = asyncio.run(read_once(found, args.address, options, args.timeout, SystemClock()))
    print(json.dumps(as_json(reading), indent=2) if args.json else as_table(reading))
    return 0


async def read_once(found: Driver, address: str, options: Any, seconds: float, clock: Clock) -> Reading:
    """One reading of the device. Raises `DeviceError` when it does not answer within `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            session = await found.open(Target(f"{found.kind}:{address}", address), options, clock)
            try:
                return await session.poll()
            finally:
                await session.close()
    except TimeoutError as error:
        raise DeviceError(f"{address} gave no complete answer within {seconds:g} s; try a larger --timeout") from error


def as_table(reading: Reading) -> str:
    """The reading for a person: attributes, then each point with its value, unit or state."""
    names = {(point.metric, point.label): point for point in reading.points}
    rows: list[tuple[str, ...]] = [(f"{name}:", str(value)) for name, value in sorted(reading.attributes.items())]
    text = table(rows) + "\n\n" if rows else ""
    lines: list[tuple[str, ...]] = [("POINT", "LABEL", "VALUE", "NAME")]
    for sample in reading.samples:
        info = names.get((sample.metric, sample.label))
        states = dict(info.states) if info and info.states else None
        lines.append((sample.metric, sample.label or "", value_text(sample, states), (info.name if info else "") or ""))
    text += table(lines)
    for event in reading.events:
        text += "\n" + table([("event", event.kind, event.severity, json.dumps(dict(event.detail), default=str))])
    return text


def value_text(sample: Sample, states: dict[int, str] | None) -> str:
    """A value as a person reads it: its state's name where it has states, else the number with its unit."""
    known = BY_NAME.get(sample.metric)
    states = states or (known.states if known else None)
    if states is not None and math.isfinite(sample.value) and int(sample.value) in states:
        return f"{states[int(sample.value)]} ({sample.value:g})"
    unit = sample.unit if sample.unit is not None else known.unit if known and known.unit != "*" else ""
    return f"{sample.value:.7g} {'' if unit == '1' else unit}".rstrip()


def as_json(reading: Reading) -> dict[str, Any]:
    """The reading as JSON holds it; a value that is not finite becomes null."""
    return {
        "attributes": dict(reading.attributes),
        "samples": [_sample(sample) for sample in reading.samples],
        "points": [
            {"metric": point.metric, "label": point.label, "name": point.name, "states": dict(point.states or {})}
            for point in reading.points
        ],
        "events": [
            {"kind": event.kind, "severity": event.severity, "detail": dict(event.detail), "time": event.time}
            for event in reading.events
        ],
    }


def _sample(sample: Sample) -> dict[str, Any]:
    known = BY_NAME.get(sample.metric)
    unit = sample.unit if sample.unit is not None else known.unit if known else None
    value = sample.value if math.isfinite(sample.value) else None
    return {"metric": sample.metric, "label": sample.label, "value": value, "unit": unit, "time": sample.time}
