"""The MQTT broker of `firstbell up`: Mosquitto as a child process where it is installed, otherwise iotcore."""

from pathlib import Path

from deploy.broker.embedded import IotCore
from deploy.broker.mosquitto import Mosquitto, TlsListener, program

__all__ = ["Broker", "IotCore", "Mosquitto", "TlsListener", "choose", "program"]

Broker = Mosquitto | IotCore


def choose(data: Path, host: str, port: int, tls: TlsListener | None = None) -> Broker:
    """The broker this machine can run: plain on the loopback address `host`:`port`, and mutual TLS at `tls` if given.

    Raises `StartError` when `tls` is asked for and Mosquitto is not installed, or `host` is not loopback.
    """
    if program() is not None:
        return Mosquitto(data, host, port, tls)
    return IotCore(data, host, port, tls)
