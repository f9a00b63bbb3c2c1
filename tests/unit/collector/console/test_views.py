"""Causes, kinds, groups of points, trees, facts: rows of the store as pages show them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.console.building import sections
from collector.console.causes import cards
from collector.console.facts import attributes, in_words
from collector.console.kinds import Figure, cell, counted
from collector.console.points import drawn_first, groups, heading, stale_after
from collector.console.sign_in import local
from collector.console.topology import tree

NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)


def cause(**more: Any) -> dict[str, Any]:
    base = {
        "id": 1, "rule": "device.unreachable", "severity": "critical", "state": "open", "title": "East: IDF-2 does not answer",
        "advice": "", "building_id": 3, "building": "East", "timezone": "UTC", "agent_id": None, "device_id": 7, "device": "IDF-2",
        "opened_at": NOW - timedelta(minutes=6), "acknowledged_by": None,
    }  # fmt: skip
    return base | more


def test_symptoms_are_folded_into_their_cause() -> None:
    symptoms = [
        {"cause_id": 1, "title": "x", "device": "Camera 1"},
        {"cause_id": 1, "title": "No name", "device": None},
    ]
    behind = [{"root": "7", "kind": "camera", "devices": 38}, {"root": "7", "kind": "printer", "devices": 1}]
    (card,) = cards([cause()], symptoms, behind)
    assert card.title == "IDF-2 does not answer"
    assert card.symptoms == ["Camera 1", "No name"]
    assert card.behind_words == "38 cameras, 1 printer"
    spoken = card.spoken(NOW)
    assert (spoken.building, spoken.behind, spoken.silent) == ("East", 39, False)
    assert spoken.what == "IDF\u20112 has not answered since 12:19"


def test_a_full_disk_has_nothing_behind_it() -> None:
    symptoms = [{"cause_id": 1, "title": "It is slow, too", "device": "IDF-2"}]
    (card,) = cards([cause(rule="host.disk.full")], symptoms, [{"root": "7", "kind": "camera", "devices": 38}])
    assert (card.behind, card.spoken(NOW).behind) == ({}, 0)


def test_a_silent_agent_counts_its_devices_as_unknown() -> None:
    row = cause(
        rule="agent.silent", device_id=None, device=None, agent_id="east", state="acknowledged", acknowledged_by="Dana"
    )
    (card,) = cards([row], [], [{"root": "east", "kind": "door", "devices": 3}])
    assert (card.silent, card.affected, card.taken) == (True, 3, "Dana is on it")


def value(number: float, seconds: float = 10, **more: Any) -> dict[str, Any]:
    return {
        "value": number,
        "unit": "Cel",
        "time": NOW - timedelta(seconds=seconds),
        "name": None,
        "label": None,
    } | more


def test_a_figure_of_several_points() -> None:
    figure = Figure("Furthest", "m", "furthest")
    found = cell(figure, [value(0.5), value(-3.1, label="204"), value(2)], NOW)
    assert (found.words.replace("\u202f", " "), found.of, found.stale) == ("−3.1 °C", "204", False)
    assert cell(Figure("Hot", "m"), [value(50), value(90, 3600)], NOW).words.startswith("50")
    assert cell(Figure("Zones", "m", "count"), [value(1), value(2)], NOW).words == "2"
    assert cell(figure, [value(2)], NOW).words.startswith("+2")


def test_a_figure_of_old_values_says_so() -> None:
    assert cell(Figure("Hot", "m"), [value(50, 3600)], NOW).stale
    assert cell(Figure("Hot", "m"), [], NOW).words == ""


def test_counted() -> None:
    assert [counted("switch", 1), counted("switch", 2), counted("kiosk", 2)] == [
        "1 switch",
        "2 switches",
        "2 kiosk devices",
    ]


def device(identity: int, state: str = "ok", **more: Any) -> dict[str, Any]:
    return {"id": identity, "kind": "camera", "name": f"Camera {identity}", "state": state, "parent_id": None} | more


def test_trouble_comes_first_and_numbers_count_as_numbers() -> None:
    (section,) = sections([device(10), device(2), device(3, "unknown")], [], NOW)
    assert [row.device["id"] for row in section.shown] == [3, 2, 10]
    assert section.summary == "3 cameras, 1 unknown"


def test_many_devices_are_folded_but_none_in_trouble() -> None:
    (section,) = sections([device(number, "unreachable" if number < 30 else "ok") for number in range(200)], [], NOW)
    assert len(section.shown) == 30
    assert all(row.state == "ok" for row in section.folded)


def test_the_tree_is_cut_where_it_bites_its_tail() -> None:
    root, ring = device(1), [device(8, parent_id=9), device(9, parent_id=8)]
    (only,) = tree([root, device(2, parent_id=1), device(3, parent_id=2), device(4), *ring])
    assert only.device["id"] == 1
    assert only.children[0].children[0].device["id"] == 3


def test_stale_is_three_of_its_own_intervals() -> None:
    polls = [NOW - timedelta(seconds=60 * number) for number in range(8)]
    assert stale_after(polls) == 180
    assert stale_after([NOW - timedelta(seconds=10 * number) for number in range(8)]) == 90
    assert stale_after(polls[:1]) == 600


def test_points_are_grouped_and_named() -> None:
    assert heading("host.disk.free") == "Disks"
    assert heading("host.updates.pending") == "System"
    assert heading("marker.level") == "Marker"
    point = {
        "id": 4,
        "metric": "host.cpu.utilization",
        "label": None,
        "unit": "%",
        "name": None,
        "states": None,
        "time": NOW,
        "value": 12.0,
    }
    polled = point | {"id": 5, "metric": "reachable", "unit": "1", "value": 1.0}
    recent = [{"point_id": 4, "time": NOW.timestamp() - 60 * n, "low": n, "mean": n, "high": n} for n in (3, 2, 1)]
    listed = groups([polled, point], recent, NOW, 180)
    assert [(group.heading, group.folded) for group in listed] == [("Processor", False), ("Polling", True)]
    assert listed[0].rows[0].spark is not None
    assert listed[1].rows[0].shown.words == "yes"


def test_a_curve_that_was_not_asked_for_is_not_called_silence() -> None:
    def point(identity: int, metric: str, seconds: float) -> dict[str, Any]:
        return {
            "id": identity, "metric": metric, "label": None, "unit": "1", "name": None, "states": None,
            "time": NOW - timedelta(seconds=seconds), "value": 1.0,
        }  # fmt: skip

    points = [
        point(1, "bacnet.event.state", 20),
        point(2, "bacnet.value", 20),
        point(3, "bacnet.setpoint.deviation", 7300),
    ]
    assert drawn_first(points) == [2, 3, 1]
    quiet = {row.id: row.quiet for group in groups(points, [], NOW, 90) for row in group.rows}
    assert quiet == {1: False, 2: False, 3: True}


def test_what_is_told_on_change_holds_and_says_which_aspect_it_is() -> None:
    def point(identity: int, metric: str, number: float) -> dict[str, Any]:
        return {
            "id": identity, "metric": metric, "label": "analog-input,1", "unit": "1", "name": "SA-T", "states": None,
            "time": NOW - timedelta(minutes=21), "value": number,
        }  # fmt: skip

    told = [point(1, "bacnet.event.state", 0.0), point(2, "bacnet.event.state", 3.0), point(3, "bacnet.override.priority", 16.0),
            point(4, "bacnet.reliability", 0.0), point(5, "bacnet.reliability", 99.0)]  # fmt: skip
    rows = {row.id: row for group in groups(told, [], NOW, 90) for row in group.rows}
    assert {number: row.holds for number, row in rows.items()} == {1: True, 2: False, 3: False, 4: True, 5: False}
    assert [rows[number].name for number in (1, 3, 4)] == [
        "SA-T: event state", "SA-T: commanded at priority", "SA-T: reliability",
    ]  # fmt: skip
    assert [rows[number].shown.words for number in (1, 2, 3, 4, 5)] == [
        "normal", "high limit", "16", "no fault detected", "state 99",
    ]  # fmt: skip


def test_points_are_in_the_order_people_expect() -> None:
    base = {"metric": "host.load", "unit": "1", "name": None, "states": None, "time": NOW, "value": 1.0}
    points = [base | {"id": number, "label": label} for number, label in enumerate(("15m", "1m", "5m"))]
    (group,) = groups(points, [], NOW, 90)
    assert [row.of for row in group.rows] == ["1m", "5m", "15m"]


def test_figures_of_a_device_that_is_not_heard_are_stale_soon() -> None:
    spoken = [value(54.0, 200, device_id=number, metric="host.temperature") for number in (1, 2, 3)]
    machines = [device(number, state, kind="host") for number, state in ((1, "ok"), (2, "unreachable"), (3, "unknown"))]
    (section,) = sections(machines, spoken, NOW)
    assert {row.state: row.cells[0].stale for row in section.shown} == {
        "unreachable": True,
        "unknown": True,
        "ok": False,
    }
    assert {row.state: row.fresh for row in section.shown} == {"unreachable": 90, "unknown": 90, "ok": 900}


def test_attributes_with_what_they_were() -> None:
    old, new = NOW - timedelta(days=9), NOW - timedelta(days=1)
    history = [{"name": "firmware", "time": new, "value": "2"}, {"name": "firmware", "time": old, "value": "1"}]
    shown = attributes({"os": "Debian", "firmware": "2", "address": "10.0.0.1"}, history)
    assert [fact.name for fact in shown] == ["firmware", "operating system"]
    assert (shown[0].since, shown[0].before) == (new, [(old, "1")])
    assert in_words({"a": [1, None, True]}) == "a: 1, none, yes"


def test_nobody_is_sent_elsewhere_after_signing_in() -> None:
    assert local("/d/3?range=7d") == "/d/3?range=7d"
    for target in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/a\nb",
        "javascript:x",
        "/sign-in?next=/",
    ):
        assert local(target) == "/"


def _state(metric: str, **values: float) -> list[dict[str, Any]]:
    return [
        {"metric": metric, "label": label, "name": None, "unit": "1", "value": value, "time": NOW}
        for label, value in values.items()
    ]


@pytest.mark.parametrize(
    ("pick", "rows", "says"),
    [
        ("worst", _state("camera.picture.state", a=0, b=2), ("frozen", "b")),
        ("worst", _state("camera.picture.state", a=0, b=255), ("unknown", "b")),
        ("worst", _state("camera.picture.state", a=1, b=255), ("black", "a")),
        ("worst", _state("door.position", a=0, b=2, c=1), ("open", "c")),
        ("worst", _state("door.position", a=0), ("closed", "")),
        ("min", _state("probe.state", a=1, b=0), ("down", "b")),
        ("up", _state("network.interface.state", a=1, b=0, c=1), ("2", "of 3")),
        ("on", _state("printer.error", jammed=1, offline=1, door=0), ("jammed", "and 1 more")),
        ("on", _state("printer.error", jammed=0), ("nothing", "")),
    ],
)
def test_a_state_is_shown_by_its_name_and_of_several_the_one_that_matters(
    pick: str, rows: list[dict[str, Any]], says: tuple[str, str]
) -> None:
    shown = cell(Figure("x", rows[0]["metric"], pick), rows, NOW)
    assert (shown.words, shown.of) == says
    assert not shown.stale
