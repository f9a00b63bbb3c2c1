"""The rules that are shipped, over readings: one thing that is wrong is one problem."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from protocols.driver import Reading
from protocols.drivers.probe.answers import Certificate, Opened, Web
from protocols.drivers.probe.decode import DAY_MS, decode
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.target import read_aim

NOW = 1_760_000_000_000
RULES = tomllib.loads((Path(__file__).parents[1] / "rules.toml").read_text("utf-8"))["rule"]


def holds(rule: dict[str, Any], value: float) -> bool:
    if "is" in rule:
        return value in rule["is"]
    return value > rule["above"] if "above" in rule else value < rule["below"]


def opens(reading: Reading) -> set[str]:
    """The rules whose condition holds; of several of one point the gravest, as the collector folds them."""
    worst: dict[tuple[str, str | None], tuple[int, str]] = {}
    for sample in reading.samples:
        for rule in RULES:
            if (
                rule["metric"] == sample.metric
                and rule.get("label") in (None, sample.label)
                and holds(rule, sample.value)
            ):
                grave = ("info", "minor", "major", "critical").index(rule["severity"])
                point = (sample.metric, sample.label)
                worst[point] = max(worst.get(point, (grave, rule["name"])), (grave, rule["name"]))
    return {name for _, name in worst.values()}


def shown(
    days: float, lives: float = 365, problem: str | None = None, address: str = "tls://sis.example", **options: bool
) -> set[str]:
    ends = round(NOW + days * DAY_MS)
    answer = Opened({"total": 0.1}, Certificate("CN=sis", "CN=ca", round(ends - lives * DAY_MS), ends, problem))
    return opens(decode(answer, read_aim(address, "x"), ProbeOptions(**options), NOW))


@pytest.mark.parametrize(
    ("days", "problem", "rules"),
    [
        (100, None, set()),
        (13, None, {"probe.certificate.ending"}),
        (2, None, {"probe.certificate.last-days"}),
        (-1, "has expired", {"probe.certificate.last-days"}),
        (100, "has expired", {"probe.wrong"}),
        (2, "is self-signed", {"probe.wrong"}),
        (-1, "is self-signed", {"probe.wrong"}),
    ],
)
def test_a_certificate_is_one_problem_from_its_last_days_on(days: float, problem: str | None, rules: set[str]) -> None:
    assert shown(days, problem=problem) == rules


def test_a_certificate_that_a_program_renews_every_week_is_none_until_it_ended() -> None:
    assert shown(1, lives=6.7) == set()
    assert shown(-0.1, lives=6.7, problem="has expired") == {"probe.wrong"}


def test_a_device_with_a_certificate_of_its_own_is_none() -> None:
    assert shown(-3000, problem="is self-signed", verify=False) == set()
    assert shown(-3000, problem="has expired", verify=False) == set()


def test_the_certificate_of_a_site_that_must_be_blocked_is_nobodys_to_renew() -> None:
    ends = NOW + DAY_MS
    page = Web(
        403,
        "",
        "https://games.example/",
        "",
        {"total": 0.1},
        certificate=Certificate("a", "b", NOW - 90 * DAY_MS, ends),
    )
    reading = decode(page, read_aim("https://games.example/", "x"), ProbeOptions(must_be_blocked=True), NOW)
    assert opens(reading) == set()
