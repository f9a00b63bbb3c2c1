"""The BACnet objects of the simulated air handler: names, units, state texts, priority arrays."""

from typing import Any

from bacpypes3.basetypes import StatusFlags
from bacpypes3.constructeddata import ArrayOf
from bacpypes3.local.analog import AnalogInputObject, AnalogOutputObject, AnalogValueObject
from bacpypes3.local.binary import BinaryInputObject, BinaryOutputObject, BinaryValueObject
from bacpypes3.local.cov import GenericCriteria
from bacpypes3.local.multistate import MultiStateValueObject
from bacpypes3.local.object import Object
from bacpypes3.object import AccessDoorObject
from bacpypes3.primitivedata import CharacterString

from protocols.drivers.bacnet.simulator.air_handler import MODES

ZONE = 10
"""Zone n's objects have instance ZONE + n."""


class _Overridable(Object):
    """The library's local objects are never overridden; ours are when `_is_overridden` says so."""

    _is_overridden = False

    @property
    def statusFlags(self) -> Any:  # noqa: N802  the property's name in the library
        alarm, fault, _, out_of_service = list(super().statusFlags)
        return StatusFlags([alarm, fault, int(self._is_overridden), out_of_service])

    @statusFlags.setter
    def statusFlags(self, value: Any) -> None:  # noqa: N802
        """Nothing: the flags follow from the object's state."""


class _AnalogInput(_Overridable, AnalogInputObject):
    pass


class _AnalogOutput(_Overridable, AnalogOutputObject):
    pass


class _AnalogValue(_Overridable, AnalogValueObject):
    pass


class _BinaryInput(_Overridable, BinaryInputObject):
    pass


class _BinaryOutput(_Overridable, BinaryOutputObject):
    pass


class _BinaryValue(_Overridable, BinaryValueObject):
    pass


class _AccessDoor(Object, AccessDoorObject):
    pass


class _MultiStateValue(_Overridable, MultiStateValueObject):
    _cov_criteria = GenericCriteria  # the library's own asks for a covIncrement, which multi-state objects do not have


def air_handler_objects(name: str, zones: int) -> list[Any]:
    """All objects of the air handler called `name` with `zones` zones, at rest."""
    made: list[Any] = [
        _analog(_AnalogInput, 1, f"{name} SA-T", "degreesCelsius", 0.3),
        _analog(_AnalogInput, 2, f"{name} RA-T", "degreesCelsius", 0.3),
        _analog(_AnalogInput, 3, f"{name} MA-T", "degreesCelsius", 0.3),
        _analog(_AnalogInput, 4, f"{name} OA-T", "degreesCelsius", 0.3),
        _analog(_AnalogInput, 5, f"{name} SA-P", "pascals", 10.0),
        _analog(_AnalogInput, 6, f"{name} RA-CO2", "partsPerMillion", 25.0),
        _analog(_AnalogOutput, 1, f"{name} CLG-VLV", "percent", 2.0),
        _analog(_AnalogOutput, 2, f"{name} HTG-VLV", "percent", 2.0),
        _analog(_AnalogOutput, 3, f"{name} OA-DMPR", "percent", 2.0),
        _analog(_AnalogOutput, 4, f"{name} SF-SPD", "percent", 2.0),
        _analog(_AnalogValue, 1, f"{name} SA-SP", "degreesCelsius", 0.1),
        _binary(_BinaryInput, 1, f"{name} SF-S", "stopped", "running", polarity="normal"),
        _binary(_BinaryOutput, 1, f"{name} SF-C", "stop", "run", polarity="normal", relinquishDefault="inactive"),
        _binary(_BinaryValue, 1, f"{name} OCC", "unoccupied", "occupied"),
        _MultiStateValue(
            objectIdentifier=("multi-state-value", 1),
            objectName=f"{name} MODE",
            presentValue=1,
            numberOfStates=len(MODES),
            stateText=ArrayOf(CharacterString)(list(MODES)),
            **_quiet(),
        ),
    ]
    for number in range(1, zones + 1):
        at = ZONE + number
        made += [
            _analog(_AnalogInput, at, f"{name} Zone {number} ZN-T", "degreesCelsius", 0.2),
            _analog(_AnalogValue, at, f"{name} Zone {number} ZN-SP", "degreesCelsius", 0.1),
            _analog(_AnalogOutput, at, f"{name} Zone {number} DMPR", "percent", 2.0),
        ]
    return made


def access_doors(name: str, doors: int) -> list[Any]:
    """So many doors of the controller called `name`, closed and locked."""
    return [
        _AccessDoor(
            objectIdentifier=("access-door", number),
            objectName=f"{name} Door {number}",
            presentValue="lock",
            relinquishDefault="lock",
            doorStatus="closed",
            lockStatus="locked",
            securedStatus="secured",
            doorAlarmState="normal",
            **_quiet(),
        )
        for number in range(1, doors + 1)
    ]


def _quiet() -> dict[str, Any]:
    return {
        "statusFlags": [0, 0, 0, 0],
        "eventState": "normal",
        "outOfService": False,
        "reliability": "no-fault-detected",
    }


def _analog(kind: Any, instance: int, name: str, units: str, increment: float) -> Any:
    label = {_AnalogInput: "analog-input", _AnalogOutput: "analog-output"}.get(kind, "analog-value")
    extra = {"relinquishDefault": 0.0} if kind is _AnalogOutput else {}
    return kind(
        objectIdentifier=(label, instance),
        objectName=name,
        presentValue=0.0,
        units=units,
        covIncrement=increment,
        **_quiet(),
        **extra,
    )


def _binary(kind: Any, instance: int, name: str, inactive: str, active: str, **extra: Any) -> Any:
    label = {_BinaryInput: "binary-input", _BinaryOutput: "binary-output"}.get(kind, "binary-value")
    return kind(
        objectIdentifier=(label, instance),
        objectName=name,
        presentValue="inactive",
        inactiveText=inactive,
        activeText=active,
        **_quiet(),
        **extra,
    )
