"""A problem's life, whatever the order of conditions, people and senders."""

import itertools
from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from collector.problems.lifecycle import (
    FLAPPING,
    REOPEN_MS,
    Change,
    Life,
    after,
    occurrence,
    told_after_ms,
    when_active,
    when_clear,
)  # fmt: skip

MINUTE = 60_000
OPENING = (Change.OPENED, Change.REOPENED)


class Step(NamedTuple):
    """Minutes that pass, whether the condition holds then, as a symptom or not, what a person does, whether the sender runs."""

    minutes: int
    active: bool
    symptom: bool
    person: str
    sends: bool


STEPS = st.lists(
    st.builds(
        Step,
        minutes=st.sampled_from([0, 1, 1, 1, 5, 16]),
        active=st.booleans(),
        symptom=st.sampled_from([False, False, False, True]),
        person=st.sampled_from(["", "", "", "", "acknowledged", "snoozed", "resolve"]),
        sends=st.booleans(),
    ),
    min_size=20,
    max_size=80,
)
"""Long enough to flap."""


@dataclass
class Story:
    """One problem and what its one channel is told: each change of each coming once, the resolution where the coming went."""

    life: Life
    symptom: bool = False
    rows: dict[tuple[Change, int], int] = field(default_factory=dict)
    sent: list[tuple[Change, int]] = field(default_factory=list)

    def tell(self, change: Change, now: int) -> None:
        coming = occurrence(self.life)
        of_this = any(row[0] in OPENING and row[1] == coming for row in self.rows)
        if (self.life.told and of_this) if change is Change.RESOLVED else not self.symptom:
            self.rows.setdefault((change, coming), now + told_after_ms(self.life, change))
            self.life = self.life._replace(told=True)

    def send(self, now: int) -> None:
        self.sent += [row for row, due in self.rows.items() if due <= now and row not in self.sent]

    def take_back(self) -> bool:
        row = (Change.RESOLVED, occurrence(self.life))
        return row not in self.sent and bool(self.rows.pop(row, 1))


def told_to_the_end(steps: list[Step]) -> tuple[list[Story], list[Change], bool]:
    """Every problem that came of these steps, all changes, and whether the condition holds at last."""
    stories: list[Story] = []
    changes: list[Change] = []
    now, since, was = 0, 0, False
    for step in steps:
        now += step.minutes * MINUTE
        since = now if step.active and not was else since
        was = step.active
        story = stories[-1] if stories else None
        life = story.life if story else None
        change = when_active(life, since, now) if step.active else when_clear(life)
        if change is Change.REOPENED and story and story.life.flapping and not story.take_back():
            change = Change.OPENED
        if change is Change.REOPENED:
            assert life is not None
            assert life.resolved_at is not None
            assert now - life.resolved_at <= REOPEN_MS
        if change is not None:
            if story is None or change is Change.OPENED:
                story = Story(Life("open"))
                stories.append(story)
            story.life = after(life, change, now)
            story.symptom = step.symptom if change in OPENING else story.symptom
            changes.append(change)
            story.tell(change, now)
        if story and story.life.live and step.person == "resolve":
            at_once = max((row[1] for row in story.rows if row[0] in OPENING), default=None)
            story.life = story.life._replace(state="resolved", resolved_at=now, dismissed=True)
            changes.append(Change.RESOLVED)
            if at_once is not None:
                story.rows.setdefault((Change.RESOLVED, at_once), now)
        elif story and story.life.live and step.person:
            story.life = story.life._replace(state=step.person)
        for each in stories if step.sends else ():
            each.send(now)
    for story in stories:
        story.send(now + REOPEN_MS)
    return stories, changes, was


@given(STEPS)
def test_each_problems_messages_pair_up_and_end_as_the_problem_did(steps: list[Step]) -> None:
    stories, changes, active = told_to_the_end(steps)
    assert all((one in OPENING) != (two in OPENING) for one, two in itertools.pairwise(changes))
    assert [story for story in stories[:-1] if story.life.live] == []
    for story in stories:
        sent = [change in OPENING for change, _ in story.sent]
        assert sent == [place % 2 == 0 for place in range(len(sent))], "an opening, its resolution, and so on"
        assert len(sent) <= 2 * (FLAPPING + 1)
        if story.life.live:
            assert active
            assert story.symptom or sent[-1], "there, and told so"
        else:
            assert not sent or not sent[-1], "over, and told so"
    if stories and active:
        assert stories[-1].life.live or stories[-1].life.dismissed
    if not active:
        assert not any(story.life.live for story in stories)


def test_flapping_ten_times_is_told_four_times_and_once_more_when_it_stays_away() -> None:
    flaps = [Step(1, active, symptom=False, person="", sends=True) for active in [True, False] * 10]
    (story,), changes, _ = told_to_the_end(flaps)
    assert len(changes) == 20
    assert [change.value for change, _ in story.sent] == ["opened", "resolved"] + ["reopened", "resolved"] * FLAPPING


def test_a_flapping_one_that_is_told_resolved_comes_back_as_another() -> None:
    flaps = [Step(1, active, symptom=False, person="", sends=True) for active in [True, False] * 5]
    late = [Step(15, False, symptom=False, person="", sends=True), Step(0, True, symptom=False, person="", sends=True)]
    stories, _, _ = told_to_the_end(flaps + late)
    assert [story.life.state for story in stories] == ["resolved", "open"]
    assert [change.value for change, _ in stories[1].sent] == ["opened"]


def test_after_a_quarter_of_an_hour_it_is_another_problem() -> None:
    life = Life("resolved", resolved_at=0)
    assert when_active(life, 1, REOPEN_MS) is Change.REOPENED
    assert when_active(life, 1, REOPEN_MS + 1) is Change.OPENED


def test_a_dismissed_one_comes_back_only_when_the_condition_came_anew() -> None:
    life = Life("resolved", resolved_at=1000, dismissed=True)
    assert when_active(life, 1000, 2000) is None
    assert when_active(life, 1001, 2000) is Change.REOPENED


def test_a_dismissed_flapping_one_is_told_so_at_once_and_comes_back_as_another() -> None:
    life = Life("resolved", resolved_at=1000, reopened=FLAPPING, told=True, dismissed=True)
    assert when_active(life, 1001, 2000) is Change.OPENED
