"""Values as people read them."""

import math

import pytest

from protocols.units import show, show_point, states_of


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (21.44, "Cel", "21.4 °C"), (-3.06, "Cel", "−3.1 °C"), (-0.01, "Cel", "0.0 °C"), (68.0, "[degF]", "68.0 °F"),
        (0, "By", "0 B"), (999, "By", "999 B"), (1000, "By", "1 kB"), (41.7e9, "By", "41.7 GB"), (9.99999e8, "By", "1.00 GB"),
        (18.4e6, "bit/s", "18.4 Mbit/s"), (1500, "By/s", "1.50 kB/s"), (2500, "W", "2.50 kW"),
        (37.4, "%", "37 %"), (100, "%", "100 %"), (1.916, "1", "1.92"), (12, "1", "12"), (12345, "1", "12 345"),
        (0.0042, "1", "0.0042"), (0.012, "s", "12 ms"), (0.0042, "s", "4.2 ms"), (1.5, "s", "1.50 s"), (119, "s", "119 s"),
        (300, "s", "5 min"), (7200, "s", "2 h"), (9000, "s", "2 h 30 min"), (4_061_222, "s", "47 d"), (-9000, "s", "−2 h 30 min"),
        (450, "[ppm]", "450 ppm"), (3, "furlong", "3 furlong"), (math.nan, "Cel", "not a number"), (math.inf, "By", "not a number"),
        (None, "Cel", "no value"),
    ],
)  # fmt: skip
def test_show(value: float | None, unit: str, words: str) -> None:
    assert show(value, unit).words.replace("\u202f", " ") == words


def test_states_by_name() -> None:
    assert show_point(1, "host.network.state", "1", None).words == "up"
    assert show_point(1, "bacnet.value", "1", {"0": "off", "1": "on"}).words == "on"
    assert show_point(7, "bacnet.value", "1", {"0": "off"}).words == "state 7"
    assert show_point(0.5, "host.network.state", "1", None).words == "state 0.50"
    assert show_point(None, "host.network.state", "1", None).words == "no value"


def test_the_devices_own_states_come_first() -> None:
    assert states_of("host.network.state", {"1": "oben"}) == {"1": "oben"}
    assert states_of("host.cpu.utilization", None) is None
