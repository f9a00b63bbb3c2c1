"""The points of a display: metric, and the PJLink query that tells it; and which queries tell its identity."""

from protocols.driver import PointRow

POINTS = (
    PointRow("display.power", "POWR"),
    PointRow("display.lamp.hours", "LAMP: hours of each lamp (0 where it does not count them)"),
    PointRow("display.lamp.state", "LAMP: lit or not, of each lamp"),
    PointRow("display.error", "ERST: one digit a part"),
    PointRow("display.failure", "ERR4 as the answer to any query"),
    PointRow("display.input", "INPT; its names from INST"),
    PointRow("display.signal", "IRES (class 2): a resolution, - none, * not recognised"),
    PointRow("display.mute", "AVMT"),
    PointRow("display.freeze", "FREZ (class 2)"),
    PointRow("display.filter.hours", "FILT (class 2; 0 where it does not count them)"),
)

FIGURES = ("POWR", "ERST", "LAMP", "INPT", "AVMT")
"""Asked at each poll, of every display."""
FIGURES_2 = ("IRES", "FREZ", "FILT")
"""Asked at each poll, of class 2."""
IDENTITY = ("NAME", "INF1", "INF2", "INFO", "INST")
"""Asked seldom, of every display."""
IDENTITY_2 = ("SNUM", "SVER", "RLMP", "RFIL")
"""Asked seldom, of class 2."""
CLASS_2 = frozenset((*FIGURES_2, *IDENTITY_2))
BOTH = frozenset({"INPT", "INST"})
"""Of either class: class 2 has more inputs, which its class 1 answers may not name."""

ATTRIBUTES = {
    "NAME": "name",
    "INF1": "vendor",
    "INF2": "model",
    "INFO": "info",
    "SNUM": "serial",
    "SVER": "firmware",
    "RLMP": "lamp.model",
    "RFIL": "filter.model",
    "CLSS": "pjlink.class",
}
PARTS = ("fan", "lamp", "temperature", "cover", "filter", "other")
"""Of ERST, in the order of its digits (PJLink class 1, 4.7)."""
