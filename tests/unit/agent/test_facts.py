"""Facts are told at first, when they change, and every six hours."""

from agent.facts import REPEAT_S, FactBook, point_facts
from protocols.driver import PointInfo


def test_facts_are_told_at_first_when_changed_and_every_six_hours() -> None:
    book = FactBook()
    facts = {"model": "X", "firmware": "1"}
    assert book.news("ahu", facts, 0.0) == facts
    assert book.news("ahu", facts, 60.0) == {}
    assert book.news("ahu", {"model": "X", "firmware": "2"}, 120.0) == {"firmware": "2"}
    assert book.news("ahu", {"model": "X"}, REPEAT_S - 1) == {}
    assert book.news("ahu", {"model": "X"}, REPEAT_S) == {"model": "X", "firmware": "2"}
    assert book.news("other", {"model": "X"}, 60.0) == {"model": "X"}


def test_another_database_is_told_everything_again() -> None:
    book = FactBook()
    book.news("ahu", {"model": "X"}, 0.0)
    book.forget()
    assert book.news("ahu", {"model": "X"}, 1.0) == {"model": "X"}


def test_a_true_and_a_one_are_not_the_same_fact() -> None:
    book = FactBook()
    book.news("ahu", {"ok": None}, 0.0)
    assert book.news("ahu", {"ok": False}, 1.0) == {"ok": False}


def test_names_and_states_of_points_travel_as_attributes() -> None:
    points = [
        PointInfo("bacnet.value", "binary-input,1", "Fan", {1: "on", 0: "off"}),
        PointInfo("host.uptime", None, "Uptime"),
        PointInfo("bacnet.value", "x" * 600, "too long to be named"),
        PointInfo("bacnet.value", "nameless"),
    ]
    assert point_facts(points) == {
        "point.name/bacnet.value/binary-input,1": "Fan",
        "point.states/bacnet.value/binary-input,1": "0=off\n1=on",
        "point.name/host.uptime": "Uptime",
    }
