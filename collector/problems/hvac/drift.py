"""An outdoor air sensor that leaves its siblings at the other schools, night by night. Pure numpy.

A heat wave moves all of them; the sun a badly placed one by day alone, so only the local hours before 05:00 are compared.
State: `NIGHTS` means an outdoor sensor.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from collector.problems.hvac.frame import Floats

NIGHTS = 28
"""Nights that are kept of each sensor."""
LEAST_NIGHTS = 3
"""Nights that its usual difference is taken from at least, beside the two newest, which are judged."""
LEAST_SIBLINGS = 3
"""Sensors without which nobody can say which one is wrong."""
LIMIT = 0.8
"""K away from its own usual difference, in the last two nights: more than the 0.5 K that good sensors change among themselves."""
SPREADS = 4.0
"""And as many of its own nights' spread (1.4826 MAD): a roof in the lee of another differs from night to night."""
LEAST_LOOKS = 6
"""Of every tenth minute."""


class Drift:
    """Columns are equipment with an outdoor sensor of its own."""

    COLUMNS: Mapping[str, float] = {"nights": np.nan, "_sum": 0, "_count": 0, "away": 0, "base": np.nan}

    def __init__(self) -> None:
        self.nights: NDArray[np.float32] = np.full((NIGHTS, 0), np.nan, np.float32)
        self._sum: Floats = np.empty(0)
        self._count: Floats = np.empty(0)
        self._night = -1
        self.away: Floats = np.empty(0)
        """K by which it has left its siblings; 0 where it is not known or small."""
        self.base: Floats = np.empty(0)
        """Its usual difference when it left them: what is known of it by then counts until it is back. NaN: it has not left."""

    def step(self, day: int, dark: NDArray[np.bool_], own: NDArray[np.bool_], outdoor: Floats) -> None:
        """Look, every tenth minute, on the `day` that ends with the night: where it is `dark`, where the sensor is its `own`, and its °C."""
        if day != self._night:
            self._over()
            self._night = day
        if not dark.any():
            return
        away = self.apart(np.where(own, outdoor, np.nan))
        use = dark & np.isfinite(away)
        self._sum[use] += away[use]
        self._count += use

    @staticmethod
    def apart(outdoor: Floats) -> Floats:
        """How far each sensor is from the others' median; NaN where it, or too many of them, are not known."""
        known, away = np.isfinite(outdoor), np.full(len(outdoor), np.nan)
        if known.sum() >= LEAST_SIBLINGS:
            for column in np.flatnonzero(known).tolist():
                others = known.copy()
                others[column] = False
                away[column] = outdoor[column] - np.median(outdoor[others])
        return away

    def recall(self, columns: NDArray[np.intp], nights: Floats) -> None:
        """Nights of the past (nights, columns), oldest first, in place of what these columns have."""
        for column in columns.tolist():
            past = nights[np.isfinite(nights[:, column]), column][-NIGHTS:]
            self.nights[:, column] = np.nan
            self.nights[NIGHTS - len(past) :, column] = past
        self._judge(columns)

    def _over(self) -> None:
        new = np.flatnonzero(self._count >= LEAST_LOOKS)
        self.nights[:, new] = np.roll(self.nights[:, new], -1, axis=0)
        self.nights[-1, new] = self._sum[new] / self._count[new]
        self._sum[:], self._count[:] = 0.0, 0.0
        self.away[:] = 0.0
        self._judge(new)

    def _judge(self, columns: NDArray[np.intp]) -> None:
        ready = np.isfinite(self.nights).sum(0) >= LEAST_NIGHTS + 2
        for column in columns[ready[columns]].tolist():
            past = self.nights[np.isfinite(self.nights[:, column]), column]
            first = past[: max(LEAST_NIGHTS, len(past) // 2)]
            gone = bool(np.isfinite(self.base[column]))
            usual = float(self.base[column] if gone else np.median(first))
            limit = LIMIT / 2 if gone else max(LIMIT, SPREADS * 1.4826 * float(np.median(np.abs(first - usual))))
            last = past[-2:] - usual
            left = (last > limit).all() or (last < -limit).all()
            self.away[column] = float(last[-1]) if left else 0.0
            self.base[column] = usual if left else np.nan
