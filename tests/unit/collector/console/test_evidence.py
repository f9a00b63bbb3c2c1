"""Evidence in words and drawn, and who was told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.console.evidence import Setting, facts
from collector.console.evidence_chart import Judged, chart, judged, own_rows, span
from collector.console.told import message, silence_of_it

NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)
HOW = Setting("%", {}, NOW, UTC, {7: "SAT"})
AT = round(NOW.timestamp() * 1000)


@pytest.mark.parametrize(
    ("evidence", "name", "value"),
    [
        ({"limit": 90.0}, "Limit", "90\u202f%"),
        ({"for_ms": 600_000}, "Held for at least", "10 min"),
        ({"normal": [10, 20]}, "Usual then", "10\u202f% to 20\u202f%"),
        ({"share": [[AT, 0.914]]}, "Time on, newest", "91\u202f% at 12:25"),
        ({"usual_share": [0, 0.4]}, "Time on, usual then", "0\u202f% to 40\u202f%"),
        ({"samples": [[AT, 91.0], [AT + 9_000, 91.0]]}, "Newest values", "91\u202f% at 12:25"),
        ({"members": [f"c{one}" for one in range(22)]}, "Which", ", ".join(f"c{one}" for one in range(20)) + " and 2 more"),
        ({"standing": "acknowledged in the building automation system"}, "There", "acknowledged in the building automation system"),
        ({"points": {"supply": 7, "gone": 8}}, "Points", "SAT"),
    ],
)  # fmt: skip
def test_each_kind_of_evidence_has_words(evidence: dict[str, Any], name: str, value: str) -> None:
    assert facts(evidence, HOW) == [(name, value)]


def test_each_of_several_points_has_its_own_values_and_band_in_its_own_unit() -> None:
    how = HOW._replace(points={7: "Supply air", 8: "Fan"}, units={7: "Cel", 8: "%"})
    unusual = [
        {"point": 7, "samples": [[AT, 45.0]], "normal": [10, 20]},
        {"point": 8, "share": [[AT, 0.9]], "usual_share": [0, 0.4]},
        {"point": 9, "samples": [[AT, 1.0]]},
    ]
    assert facts({"unusual": unusual}, how) == [
        ("Supply air", "newest values 45.0\u202f°C at 12:25; usual then 10.0\u202f°C to 20.0\u202f°C"),
        ("Fan", "time on, newest 90\u202f% at 12:25; time on, usual then 0\u202f% to 40\u202f%"),
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_KEYS = (
    "limit",
    "normal",
    "samples",
    "members",
    "points",
    "means",
    "last",
    "due",
    "days",
    "count",
    "is",
    "share",
    "usual_share",
    "unusual",
    "point",
    "other",
)


@given(st.dictionaries(st.sampled_from(_KEYS), _JSON))
def test_no_evidence_breaks_the_page(evidence: dict[str, Any]) -> None:
    assert all(fact.value for fact in facts(evidence, HOW))
    judged(evidence)
    own_rows(evidence)


def test_the_frame_takes_in_the_limit_and_the_moment() -> None:
    rows = [(NOW.timestamp() - 600 * part, 50.0, 50.0, 50.0) for part in range(9, -1, -1)]
    ends = span(NOW - timedelta(hours=1), None, NOW)
    drawn = chart(rows, ends, NOW - timedelta(hours=1), Judged(90.0), "%", UTC)
    assert drawn is not None
    assert 0 < float(drawn.limit or -1) < 90, "in the upper half"
    assert drawn.opened == "480"
    assert "the limit, the dashed line, is 90" in drawn.words
    banded = chart(rows, ends, NOW - timedelta(hours=1), Judged(None, (20.0, 30.0)), "%", UTC)
    assert banded is not None
    assert banded.band is not None
    assert float(banded.band[0]) > 90, "below the curve"
    assert chart([], ends, NOW, Judged(90.0), "%", UTC) is None


def test_a_young_history_fills_the_chart_and_nothing_is_less_than_empty() -> None:
    rows = [
        (NOW.timestamp() - 60 * part, level, level, level) for part, level in ((3, 72.0), (2, 72.0), (1, 0.0), (0, 0.0))
    ]
    opened = NOW - timedelta(minutes=1)
    drawn = chart(rows, span(opened, None, NOW), opened, Judged(), "%", UTC)
    assert drawn is not None
    assert drawn.moments[0] == "12:21"
    assert drawn.levels[-1].words == "0\u202f%"
    assert drawn.opened is not None
    assert float(drawn.opened) < 450


ROW = {
    "change": "opened", "step": 0, "channel": "Office", "enabled": True, "created_at": NOW, "attempts": 0,
    "next_attempt": NOW, "delivered_at": None, "error": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "state", "how"),
    [
        ({"delivered_at": NOW, "attempts": 1}, "ok", "delivered"),
        ({"delivered_at": NOW, "attempts": 3}, "ok", "delivered at try 3"),
        ({"attempts": 2, "error": "550 no"}, "major", "failed 2 times: 550 no; tried again 12:25"),
        ({"enabled": False}, "unknown", "waits: the channel is switched off"),
        ({"next_attempt": NOW + timedelta(hours=1)}, "unknown", "waits until 13:25"),
        ({"step": 1}, "unknown", "waits until 12:25, and is sent only if nobody has it by then"),
        ({}, "unknown", "is being sent"),
    ],
)
def test_a_message_says_how_it_stands(more: dict[str, Any], state: str, how: str) -> None:
    said = message(ROW | more, NOW, UTC)
    assert (said.state, said.how) == (state, how)


@pytest.mark.parametrize(
    ("cause", "severity", "silenced", "word"),
    [
        (4, "major", False, "its cause"),
        (None, "major", True, "silence"),
        (None, "info", False, "report"),
        (None, "minor", False, "report"),
        (None, "major", False, "channel"),
    ],
)
def test_why_nobody_was_told(cause: int | None, severity: str, silenced: bool, word: str) -> None:
    assert word in silence_of_it({"cause": cause, "severity": severity}, silenced)
