"""The simulated printer's objects, each worked out when it is asked for."""

from collections.abc import Iterator
from functools import partial

from protocols.drivers.printer import oids
from protocols.drivers.printer.conditions import BITS
from protocols.drivers.printer.simulator.state import State
from protocols.transports.snmp.agent.mib import Content, Mib
from protocols.transports.snmp.values import counter32, object_identifier, time_ticks

_BITS = {
    "toner-low": "low-toner", "toner-out": "no-toner", "jam": "jammed", "door-open": "door-open",
    "no-paper": "no-paper", "offline": "offline", "waste-full": "service-requested",
}  # fmt: skip
_ALERTS = {
    "toner-low": (4, 11, 1, 1104, "Black toner low"), "toner-out": (3, 11, 1, 1101, "Replace black toner"),
    "waste-full": (3, 11, 0, 1109, "Waste toner container full"), "jam": (3, 13, 1, 8, "Paper jam in area B"),
    "door-open": (3, 6, 1, 3, "Front cover open"), "no-paper": (3, 8, 2, 808, "Tray 1 empty"),
}  # fmt: skip
"""Fault → prtAlertSeverityLevel, group, group index (0: the last supply), code, description."""


class PrinterMib(Mib):
    """What an SNMP agent serves; the alert table's rows come and go with `refresh`."""

    def __init__(self, state: State) -> None:
        super().__init__(dict(_fixed(state)))
        self._state = state
        self._numbers: dict[str, int] = {}
        self._last = 0

    def refresh(self) -> None:
        """Bring the alert table to the faults of now; an alert gets a number that none had before."""
        for fault in [each for each in self._numbers if each not in self._state.faults]:
            number = self._numbers.pop(fault)
            for oid in [each for each in self if each.startswith(oids.ALERT) and each.endswith(f".1.{number}")]:
                del self[oid]
        for fault in sorted(self._state.faults & set(_ALERTS)):
            if fault not in self._numbers:
                self._last += 1
                self._numbers[fault] = self._last
                self.update(_alert(self._state, fault, self._last))


def _alert(state: State, fault: str, number: int) -> dict[str, Content]:
    severity, group, index, code, told = _ALERTS[fault]
    row = f"1.{number}"
    return {
        f"{oids.ALERT_SEVERITY}.{row}": severity,
        f"{oids.ALERT_GROUP}.{row}": group,
        f"{oids.ALERT_GROUP_INDEX}.{row}": index or len(state.supplies),
        f"{oids.ALERT_CODE}.{row}": code,
        f"{oids.ALERT_TEXT}.{row}": state.text("alert", told),
        f"{oids.ALERT_TIME}.{row}": time_ticks(state.uptime),
    }


def _fixed(state: State) -> Iterator[tuple[str, Content]]:
    traits = state.traits
    yield oids.SYS_DESCR, lambda: state.text("description", f"{traits.model} firmware 2.14")
    yield oids.SYS_OBJECT_ID, object_identifier("1.3.6.1.4.1.99999.7")
    yield oids.SYS_UPTIME, lambda: time_ticks(state.uptime)
    yield oids.SYS_NAME, lambda: state.text("name", traits.name)
    yield oids.SYS_LOCATION, lambda: state.text("location", "Library")
    yield f"{oids.IF_PHYS_ADDRESS}.1", traits.mac
    yield f"{oids.HR_DEVICE_DESCR}.1", lambda: state.text("model", traits.model)
    yield f"{oids.HR_DEVICE_STATUS}.1", lambda: _status(state)[0]
    yield f"{oids.HR_PRINTER_STATUS}.1", lambda: _status(state)[1]
    yield f"{oids.HR_ERROR_STATE}.1", lambda: error_state(state)
    yield f"{oids.CONFIG_CHANGES}.1", counter32(3)
    yield f"{oids.SERIAL}.1", lambda: state.text("serial", traits.serial)
    yield f"{oids.COVER_STATUS}.1.1", lambda: 3 if "door-open" in state.faults else 4
    yield f"{oids.MARKER_UNIT}.1.1", 7
    yield f"{oids.MARKER_COUNT}.1.1", lambda: counter32(state.pages)
    yield f"{oids.DISPLAY}.1.1", lambda: state.text("display", "Sleep mode on" if "asleep" in state.faults else "Ready")
    yield from _supplies(state)
    yield from _trays(state)


def _supplies(state: State) -> Iterator[tuple[str, Content]]:
    colours = [each.colour for each in state.supplies if each.colour]
    for number, colour in enumerate(colours, 1):
        yield f"{oids.COLORANT}.1.{number}", colour
    for place, supply in enumerate(state.supplies):
        row = f"1.{place + 1}"
        yield f"{oids.SUPPLY_COLORANT}.{row}", colours.index(supply.colour) + 1 if supply.colour else 0
        yield f"{oids.SUPPLY_CLASS}.{row}", 4 if supply.waste else 3
        yield f"{oids.SUPPLY_TYPE}.{row}", 4 if supply.waste else 21 if supply.colour else 9
        yield f"{oids.SUPPLY_DESCRIPTION}.{row}", partial(_supply_name, state, place)
        yield f"{oids.SUPPLY_UNIT}.{row}", 7 if supply.colour else 19
        yield f"{oids.SUPPLY_MOST}.{row}", partial(_supply_most, state, place)
        yield f"{oids.SUPPLY_LEVEL}.{row}", partial(_supply_level, state, place)


def _supply_name(state: State, place: int) -> bytes:
    return state.text("supply", state.supplies[place].name)


def _supply_most(state: State, place: int) -> int:
    return state.supplies[place].most


def _supply_level(state: State, place: int) -> int:
    return state.supplies[place].level


def _tray_name(state: State, place: int) -> bytes:
    return state.text("tray", state.trays[place].name)


def _tray_level(state: State, place: int) -> int:
    return state.trays[place].level


def _trays(state: State) -> Iterator[tuple[str, Content]]:
    for place, tray in enumerate(state.trays):
        row = f"1.{place + 1}"
        yield f"{oids.INPUT_TYPE}.{row}", 5 if tray.manual else 3
        yield f"{oids.INPUT_UNIT}.{row}", 8
        yield f"{oids.INPUT_MOST}.{row}", tray.most
        yield f"{oids.INPUT_LEVEL}.{row}", partial(_tray_level, state, place)
        yield f"{oids.INPUT_NAME}.{row}", partial(_tray_name, state, place)


def _status(state: State) -> tuple[int, int]:
    """hrDeviceStatus and hrPrinterStatus."""
    if state.stopped:
        return 5, 1
    if "asleep" in state.faults:
        return 2, 1
    return (3 if "toner-low" in state.faults else 2), 3


def error_state(state: State) -> bytes:
    """hrPrinterDetectedErrorState, in two octets."""
    bits = sum(1 << (15 - BITS.index(name)) for fault, name in _BITS.items() if fault in state.faults)
    return bits.to_bytes(2, "big")
