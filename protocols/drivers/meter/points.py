"""The points of a meter: metric, and where it is told. Which registers hold them is the map's to say."""

from protocols.driver import PointRow

POINTS = (
    PointRow("meter.power", "the map's registers"),
    PointRow("meter.power.apparent", "the map's registers"),
    PointRow("meter.power.reactive", "the map's registers"),
    PointRow("meter.energy", "the map's registers; a fall is told when a second poll confirms it"),
    PointRow("meter.volume", "the map's registers, as for pulse inputs"),
    PointRow("meter.voltage", "the map's registers"),
    PointRow("meter.current", "the map's registers"),
    PointRow("meter.frequency", "the map's registers"),
    PointRow("meter.power.factor", "the map's registers"),
    PointRow(
        "meter.phase",
        "voltage of L1, L2, L3 that was there since the agent started: under 40 V or not; off when all are",
    ),
)

VOLTAGE, PHASE = "meter.voltage", "meter.phase"
PHASES = ("L1", "L2", "L3")
COUNTERS = frozenset({"meter.energy", "meter.volume"})
