"""What groups are made of: what is recorded under them, and what is about to be. Pure."""

from collections.abc import Mapping

from collector.calendar.silences import Subject
from collector.problems.finding import Finding, Key
from collector.problems.plan import Live, Plan
from collector.problems.topology.together import is_group


def members_of(todo: Plan, live: Mapping[Key, Live]) -> dict[Key, list[Subject]]:
    """What groups are made of, by the group's key: what is about to be theirs, and what is."""
    keys = {problem.id: key for key, problem in live.items()}
    found: dict[Key, list[Subject]] = {}
    for group, findings in joining(todo).items():
        found[group] = [Subject(finding.key.rule, finding.building, finding.device) for finding in findings]
    for key, problem in live.items():
        cause = keys.get(problem.cause or 0)
        if cause is not None and is_group(cause):
            found.setdefault(cause, []).append(Subject(key.rule, problem.building, problem.device))
    return found


def joining(todo: Plan) -> dict[Key, list[Finding]]:
    """What is about to be recorded under groups, by the group's key."""
    found: dict[Key, list[Finding]] = {}
    for finding, cause in [*todo.open, *((finding, cause) for _, finding, cause in todo.move)]:
        if cause is not None and is_group(cause):
            found.setdefault(cause, []).append(finding)
    return found
