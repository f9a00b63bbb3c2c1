"""The sentence at the top of Now: every branch."""

import pytest

from collector.console.sentence import Cause, Sentence, Standing, listed, phrase, sentence


def standings(**states: str) -> list[Standing]:
    return [Standing(name.replace("_", " "), state) for name, state in states.items()]


FOURTEEN = [Standing(f"School {number}", "ok") for number in range(14)]


def said(buildings: list[Standing], *causes: Cause) -> str:
    result = sentence(buildings, causes)
    return f"{result.subject} {result.text}".strip()


def test_nothing_yet() -> None:
    assert sentence([], []) == Sentence("unknown", "", "No buildings yet.")


def test_all_fine() -> None:
    assert said(FOURTEEN) == "All 14 buildings are fine."
    assert said(standings(Lincoln="ok")) == "Lincoln is fine."
    assert sentence(FOURTEEN, []).tone == "ok"


def test_a_building_without_devices_is_not_called_fine() -> None:
    assert said(standings(Lincoln="empty")) == "Waiting for the first reading from Lincoln."
    result = sentence(standings(Lincoln="empty", East="ok", West="ok"), [])
    assert (result.text, result.more) == ("2 buildings are fine.", "Nothing is watched yet in Lincoln.")


def test_one_cause_with_what_is_behind_it() -> None:
    what = phrase("device.unreachable", "IDF-2 does not answer", "switch IDF-2", "07:19")
    buildings = [*FOURTEEN[:13], Standing("Middle School", "critical")]
    result = sentence(buildings, [Cause("Middle School", what, "critical", 43)])
    assert result.subject == "Middle School:"
    assert result.text == "switch IDF-2 has not answered since 07:19; 43 devices behind it are out of reach."
    assert (result.tone, result.more) == ("critical", "13 other buildings are fine")


def test_one_device_behind_is_singular() -> None:
    assert said(FOURTEEN, Cause("A", "x, since 07:19", "major", 1)).endswith("1 device behind it is out of reach.")


def test_a_silent_agent_makes_unknown_not_down() -> None:
    what = phrase("agent.silent", "Garage agent is not reporting", None, "07:14")
    result = sentence(standings(Garage="unknown", East="ok"), [Cause("Garage", what, "major", 3, silent=True)])
    assert f"{result.subject} {result.text}" == (
        "Garage: its agent has not reported since 07:14; 3 devices behind it are unknown."
    )
    assert result.more == "1 other building is fine"


def test_unknown_without_a_cause_is_said_before_fine() -> None:
    result = sentence(standings(East="ok", West="unknown", North="ok"), [])
    assert (result.tone, result.text) == ("unknown", "Nothing certain is known of West.")
    assert result.more == "2 other buildings are fine"


def test_unknown_outweighs_small_things() -> None:
    result = sentence(standings(East="minor", West="unknown"), [Cause("East", "x", "minor")])
    assert result.tone == "unknown"
    assert result.more == "1 smaller thing can wait"


def test_several_causes_name_the_first_and_count_the_rest() -> None:
    causes = [Cause("A", "a down, since 07:00", "critical"), Cause("B", "b", "major"), Cause("C", "c", "minor")]
    result = sentence(standings(A="critical", B="major", C="minor", D="unknown", E="ok"), causes)
    assert result.text == "a down, since 07:00."
    assert result.more == "1 more urgent problem in B · D unknown · 1 smaller thing can wait · 1 other building is fine"


def test_a_silent_building_is_not_counted_twice() -> None:
    causes = [Cause("A", "a", "critical"), Cause("B", "b", "major", 3, silent=True)]
    assert sentence(standings(A="critical", B="unknown"), causes).more == "1 more urgent problem in B"


def test_more_at_the_same_place_is_more_there() -> None:
    causes = [Cause("A", "a", "major"), Cause("A", "b", "major"), Cause("A", "c", "major")]
    assert sentence(standings(A="major", B="ok"), causes).more == (
        "2 more urgent problems there · 1 other building is fine"
    )


def test_two_buildings_are_both() -> None:
    assert sentence(standings(A="ok", B="ok"), []).text == "Both buildings are fine."


@pytest.mark.parametrize(("number", "words"), [(1, "one small thing"), (3, "3 small things")])
def test_only_small_things(number: int, words: str) -> None:
    result = sentence(FOURTEEN, [Cause("A", "x", "minor")] * number)
    assert (result.tone, result.text) == ("minor", f"Nothing urgent; {words} can wait.")


def test_notes_alone_are_no_warning() -> None:
    assert sentence(FOURTEEN, [Cause("A", "x", "info")]).tone == "info"
    assert sentence(FOURTEEN, [Cause("A", "x", "info"), Cause("B", "y", "minor")]).tone == "minor"


def test_a_cause_without_a_building() -> None:
    assert said(FOURTEEN, Cause(None, "the broker is down, since 07:00", "major")) == "the broker is down, since 07:00."


def test_any_other_rule_reads_by_its_title() -> None:
    assert (
        phrase("host.disk.full", "sis: disk / is 91 % full.", "sis", "07:19") == "sis: disk / is 91 % full, since 07:19"
    )
    assert phrase("device.unreachable", "It does not answer", None, "07:19") == "It does not answer, since 07:19"


@pytest.mark.parametrize(
    ("names", "words"),
    [(["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C"), (list("ABCDE"), "A, B, C and 2 more")],
)
def test_listed(names: list[str], words: str) -> None:
    assert listed(names) == words
