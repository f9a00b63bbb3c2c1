"""What a forced door brings about is not told beside it."""

from agent.edge.folding import AFTER_MS, BRINGS, SETTLE_MS, Folding
from agent.edge.judge import Key, Standing
from agent.edge.rules import load
from collector.problems.topology.consequences import DEVICE, LABEL, ROWS

NOW = 1_760_000_000_000
FORCED = Key("door.forced", "gate", "door.alarm", "east")
OPEN = Key("door.open.night", "gate", "door.position", "east")
UNSECURED = Key("door.unsecured.night", "gate", "door.secured", "east")
OTHER = Key("door.open.night", "gate", "door.position", "west")


def stand(*keys: Key, fired: int = NOW - 60_000) -> dict[Key, Standing]:
    return {key: Standing(fired, fired, fired, 1.0, None) for key in keys}


def test_it_is_what_the_collectors_rows_say_of_the_rules_that_are_judged_here() -> None:
    judged = {rule.name for rule in load().rules}
    rows = {row.cause: row.effects & judged for row in ROWS if row.where in (LABEL, DEVICE) and row.cause in judged}
    assert {cause: effects for cause, effects in rows.items() if effects} == BRINGS


def test_a_forced_door_that_stands_open_is_one_and_another_door_is_another() -> None:
    assert set(Folding().own(stand(FORCED, OPEN, UNSECURED, OTHER), set(), NOW)) == {FORCED, OTHER}
    assert set(Folding().own(stand(OPEN, UNSECURED), set(), NOW)) == {OPEN}


def test_what_was_told_already_goes_on_to_its_own_end() -> None:
    assert set(Folding().own(stand(FORCED, OPEN), {OPEN}, NOW)) == {FORCED, OPEN}


def test_what_stands_two_minutes_after_its_cause_is_over_stands_for_itself() -> None:
    folding = Folding()
    folding.own(stand(FORCED, OPEN), set(), NOW)
    assert folding.own(stand(OPEN), set(), NOW + AFTER_MS - 1) == {}
    assert set(folding.own(stand(OPEN), set(), NOW + AFTER_MS)) == {OPEN}


def test_a_consequence_waits_a_moment_for_its_cause() -> None:
    folding = Folding()
    assert folding.own(stand(OPEN, fired=NOW), set(), NOW + SETTLE_MS - 1) == {}
    assert set(folding.own(stand(OPEN, FORCED, fired=NOW), set(), NOW + SETTLE_MS)) == {FORCED}
    assert set(Folding().own(stand(OPEN, fired=NOW), set(), NOW + SETTLE_MS)) == {OPEN}
