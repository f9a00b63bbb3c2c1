"""`firstbell broker-files`: what a Mosquitto that First Bell does not start itself needs, and the collector's certificate for it."""

import argparse
import os
from datetime import datetime
from pathlib import Path

from collector.fleet import authority
from collector.settings import default_data
from deploy.broker import configuration
from protocols.clock import SystemClock, utc
from protocols.errors import OptionError, StartError
from protocols.wire.topics import COLLECTOR


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `broker-files`."""
    what = "Write mosquitto.conf, the ACL and TLS files for a Mosquitto of its own, and the collector's certificate for it."
    parser = commands.add_parser(
        "broker-files",
        help=what,
        description=what + " Run it again to renew them, then restart Mosquitto.",
        epilog="example:\n  firstbell broker-files --directory /etc/mosquitto/firstbell --name bell.example.org",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("FIRSTBELL_DATA") or default_data()),
        metavar="DIR",
        help="the collector's data directory, where its authority is (default: %(default)s)",
    )
    parser.add_argument("--directory", type=Path, required=True, metavar="DIR", help="where Mosquitto's files go")
    parser.add_argument(
        "--name",
        action="append",
        required=True,
        metavar="HOST",
        help="host name or IP address by which the broker is reached; may be repeated, a port is ignored",
    )
    parser.add_argument("--port", type=int, default=8883, help="the TLS port (default: %(default)s)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write them and say where."""
    names = [host_of(text) for text in args.name]
    if not 0 < args.port < 65536:
        raise OptionError(f"--port {args.port}: 1 to 65535")
    try:
        write(args.data, args.directory.absolute(), names, args.port, utc(SystemClock().now_ms()))
    except OSError as error:
        raise StartError(f"{error.filename}: {error.strerror}", permanent=True) from error
    print(f"{args.directory}/mosquitto.conf is ready; the collector's certificate is in {args.data / authority.FOLDER}")
    return 0


def write(data: Path, directory: Path, names: list[str], port: int, now: datetime) -> None:
    """The broker's files into `directory`, the collector's into its authority's folder; keys readable by the owner alone."""
    ca = authority.load(data, now)
    files = configuration.standalone("0.0.0.0", port, str(directory))  # noqa: S104 (agents elsewhere; TLS)
    broker = dict(zip(("broker.pem", "broker.key"), ca.serve(names, now), strict=True))
    own = dict(zip(("collector.pem", "collector.key"), ca.client(COLLECTOR, now), strict=True))
    directory.mkdir(parents=True, exist_ok=True)
    for folder, contents in ((directory, {**files, "ca.pem": ca.pem, **broker}), (data / authority.FOLDER, own)):
        for name, content in contents.items():
            path = folder / name
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)


def host_of(text: str) -> str:
    """The host of HOST or HOST:PORT; an IPv6 address with a port is in brackets. Raises `OptionError`."""
    host = text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    if not host or not host.isascii() or any(letter.isspace() for letter in host):
        raise OptionError(f"--name {text!r}: a host name or an IP address")
    return host
