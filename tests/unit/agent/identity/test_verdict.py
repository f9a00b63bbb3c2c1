"""Who answered, and what follows: as a story of polls, each with the hour at which it was made."""

from agent.identity.verdict import Known, judge
from agent.identity.who import Identity

HOUR = 3_600_000
OLD, NEW, THIRD = Identity("OLD-1", macs=frozenset({"00:1b:a9:11:22:33"})), Identity("NEW-2"), Identity("THIRD-3")
SILENT = Identity()


def story(*polls: tuple[float, Identity], policy: str = "kept", known: Known | None = None) -> list[tuple[str, ...]]:
    """Of each poll: the events that it gave, and "refused" when it is not stored."""
    known, told = known or Known(), []
    for hour, found in polls:
        verdict = judge("p-1", known, found, int(hour * HOUR), policy, 24.0)  # type: ignore[arg-type]
        known = verdict.known
        told.append((*(event.kind for event in verdict.events), *(["refused"] if verdict.refused else [])))
    return told


def test_the_first_that_answers_is_the_device() -> None:
    assert story((0, OLD), (1, OLD), (2, SILENT), (3, OLD)) == [(), (), (), ()]


def test_what_says_nothing_of_itself_is_believed() -> None:
    assert story((0, SILENT), (1, SILENT)) == [(), ()]


def test_a_stranger_is_told_once_and_never_stored() -> None:
    told = story((0, OLD), (1, NEW), (2, NEW), (3, SILENT), (4, OLD), (5, NEW))
    assert told == [(), ("device.other", "refused"), ("refused",), ("refused",), (), ("device.other", "refused")]


def test_a_stranger_that_stays_a_day_is_the_replacement() -> None:
    assert story((0, OLD), (1, NEW), (24, NEW), (25, NEW), (26, NEW)) == [
        (), ("device.other", "refused"), ("refused",), ("device.replaced",), (),
    ]  # fmt: skip


def test_another_stranger_begins_its_own_day() -> None:
    told = story((0, OLD), (1, NEW), (20, THIRD), (30, THIRD), (44, THIRD))
    assert told == [(), ("device.other", "refused"), ("device.other", "refused"), ("refused",), ("device.replaced",)]


def test_what_was_the_device_before_is_it_again_at_once() -> None:
    """Two firewalls behind one address take turns."""
    told = story((0, OLD), (1, NEW), (25, NEW), (26, OLD), (27, NEW))
    assert told[2:] == [("device.replaced",), ("device.replaced",), ("device.replaced",)]


def test_with_any_whatever_answers_is_the_device() -> None:
    assert story((0, OLD), (1, NEW), (2, NEW), policy="any") == [(), ("device.replaced",), ()]


def test_a_new_network_card_or_firmware_is_the_same_device() -> None:
    learned = Identity("OLD-1", "u2", frozenset({"00:1b:a9:44:55:66"}))
    verdict = judge("p-1", Known(OLD), learned, 0)
    assert not verdict.refused
    assert judge("p-1", verdict.known, Identity("", "u2"), 0).refused == ""


def test_a_clock_that_was_set_back_does_not_make_a_replacement_of_a_stranger() -> None:
    assert story((100, OLD), (101, NEW), (50, NEW), (73, NEW), (75, NEW))[2:] == [
        ("device.other", "refused"), ("refused",), ("device.replaced",),
    ]  # fmt: skip


def test_the_refusal_says_who_who_was_expected_and_what_to_do() -> None:
    verdict = judge("p-1", Known(OLD), NEW, 0)
    assert verdict.refused == (
        "another device answers at this address: serial NEW-2, expected serial OLD-1; replaced on purpose: "
        "firstbell-agent forget 'p-1' (else it counts as the replacement after 24 h)"
    )
    [event] = verdict.events
    assert dict(event.detail) == {"expected": "serial OLD-1", "found": "serial NEW-2"}
