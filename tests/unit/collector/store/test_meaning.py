"""What facts become: columns, attributes, names and states of points; text is made safe."""

from collector.store.meaning import Meaning, PointFact, clean, meanings, states_of
from protocols.wire.batch import Fact


def test_columns_attributes_and_points_are_told_apart() -> None:
    said = {
        "name": "AHU 1",
        "room": "",
        "model": "X",
        "ports": 4,
        "point.name/zone.temperature": "Room 12",
        "point.states/fan.state/a/b": "0=off\n1=on",
        "point.name/fan.state/a/b": "Fan",
        "point.name/": "nothing",
    }
    devices, points = meanings([11], [Fact(0, 5, said)])
    columns = {"name": "AHU 1", "address": None, "room": None, "parent": None}
    assert devices == [Meaning(11, 5, columns, {"model": "X", "ports": 4})]
    assert points == [
        PointFact(11, "fan.state", "a/b", "Fan", {"0": "off", "1": "on"}),
        PointFact(11, "zone.temperature", None, "Room 12", None),
    ]


def test_the_agent_itself_is_left_out_and_the_newest_name_wins() -> None:
    facts = [
        Fact(0, 1, {"name": "x"}),
        Fact(1, 9, {"point.name/m": "new"}),
        Fact(1, 3, {"point.name/m": "old"}),
    ]
    devices, points = meanings([0, 12], facts)
    assert devices == []
    assert points == [PointFact(12, "m", None, "new", None)]


def test_states_are_lines_of_number_and_text() -> None:
    assert states_of("0=off\n-1 = a=b\nnonsense\nx=y") == {"0": "off", "-1": "a=b"}
    assert states_of("nonsense") is None


def test_text_loses_nul_and_what_is_too_long() -> None:
    assert clean("a\x00b" + "c" * 600) == "ab" + "c" * 510
    assert clean({"k\x00": "v\x00", "n": None, "i": 3}) == {"k": "v", "n": None, "i": 3}
