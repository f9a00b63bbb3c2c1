"""How the simulated device breaks. A row each: what goes wrong, and what is done for it."""

from collections.abc import Callable

from protocols.drivers.network.simulator.device import BUDGET_W, Device
from protocols.drivers.network.simulator.port import Port

FAULTS = {
    "uplink-down": "The line to the next switch is cut",
    "port-down": "The cable of one access port is pulled",
    "errors": "The uplink receives damaged packets, as over a bad cable or dirty fibre",
    "flapping": "The uplink comes and goes every 20 seconds",
    "half-duplex": "The uplink has negotiated half duplex",
    "busy": "The uplink is used at 97 percent",
    "poe-fault": "A port cannot give power: short circuit or broken cable",
    "poe-budget": "The power budget is used up; one port is refused power",
    "hot": "The inlet is at 92 °C",
    "fan": "The fan has failed",
    "reboot": "It was restarted: uptime and counters from 0, interfaces numbered anew",
    "counter-wrap": "The 32-bit octet counters are about to wrap; there are no 64-bit ones",
    "loop": "A loop: a storm of broadcasts on two ports, and no processor time left",
    "sessions": "A flood of sessions through the firewall",
    "silent": "Answers nothing, as when switched off",
}


def apply(device: Device, name: str) -> None:
    """Break it. `silent` is the agent's own; everything else is here. Raises `KeyError` for another name."""
    _HOW[name](device)


def uplink(device: Device) -> Port:
    """The first port that leads to another switch, else the last."""
    return next((port for port in device.ports if port.peer and port.peer.carries), device.ports[-1])


def access(device: Device) -> Port:
    """The first port with a computer."""
    return next((port for port in device.ports if port.peer is None and port.up), device.ports[0])


def _powered(device: Device) -> list[Port]:
    return [port for port in device.ports if port.poe == 3]


def _link_down(choose: Callable[[Device], Port]) -> Callable[[Device], None]:
    def cut(device: Device) -> None:
        choose(device).link(False)
        device.rebuild()

    return cut


def _errors(device: Device) -> None:
    uplink(device).turn("errors", 40.0)


def _flapping(device: Device) -> None:
    uplink(device).flapping = True


def _half_duplex(device: Device) -> None:
    uplink(device).duplex = 2


def _busy(device: Device) -> None:
    port = uplink(device)
    port.turn("received", 0.97 * port.megabits * 1e6 / 8)


def _poe_fault(device: Device) -> None:
    (_powered(device) or device.ports)[0].poe = 4


def _poe_budget(device: Device) -> None:
    ports = _powered(device)
    for port in ports:
        port.power = 0.99 * BUDGET_W / max(1, len(ports))
    refused = access(device)
    refused.poe, refused.denied = 2, refused.denied + 3


def _hot(device: Device) -> None:
    device.celsius = 92.0


def _fan(device: Device) -> None:
    device.fan = 2


def _reboot(device: Device) -> None:
    device.restart(shift=100)


def _counter_wrap(device: Device) -> None:
    device.wide = False
    for port in device.ports:
        port.counters["received"].put(2.0**32 - 1_000_000)
    device.rebuild()


def _loop(device: Device) -> None:
    device.cpu = 99
    for port in [port for port in device.ports if port.oper() == 1][:2]:
        port.turn("broadcast", 60_000.0)
        port.turn("received", 0.6 * port.megabits * 1e6 / 8)


def _sessions(device: Device) -> None:
    device.sessions = 1_480_000


_HOW: dict[str, Callable[[Device], None]] = {
    "uplink-down": _link_down(uplink),
    "port-down": _link_down(access),
    "errors": _errors,
    "flapping": _flapping,
    "half-duplex": _half_duplex,
    "busy": _busy,
    "poe-fault": _poe_fault,
    "poe-budget": _poe_budget,
    "hot": _hot,
    "fan": _fan,
    "reboot": _reboot,
    "counter-wrap": _counter_wrap,
    "loop": _loop,
    "sessions": _sessions,
}
