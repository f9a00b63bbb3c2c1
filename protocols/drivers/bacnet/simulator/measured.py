"""Which object shows which figure of the simulated air handler (pure)."""

from protocols.drivers.bacnet.simulator.air_handler import air, zone
from protocols.drivers.bacnet.simulator.objects import ZONE


def measured(now_ms: int, zones: int) -> dict[str, float]:
    """Label of an object, as the driver writes it ("analog-input,1"), to its present value at `now_ms`."""
    now = air(now_ms)
    values: dict[str, float] = {
        "analog-input,1": now.supply,
        "analog-input,2": now.returned,
        "analog-input,3": now.mixed,
        "analog-input,4": now.outdoor,
        "analog-input,5": now.pressure,
        "analog-input,6": now.carbon_dioxide,
        "analog-output,1": now.cooling,
        "analog-output,2": now.heating,
        "analog-output,3": now.damper,
        "analog-output,4": now.fan,
        "analog-value,1": now.setpoint,
        "binary-input,1": now.occupied,
        "binary-output,1": now.occupied,
        "binary-value,1": now.occupied,
        "multi-state-value,1": now.mode,
    }
    for number in range(1, zones + 1):
        here = zone(now_ms, number)
        values[f"analog-input,{ZONE + number}"] = here.temperature
        values[f"analog-value,{ZONE + number}"] = here.setpoint
        values[f"analog-output,{ZONE + number}"] = here.damper
    return values


def logged(zones: int) -> list[str]:
    """The objects that have a trend log: the supply air, and each zone's temperature."""
    return ["analog-input,1", *(f"analog-input,{ZONE + number}" for number in range(1, zones + 1))]
