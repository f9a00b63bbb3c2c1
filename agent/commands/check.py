"""`firstbell-agent check`: is this agent.toml right, and what of it works from here?"""

import argparse
import asyncio
import logging
import os
import ssl
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from agent.clock_quality import synchronised
from agent.commands import command, with_config
from agent.config import Config, read_config
from agent.edge.edge import TELL_S
from agent.edge.ways import Notice
from agent.run import endpoint
from agent.terminal import plain, table
from protocols.clock import SystemClock, utc
from protocols.errors import FirstBellError
from protocols.mqtt import MqttClient, tls_context
from protocols.registry import driver

CONNECT_S = 5.0
LOOK_S = 0.05
EXPIRES_SOON_DAYS = 14


class Finding(NamedTuple):
    """One line of the answer. `good` is None for what is worth knowing but hinders nothing."""

    good: bool | None
    what: str
    says: str


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = command(
        commands,
        "check",
        "Validate agent.toml and try what it needs: devices, state folder, certificate, broker.",
        "firstbell-agent check --config /etc/firstbell/agent.toml",
    )
    with_config(parser)
    parser.add_argument("--edge-test", action="store_true", help="send a test by every way of [edge]")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.CRITICAL)
    config = read_config(args.config, driver, broker=args.broker)
    print(f"{args.config}: agent {config.agent.id}, {len(config.devices)} devices")
    rows: list[tuple[str, ...]] = [("KEY", "DRIVER", "ADDRESS", "EVERY")]
    rows += [(d.key, d.driver.kind, d.address, f"{d.interval:g} s") for d in config.devices]
    print(table(rows) + "\n")
    findings = [state_folder(config), *certificate(config, utc(SystemClock().now_ms())), clock()]
    findings.append(asyncio.run(broker(config)))
    findings += edge(config)
    if args.edge_test:
        findings += asyncio.run(edge_test(config))
    for finding in findings:
        mark = {True: "ok", False: "FAULT", None: "note"}[finding.good]
        print(f"{mark:<6}{finding.what}: {plain(finding.says)}")
    return 1 if any(finding.good is False for finding in findings) else 0


def state_folder(config: Config) -> Finding:
    """Whether the spool's folder can be written, or made."""
    folder = Path(config.agent.state)
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Finding(False, "state folder", f"{folder} is not writable for this user; chown it or set [agent] state")
    made = "" if folder.exists() else " (will be made)"
    free = os.statvfs(place)
    spare = free.f_bavail * free.f_frsize
    if spare < config.agent.spool_bytes:
        says = f"{folder}{made} has {spare >> 20} MiB free, the spool may take {config.agent.spool_bytes >> 20} MiB; set spool_bytes lower"
        return Finding(None, "state folder", says)
    return Finding(True, "state folder", f"{folder}{made} is writable")


def certificate(config: Config, now: datetime) -> list[Finding]:
    """What the certificate says of itself; nothing for a plain connection."""
    file = config.collector.certificate
    if file is None:
        return [Finding(None, "certificate", "none: plain MQTT, on loopback only")]
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        found = x509.load_pem_x509_certificate(Path(file).read_bytes())
    except (OSError, ValueError) as error:
        return [Finding(False, "certificate", f"{file}: {error}; enrol this agent again")]
    names = [str(name.value) for name in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    findings = []
    if config.agent.id not in names:
        says = f"{file} is for {', '.join(names) or 'nobody'}, [agent] id is {config.agent.id!r}; correct the one that is wrong"
        findings.append(Finding(False, "certificate", says))
    days = (found.not_valid_after_utc - now).days
    if now > found.not_valid_after_utc or now < found.not_valid_before_utc:
        says = f"valid {found.not_valid_before_utc:%Y-%m-%d} to {found.not_valid_after_utc:%Y-%m-%d}, not now ({now:%Y-%m-%d}); enrol again or set the clock"
        return [*findings, Finding(False, "certificate", says)]
    return [
        *findings,
        Finding(None if days < EXPIRES_SOON_DAYS else True, "certificate", f"valid for {days} days more"),
    ]


def clock() -> Finding:
    """Whether a time source disciplines the clock."""
    if synchronised():
        return Finding(True, "clock", "disciplined by a time source")
    return Finding(None, "clock", "no time source; stamps are marked approximate (timedatectl set-ntp true)")


def edge(config: Config) -> list[Finding]:
    """What the building itself tells, and by what ways, while the collector is out of reach."""
    if config.edge is None:
        return [Finding(None, "edge", "no [edge]: while the collector is out of reach, this building tells nobody")]
    ways = ", ".join(way.name for way in config.edge.ways)
    rules, refused = config.edge.rules
    says = f"{len(rules)} rules are judged here when the collector is out of reach for {config.edge.after_ms / 60_000:g} min; told by {ways}"
    return [Finding(True, "edge", says), *(Finding(False, "edge rule", line) for line in refused)]


async def edge_test(config: Config) -> list[Finding]:
    """A test message by every way of [edge]."""
    if config.edge is None:
        return [Finding(False, "edge test", "there is no [edge] in the file; agent/README.md shows its options")]
    now = SystemClock().now_ms()
    title = f"Test of {config.agent.id}"
    body = "This is how this building tells of its doors, power and temperatures when it cannot reach the collector."
    findings = []
    for way in config.edge.ways:
        try:
            async with asyncio.timeout(TELL_S):
                await way.tell(Notice(f"test.{config.agent.id}.{now}", "info", title, body, now))
        except (FirstBellError, TimeoutError) as error:
            findings.append(Finding(False, f"edge test by {way.name}", str(error) or f"no answer in {TELL_S:g} s"))
        else:
            findings.append(Finding(True, f"edge test by {way.name}", "the test was taken"))
    return findings


async def broker(config: Config) -> Finding:
    """Whether the broker takes this agent."""
    try:
        client = MqttClient(endpoint(config))
        if client.endpoint.tls is not None:
            tls_context(client.endpoint.tls)
        await client.start()
    except (FirstBellError, ssl.SSLError) as error:
        return Finding(False, "broker", str(error))
    failure = await _connect(client)
    await client.stop()
    if failure is not None:
        return Finding(False, "broker", f"{config.collector.broker}: {failure}; is it running, is the port open?")
    return Finding(True, "broker", f"{config.collector.broker} takes this agent")


async def _connect(client: MqttClient) -> str | None:
    """Why the broker could not be reached; None when it was."""
    try:
        async with asyncio.timeout(CONNECT_S):
            while not client.connected.is_set() and client.failure is None:
                await SystemClock().sleep(LOOK_S)
    except TimeoutError:
        return f"no answer within {CONNECT_S:g} s"
    return client.failure
