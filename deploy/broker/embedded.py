"""iotcore (rumqttd inside a wheel) as a child process: a broker for this machine alone, where Mosquitto is not installed.

It serves MQTT 5 with QoS 1, retained messages, Last Will, shared subscriptions and messages of the wire's size. It knows
no client certificate's name and no ACL, so it never listens on an address that other machines can reach.
"""

import asyncio
import subprocess
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from deploy.broker.configuration import PACKET_BYTES, TlsListener
from deploy.broker.listening import end, require_free, require_loopback, wait_until_open
from deploy.child import die_with_parent
from protocols.errors import StartError

_CONFIGURATION = """\
# Written by First Bell at each start; not for editing.
id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 16777216
max_segment_count = 4

[v5.1]
name = "firstbell"
listen = "{host}:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 10000
max_payload_size = {size}
max_inflight_count = 200
dynamic_filters = true
"""
# rumqttd names each packet it routes as an error record: its own log is silenced, as iotcore's own launcher does.
_PROGRAM = """
import logging, sys
logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
from iotcore.iotcore import IotCoreBroker
IotCoreBroker(config_path=sys.argv[1]).run_forever()
"""


@dataclass
class IotCore:
    """One iotcore broker, plain MQTT 5 on the loopback address `host`:`port`."""

    data: Path
    host: str
    port: int
    tls: TlsListener | None = None
    name: str = "broker"
    _process: Process | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        require_loopback(self.host)
        if self.tls is not None:
            raise StartError(
                f"agents elsewhere need Mosquitto, which is not installed here (apt install mosquitto);"
                f" without it nothing can listen on {self.tls.host}:{self.tls.port}",
                permanent=True,
            )

    @property
    def process(self) -> Process | None:
        """The running broker, None before `start` and after `stop`."""
        return self._process

    @property
    def log(self) -> Path:
        """Where it writes what happens."""
        return self.data / "broker.log"

    def describe(self) -> str:
        """One sentence for the start: which broker this is, and what that means."""
        return (
            f"iotcore {metadata.version('iotcore')} (no Mosquitto here): loopback only;"
            " agents in other buildings cannot connect until Mosquitto is installed"
        )

    async def start(self) -> None:
        """Write the configuration, run the broker and wait until it listens. Raises `StartError`."""
        if find_spec("iotcore") is None:
            raise StartError("no MQTT broker here: apt install mosquitto, or pip install iotcore", permanent=True)
        require_free(self.host, self.port)
        self.data.mkdir(parents=True, exist_ok=True)
        config = self.data / "iotcore.toml"
        config.write_text(_CONFIGURATION.format(host=self.host, port=self.port, size=PACKET_BYTES))
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _PROGRAM, config,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                preexec_fn=die_with_parent(), cwd="/",
            )  # fmt: skip
        await wait_until_open(self._process, self.host, self.port, self.log)

    async def stop(self) -> None:
        """End it; clients see their connection close."""
        process, self._process = self._process, None
        await end(process)
