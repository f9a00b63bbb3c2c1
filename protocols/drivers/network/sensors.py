"""Sensors (ENTITY-SENSOR-MIB, RFC 3433): value × 10^scale ÷ 10^precision, in the unit of their type. Pure."""

from collections.abc import Iterator

from protocols.driver import Sample
from protocols.drivers.network import oids
from protocols.drivers.network.columns import Columns, column, said, whole

UNITS = {3: "V", 4: "V", 5: "A", 6: "W", 7: "Hz", 8: "Cel", 9: "%", 10: "/min", 11: "m3/min", 14: "dB[mW]"}
"""EntitySensorDataType: volts AC and DC, amperes, watts, hertz, celsius, percentRH, rpm, cmm; 14 is dBm (CISCO-ENTITY-SENSOR-MIB)."""
CELSIUS = 8
_EXPONENTS = dict(zip(range(1, 14), range(-24, 13, 3), strict=True)) | {14: 18, 15: 15, 16: 21, 17: 24}
"""EntitySensorDataScale: yocto is 1, units are 9, tera 13; then exa (10^18) before peta (10^15), as the MIB numbers them."""
_OVERFLOW = 1_000_000_000
"""±10^9 says that the value does not fit (EntitySensorValue)."""
OK = 1
COLDEST, HOTTEST = -60.0, 200.0
"""°C that a device can have; 255, 32767 or -128 are what a missing sensor says."""
_CISCO = tuple(zip(oids.SENSORS, oids.CISCO_SENSORS, strict=True))


def sensor_samples(columns: Columns, most: int) -> Iterator[Sample]:
    """Sensors that work, temperatures first, at most `most`; one that does not is left out: its value means nothing."""
    if not column(columns, oids.SENSOR_TYPE):
        columns = {**columns, **{own: column(columns, theirs) for own, theirs in _CISCO}}
    kinds = {index: whole(value) for index, value in column(columns, oids.SENSOR_TYPE).items()}
    ordered = sorted((index for index in kinds if kinds[index] in UNITS), key=lambda index: kinds[index] != CELSIUS)
    taken: dict[str, int] = {}
    for index in ordered[:most]:
        name = _name(columns, index)
        taken[name] = taken.get(name, 0) + 1
        label = name if taken[name] == 1 else f"{name} #{taken[name]}"
        value = sensor_value(columns, index)
        if value is None or (kinds[index] == CELSIUS and not COLDEST <= value <= HOTTEST):
            continue
        if kinds[index] == CELSIUS:
            yield Sample("network.temperature", label, value)
        else:
            yield Sample("sensor.value", label, value, UNITS[kinds[index] or 0])


def sensor_value(columns: Columns, index: str) -> float | None:
    """One sensor's value in its unit; None unless it says that it works."""
    raw = whole(column(columns, oids.SENSOR_VALUE).get(index))
    scale = whole(column(columns, oids.SENSOR_SCALE).get(index))
    precision = whole(column(columns, oids.SENSOR_PRECISION).get(index))
    status = whole(column(columns, oids.SENSOR_STATUS).get(index))
    if raw is None or status != OK or scale not in _EXPONENTS or abs(raw) >= _OVERFLOW:
        return None
    places = precision if precision is not None and 0 < precision <= 9 else 0
    exponent = _EXPONENTS[scale] - places
    return raw * 10.0**exponent if exponent >= 0 else raw / 10.0**-exponent


def _name(columns: Columns, index: str) -> str:
    for oid in (oids.ENTITY_DESCR, oids.ENTITY_NAME):
        text = said(column(columns, oid).get(index))
        if text:
            return text
    return f"sensor {index}"
