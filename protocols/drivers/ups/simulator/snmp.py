"""The simulated UPS as the network card of an APC (PowerNet-MIB and UPS-MIB) or of another maker (UPS-MIB alone) tells it."""

from protocols.clock import Clock, utc
from protocols.drivers.ups.alarms import ALARMS, WELL_KNOWN
from protocols.drivers.ups.simulator.model import Model
from protocols.transports.snmp.agent import Agent, Mib
from protocols.transports.snmp.values import counter32, gauge32, object_identifier, time_ticks

A = "1.3.6.1.4.1.318.1.1.1."
U = "1.3.6.1.2.1.33.1."
TRAP_ON_BATTERY = "1.3.6.1.2.1.33.2.0.1"
TRAP_ENTRY_ADDED = "1.3.6.1.2.1.33.2.0.3"
APC_TRAPS = {True: "1.3.6.1.4.1.318.0.5", False: "1.3.6.1.4.1.318.0.9"}
"""upsOnBattery, powerRestored."""


def fill(mib: Mib, model: Model, agent: Agent, name: str, apc: bool) -> None:
    """Everything the card serves; the values follow the model."""
    serial = f"AS{sum(name.encode()) % 10_000:04d}110{len(name):02d}"
    mib.update(
        {
            "1.3.6.1.2.1.1.1.0": "Network Management Card, simulated",
            "1.3.6.1.2.1.1.2.0": object_identifier("1.3.6.1.4.1.318.1.3.27" if apc else "1.3.6.1.4.1.705.1"),
            "1.3.6.1.2.1.1.3.0": lambda: time_ticks(agent.uptime()),
            "1.3.6.1.2.1.1.5.0": name,
            "1.3.6.1.2.1.1.6.0": "MDF, first floor",
            "1.3.6.1.2.1.2.2.1.6.1": bytes((0x00, 0xC0, 0xB7, *serial.encode()[-3:])),
        }
    )
    _ups_mib(mib, model, name)
    if apc:
        _powernet(mib, model, agent.clock, name, serial)


def _ups_mib(mib: Mib, model: Model, name: str) -> None:
    mib.update(
        {
            f"{U}1.1.0": "Simulated Power",
            f"{U}1.2.0": "Smart 1500",
            f"{U}1.3.0": "UPS 09.3",
            f"{U}1.5.0": name,
            f"{U}2.1.0": lambda: 3 if model.is_low else 2,
            f"{U}2.2.0": lambda: round(model.on_battery_for),
            f"{U}2.3.0": lambda: -1 if model.is_unknown else int(model.runtime // 60),
            f"{U}2.4.0": lambda: -1 if model.is_unknown else round(model.charge * 100),
            f"{U}2.5.0": 273,
            f"{U}2.7.0": lambda: round(model.temperature),
            f"{U}3.1.0": counter32(2),
            f"{U}3.2.0": 1,
            f"{U}3.3.1.2.1": lambda: 0 if model.is_on_battery else 600,
            f"{U}3.3.1.3.1": lambda: round(model.input_voltage),
            f"{U}4.1.0": lambda: 5 if model.is_on_battery else 4 if "bypass" in model.faults else 3,
            f"{U}4.2.0": 600,
            f"{U}4.3.0": 1,
            f"{U}4.4.1.2.1": 120,
            f"{U}4.4.1.4.1": lambda: model.load * 10,
            f"{U}4.4.1.5.1": lambda: model.load,
            f"{U}6.1.0": lambda: gauge32(len(_alarms(model))),
            f"{U}7.3.0": lambda: 3 if "replace-battery" in model.faults else 1,
            f"{U}7.5.0": time_ticks(1),
        }
    )


def set_alarms(mib: Mib, model: Model) -> None:
    """Rows of upsAlarmTable appear and go with the model's alarms."""
    for oid in [each for each in mib if each.startswith(f"{U}6.2.1.")]:
        del mib[oid]
    numbers = {alarm.label: alarm.well_known for alarm in ALARMS}
    for row, label in enumerate(sorted(_alarms(model)), 1):
        mib[f"{U}6.2.1.1.{row}"] = row
        mib[f"{U}6.2.1.2.{row}"] = object_identifier(f"{WELL_KNOWN}{numbers[label]}")
        mib[f"{U}6.2.1.3.{row}"] = time_ticks(1)


def _alarms(model: Model) -> set[str]:
    faults = {"hot": "temperature", "lost": "communication-lost"}
    told = {faults.get(fault, fault) for fault in model.faults} - {"silent", "unknown"}
    return told | ({"on-battery"} if model.is_on_battery else set())


def _powernet(mib: Mib, model: Model, clock: Clock, name: str, serial: str) -> None:
    replaced, tested = (_us(clock.now_ms() - days * 86_400_000) for days in (400, 6))
    mib.update(
        {
            f"{A}1.1.1.0": "Smart-UPS 1500",
            f"{A}1.1.2.0": name,
            f"{A}1.2.1.0": "UPS 09.3 (ID18)",
            f"{A}1.2.3.0": serial,
            f"{A}2.1.1.0": lambda: 3 if model.is_low else 2,
            f"{A}2.1.2.0": lambda: time_ticks(round(model.on_battery_for * 100)),
            f"{A}2.1.3.0": replaced,
            f"{A}2.2.1.0": lambda: -1 if model.is_unknown else gauge32(round(model.charge * 100)),
            f"{A}2.2.2.0": lambda: gauge32(round(model.temperature)),
            f"{A}2.2.3.0": lambda: -1 if model.is_unknown else time_ticks(round(model.runtime * 100)),
            f"{A}2.2.4.0": lambda: 2 if "replace-battery" in model.faults else 1,
            f"{A}2.2.21.0": _us(clock.now_ms() + 700 * 86_400_000),
            f"{A}2.3.1.0": lambda: -1 if model.is_unknown else gauge32(round(model.charge * 1000)),
            f"{A}2.3.2.0": lambda: gauge32(round(model.temperature * 10)),
            f"{A}2.3.4.0": 273,
            f"{A}3.3.1.0": lambda: gauge32(round(model.input_voltage * 10)),
            f"{A}3.3.4.0": lambda: gauge32(0 if model.is_on_battery else 600),
            f"{A}4.1.1.0": lambda: 3 if model.is_on_battery else 9 if "bypass" in model.faults else 2,
            f"{A}4.3.1.0": gauge32(1200),
            f"{A}4.3.3.0": lambda: gauge32(model.load * 10),
            f"{A}7.2.3.0": lambda: 2 if "replace-battery" in model.faults else 1,
            f"{A}7.2.4.0": tested,
            f"{A}11.1.1.0": lambda: _flags(model),
        }
    )


def _flags(model: Model) -> str:
    present = _alarms(model)
    up = {number for alarm in ALARMS if alarm.label in present for number in alarm.apc[:1]}
    up |= {1} if "communication-lost" in present else {2, 6} if model.is_on_battery else {4, 6, 19}
    return "".join("1" if number in up else "0" for number in range(1, 65))


def _us(milliseconds: int) -> str:
    return utc(milliseconds).strftime("%m/%d/%Y")
