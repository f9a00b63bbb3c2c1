"""Parents are told when they have held, stay when a device falls silent, and what is written wins."""

from agent.kinship import CHANGE_S, EVERY_S, FIRST_S, Kinship
from agent.parents import Link, Place
from protocols.driver import Neighbour, Reading

PRINTER, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"
PLACE = Place(frozenset({OTHER}))


def switch_sees(port: str | None) -> Reading:
    rows = [Neighbour("48", "fdb", OTHER)]
    return Reading(neighbours=rows + ([Neighbour(port, "fdb", PRINTER)] if port else []))


def started() -> Kinship:
    kinship = Kinship()
    kinship.learn("printer", "10.0.0.9:161", Reading(attributes={"mac": PRINTER.upper(), "name": "p1"}), 0.0)
    return kinship


def watch(kinship: Kinship, port: str | None, since: float, seconds: float) -> list[str]:
    """Let the switch tell every minute; the keys whose parent was told anew, in order."""
    told: list[str] = []
    now = since
    while now <= since + seconds:
        if kinship.learn("switch", "10.0.0.1", switch_sees(port), now):
            told += kinship.work_out(PLACE, now)
        now += EVERY_S
    return told


def test_a_first_parent_is_told_when_it_has_held() -> None:
    kinship = started()
    assert watch(kinship, "3", 0.0, FIRST_S - EVERY_S) == []
    assert kinship.facts("printer", {}) == {}
    assert watch(kinship, "3", FIRST_S, 0.0) == ["printer"]
    assert kinship.facts("printer", {}) == {"parent": "switch", "parent.port": "3"}


def test_a_moved_device_is_told_after_a_while_and_a_flicker_is_not() -> None:
    kinship = started()
    watch(kinship, "3", 0.0, FIRST_S)
    assert watch(kinship, "7", 600.0, CHANGE_S - EVERY_S) == []
    assert watch(kinship, "3", 2000.0, 0.0) == []
    assert watch(kinship, "7", 3000.0, CHANGE_S - EVERY_S) == []
    assert kinship.facts("printer", {})["parent.port"] == "3"
    assert watch(kinship, "7", 3000.0 + CHANGE_S, 0.0) == ["printer"]
    assert kinship.facts("printer", {})["parent.port"] == "7"


def test_a_device_that_is_off_keeps_its_parent() -> None:
    kinship = started()
    watch(kinship, "3", 0.0, FIRST_S)
    assert watch(kinship, None, 600.0, 20_000.0) == []
    assert kinship.facts("printer", {})["parent"] == "switch"


def test_what_is_written_wins() -> None:
    kinship = started()
    watch(kinship, "3", 0.0, FIRST_S)
    assert kinship.facts("printer", {"parent": "other"}) == {}
    assert kinship.facts("printer", {"parent": "switch"}) == {"parent": "switch", "parent.port": "3"}


def test_parents_that_would_lead_in_a_circle_are_not_told() -> None:
    kinship = Kinship()
    kinship.told = {"a": Link("b", "1"), "b": Link("a", "1"), "c": Link("a", "2")}
    assert kinship.facts("a", {}) == {}
    assert kinship.facts("c", {})["parent"] == "a"
