"""What a school's main meter measures at a moment: a load that follows the day, in metrics and labels. Pure."""

import math

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
VOLTS = 277.0
FACTOR = 0.96
SHARE = {"L1": 0.36, "L2": 0.33, "L3": 0.31}


def load_factor(now_ms: int) -> float:
    """Share of the peak load: 0.2 at night, 1 at midday."""
    return 0.6 - 0.4 * math.cos(2 * math.pi * (now_ms % DAY_MS) / DAY_MS)


def energy(began_ms: int, now_ms: int, peak: float) -> float:
    """kWh counted between two moments: the integral of the load."""

    def until(at: int) -> float:
        return 0.6 * at / HOUR_MS - 0.4 * 24 / (2 * math.pi) * math.sin(2 * math.pi * at / DAY_MS)

    return peak / 1000 * (until(now_ms) - until(began_ms))


def figures(began_ms: int, now_ms: int, peak: float, lost: str | None) -> dict[tuple[str, str | None], float]:
    """Metric and label → value in the metric's unit. `lost` is a phase without voltage."""
    shares = {phase: 0.0 if phase == lost else share for phase, share in SHARE.items()}
    power = peak * load_factor(now_ms)
    found: dict[tuple[str, str | None], float] = {
        ("meter.frequency", None): 60.0 + 0.02 * math.sin(now_ms / 60_000),
        ("meter.power", "total"): power * sum(shares.values()),
        ("meter.power.apparent", "total"): power * sum(shares.values()) / FACTOR,
        ("meter.power.reactive", "total"): power * sum(shares.values()) * math.tan(math.acos(FACTOR)),
        ("meter.power.factor", "total"): FACTOR,
        ("meter.energy", "import"): 128_400.0 + energy(began_ms, now_ms, peak),
        ("meter.energy", "export"): 12.5,
        ("meter.energy", "total"): 128_412.5 + energy(began_ms, now_ms, peak),
    }
    for phase, share in shares.items():
        volts = 0.0 if phase == lost else VOLTS - share * power / 20_000
        found["meter.voltage", phase] = volts
        found["meter.power", phase] = power * share
        found["meter.current", phase] = power * share / FACTOR / VOLTS
        found["meter.power.factor", phase] = FACTOR
    return found
