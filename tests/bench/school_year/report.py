"""A run's score in lines: a row for each fault and upheaval with why it failed, what was opened for nothing, the figures. Pure."""

from collections import Counter

from tests.bench.school_year.day import MINUTE
from tests.bench.school_year.score import Outcome, Score


def lines(score: Score) -> list[str]:
    """All of it."""
    found = ["", f"{'row':6} {'what':60} {'limit':>7} {'delay':>7}  result"]
    found += [_line(one) for one in sorted(score.outcomes, key=lambda one: one.row.id)]
    found += [
        f"{row.id:6} {row.what[:60]:60} {'':15}  cannot be played: {row.missing or 'found no place in these weeks'}"
        for row in score.skipped
    ]
    found += ["", f"opened for nothing: {len(score.false)}, of them told at once as shipped: {len(score.false_told)}"]
    found += [f"{count:5} × {rule} [{severity}] as “{example}”" for (rule, severity), count, example in _false(score)]
    found += ["", *(f"{name:45} {value}" for name, value in score.figures().items())]
    return found


def _line(one: Outcome) -> str:
    limit = f"{one.row.within_ms / MINUTE:.0f}" if one.row.expect else ""
    delay = f"{one.delay / MINUTE:.1f}" if one.delay is not None else ""
    return (
        f"{one.row.id:6} {one.row.what[:60]:60} {limit:>7} {delay:>7}  {'ok' if not one.why else 'FAILED: ' + one.why}"
    )


def _false(score: Score) -> list[tuple[tuple[str, str], int, str]]:
    count = Counter((problem.rule, problem.severity) for problem in score.false)
    example = {(problem.rule, problem.severity): problem.title for problem in score.false}
    return [(key, times, example[key]) for key, times in count.most_common()]
