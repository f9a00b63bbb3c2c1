"""A problem's life, whatever the order of conditions and people."""

import itertools
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from collector.problems.lifecycle import FLAPPING, REOPEN_MS, Change, Life, after, is_told, when_active, when_clear

MINUTE = 60_000


class Step(NamedTuple):
    """Minutes that pass, whether the condition holds then, what a person does."""

    minutes: int
    active: bool
    person: str


STEPS = st.lists(
    st.builds(Step, st.integers(0, 40), st.booleans(), st.sampled_from(["", "", "acknowledged", "snoozed", "resolve"])),
    max_size=60,
)


@given(STEPS)
def test_changes_alternate_and_messages_pair_up(steps: list[Step]) -> None:
    life: Life | None = None
    now, since, was = 0, 0, False
    changes: list[Change] = []
    told: list[Change] = []
    for step in steps:
        now += step.minutes * MINUTE
        since = now if step.active and not was else since
        was = step.active
        change = when_active(life, since, now) if step.active else when_clear(life)
        if change is not None:
            before = life
            life = after(life, change, now)
            changes.append(change)
            if change is Change.REOPENED:
                assert before is not None
                assert before.resolved_at is not None
                assert now - before.resolved_at <= REOPEN_MS
            if is_told(life, change, symptom=False):
                told.append(change)
                life = life._replace(told=True)
        if life is not None and life.live and step.person == "resolve":
            life = life._replace(state="resolved", resolved_at=now, dismissed=True)
            changes.append(Change.RESOLVED)
        elif life is not None and life.live and step.person:
            life = life._replace(state=step.person)
        if step.active and change is None:
            assert life is not None
            assert life.live or life.dismissed
        if not step.active:
            assert life is None or not life.live
    opening = (Change.OPENED, Change.REOPENED)
    assert all((one in opening) != (two in opening) for one, two in itertools.pairwise(changes))
    assert told.count(Change.RESOLVED) <= len([change for change in told if change in opening])


def test_what_was_told_nobody_is_not_told_resolved() -> None:
    life = after(Life("open"), Change.RESOLVED, 5)
    assert not is_told(life, Change.RESOLVED, symptom=False)
    assert is_told(life._replace(told=True), Change.RESOLVED, symptom=False)


def test_symptoms_and_flapping_are_told_nobody() -> None:
    assert not is_told(Life("open"), Change.OPENED, symptom=True)
    assert not is_told(Life("open", reopened=FLAPPING + 1, told=True), Change.REOPENED, symptom=False)


def test_after_a_quarter_of_an_hour_it_is_another_problem() -> None:
    life = Life("resolved", resolved_at=0)
    assert when_active(life, 1, REOPEN_MS) is Change.REOPENED
    assert when_active(life, 1, REOPEN_MS + 1) is Change.OPENED


def test_a_dismissed_one_comes_back_only_when_the_condition_came_anew() -> None:
    life = Life("resolved", resolved_at=1000, dismissed=True)
    assert when_active(life, 1000, 2000) is None
    assert when_active(life, 1001, 2000) is Change.REOPENED
