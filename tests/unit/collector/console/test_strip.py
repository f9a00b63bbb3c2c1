"""The last 24 hours as a strip."""

from datetime import UTC, datetime, timedelta

from collector.console.standing import WORDS
from collector.console.strip import SLOTS, Run, Span, in_words, reach_spans, runs

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=9)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def test_a_quiet_day_is_one_run() -> None:
    assert runs([], LONG_AGO, NOW) == [Run(0, SLOTS, "ok")]


def test_before_anything_was_known_is_not_fine() -> None:
    assert runs([], None, NOW) == [Run(0, SLOTS, "empty")]
    assert runs([], ago(6), NOW) == [Run(0, 72, "empty"), Run(72, 24, "ok")]


def test_the_worst_wins_and_what_lasts_reaches_now() -> None:
    strip = runs(
        [Span(ago(12), ago(6.01), "minor"), Span(ago(10), ago(9.01), "critical"), Span(ago(1), None, "unknown")],
        LONG_AGO,
        NOW,
    )
    assert [(run.length, run.state) for run in strip] == [
        (48, "ok"), (8, "minor"), (4, "critical"), (12, "minor"), (20, "ok"), (4, "unknown"),
    ]  # fmt: skip


def test_a_moment_is_seen_and_what_ended_before_is_not() -> None:
    assert Run(95, 1, "major") in runs([Span(NOW, NOW, "major")], LONG_AGO, NOW)
    assert runs([Span(ago(50), ago(25), "major")], LONG_AGO, NOW) == [Run(0, SLOTS, "ok")]
    assert runs([Span(ago(50), None, "major")], LONG_AGO, NOW) == [Run(0, SLOTS, "major")]


def test_reach() -> None:
    changes = [(ago(30), True), (ago(5), False), (ago(4), True), (ago(1), False)]
    assert reach_spans(changes) == [Span(ago(5), ago(4), "unreachable"), Span(ago(1), None, "unreachable")]


def test_in_words() -> None:
    assert (
        in_words([Run(0, 90, "ok"), Run(90, 6, "critical")], WORDS)
        == "Last 24 h: fine 22 h 30 min, critical 1 h 30 min"
    )
