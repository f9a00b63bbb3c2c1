"""`firstbell-agent read`: one reading of one device, printed."""

import argparse
import asyncio
import json
import math
from collections.abc import Mapping
from typing import Any

from agent.commands import command, options_of
from agent.terminal import table
from protocols.clock import Clock, SystemClock
from protocols.driver import Driver, Reading, Sample, Target
from protocols.errors import DeviceError
from protocols.metrics import BY_NAME, ON_CHANGE
from protocols.options import read_options
from protocols.registry import driver
from protocols.units import show_point, states_of


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(
        commands,
        "read",
        "Read one device once and print what it says.",
        "firstbell-agent read bacnet 10.1.2.3 --option instance=1001\n  firstbell-agent read host local --json",
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
    """The reading for a person: attributes, then each point with its value and unit, or its state; quiet flags are counted."""
    names = {(point.metric, point.label): point for point in reading.points}
    facts = {**reading.attributes, **({"kind": reading.kind} if reading.kind else {})}
    attributes = [(f"{name}:", str(value)) for name, value in sorted(facts.items()) if value is not None]
    text = table(list(attributes)) + "\n\n" if attributes else ""
    rows: list[tuple[str, ...]] = [("POINT", "LABEL", "VALUE", "NAME")]
    quiet = 0
    for sample in reading.samples:
        if sample.metric in ON_CHANGE and sample.value == 0:
            quiet += 1
            continue
        info = names.get((sample.metric, sample.label))
        states = info.states if info else None
        rows.append((sample.metric, sample.label or "", value_text(sample, states), (info.name if info else "") or ""))
    text += table(rows)
    if quiet:
        text += f"\n\nFlags and states that are normal: {quiet}; --json shows them."
    text += _neighbours(reading)
    for event in reading.events:
        text += "\n" + table([("event", event.kind, event.severity, json.dumps(dict(event.detail), default=str))])
    return text


def _neighbours(reading: Reading) -> str:
    """Who announces itself on which port; those that were merely seen are counted."""
    heard = [row for row in reading.neighbours if row.name or row.via not in ("fdb", "arp")]
    rows: list[tuple[str, ...]] = [("PORT", "NEIGHBOUR", "ADDRESS", "MAC", "BY")]
    rows += [(row.port, row.name or "", row.address or "", row.mac or "", row.via) for row in heard]
    text = "\n\n" + table(rows) if heard else ""
    learnt = len(reading.neighbours) - len(heard)
    return text + (f"\n\nMAC and ARP table: {learnt} rows; --json shows them." if learnt else "")


def value_text(sample: Sample, states: Mapping[int, str] | None) -> str:
    """A value as a person reads it: its state's name and number where it has states, else the figure with its unit."""
    known = BY_NAME.get(sample.metric)
    unit = sample.unit if sample.unit is not None else known.unit if known and known.unit != "*" else ""
    texts = {str(number): name for number, name in (states or {}).items()}
    shown = show_point(sample.value, sample.metric, unit, texts).words
    is_state = states_of(sample.metric, texts) is not None and math.isfinite(sample.value)
    return f"{shown} ({sample.value:g})" if is_state else shown


def as_json(reading: Reading) -> dict[str, Any]:
    """The reading as JSON holds it; a value that is not finite becomes null."""
    return {
        "kind": reading.kind,
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
        "neighbours": [row._asdict() for row in reading.neighbours],
    }


def _sample(sample: Sample) -> dict[str, Any]:
    known = BY_NAME.get(sample.metric)
    unit = sample.unit if sample.unit is not None else known.unit if known else None
    value = sample.value if math.isfinite(sample.value) else None
    return {"metric": sample.metric, "label": sample.label, "value": value, "unit": unit, "time": sample.time}
