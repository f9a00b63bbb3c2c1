"""Rule files: what is read, what is refused and how it is said; the README's table of the built-in ones."""

import re
from pathlib import Path

import pytest

from collector.problems.rules import BUILT_IN, WATCHES, load
from collector.problems.tuning import Scope, Setting
from protocols.metrics import BY_NAME

GOOD = """
[[rule]]
name = "a.b"
metric = "host.load"
above = 3
for = "90s"
severity = "minor"
title = "{device} works hard: {value}"
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_all_rules_of_the_product_are_read() -> None:
    book = load()
    assert book.refused == []
    assert set(WATCHES) <= set(book.rules)
    for rule in book.state_rules():
        assert rule.metric in BY_NAME, f"{rule.name} is for a metric that the catalogue does not have"


def test_a_rule_in_full(tmp_path: Path) -> None:
    (rule,) = load([written(tmp_path, "r.toml", GOOD)]).state_rules()
    assert (rule.sign, rule.limit, rule.clear, rule.for_ms, rule.label) == (1, 3.0, 3.0, 90_000, "*")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("above = 3", "above = 3\nbelow = 1"), "line 2: rule 'a.b': exactly one of above, below and is"),
        (("above = 3", ""), "exactly one of above, below and is; this has none"),
        (('"90s"', '"soon"'), "for = 'soon' is no duration"),
        (("above = 3", "above = 3\nclear = 5"), "clear = 5.0 must lie on the good side"),
        (("{value}", "{vlaue}"), "title names {vlaue}"),
        (("{value}", "{value"), "title"),
        (("{value}", "{value:.3f}"), "write {value} alone"),
        (("{value}", "{value!r}"), "write {value} alone"),
        (("{value}", "{}"), "title names {}"),
        (("{value}", "{value.real}"), "title names {value.real}"),
        (("severity", "severty"), "line 2: unknown key 'severty' = 'minor'; did you mean 'severity'?"),
        (('"minor"', '"mini"'), "line 2: severity = 'mini': one of info, minor, major, critical"),
        (("[[rule]]", "[[rules]]"), "unknown key 'rules'; did you mean 'rule'?"),
        (("[[rule]]", "[rule]"), "write each rule below its own [[rule]]"),
        (("[[rule]]", "rule = 3\n[other]"), "unknown key 'other'"),
        (("host.load", "host.laod"), "metric = 'host.laod' is not in the catalogue; did you mean 'host.load'?"),
        (("host.load", "coffee"), "metric = 'coffee' is not in the catalogue"),
        (('"a.b"', '""'), "name = ''"),
        (("above = 3", "above = nan"), "above = nan is no limit"),
        (("above = 3", "above = true"), "above = 'True'"),
        (("above = 3", "is = []"), "is = []; name 1 to 8 values"),
        (("above = 3", "is = [1, 2, 3, 4, 5, 6, 7, 8, 9]"), "name 1 to 8 values"),
        (("above = 3", "is = [1]\nclear = 0"), "clear = 0.0 goes with above or below"),
        (('"90s"', '"99999999999d"'), "longer than a year"),
        (("above = 3", "above ="), "line 5"),
    ],
)
def test_a_file_that_cannot_be_read_names_the_place_and_the_others_go_on(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    bad = written(tmp_path, "bad.toml", GOOD.replace(*change))
    book = load([BUILT_IN, bad, written(tmp_path, "good.toml", GOOD)])
    (line,) = book.refused
    assert says in line
    assert str(bad) in line
    assert "\n" not in line
    assert "a.b" in book.rules


def test_lines_are_those_of_the_file_however_a_table_is_written(tmp_path: Path) -> None:
    text = f"  [[ rule ]]  # the first\n{GOOD.replace('[[rule]]', '')}\n[[rule]]\nname = 3"
    (line,) = load([written(tmp_path, "r.toml", text)]).refused
    assert f"line {text.splitlines().index('[[rule]]') + 1}: name = '3'" in line


def test_what_is_watched_is_named(tmp_path: Path) -> None:
    text = '[[built-in]]\nwatch = "agent.slient"\nseverity = "major"\ntitle = "t"'
    (line,) = load([written(tmp_path, "r.toml", text)]).refused
    assert "watch = 'agent.slient' is not watched; did you mean 'agent.silent'?" in line


def test_names_are_unique(tmp_path: Path) -> None:
    book = load([written(tmp_path, "one.toml", GOOD), written(tmp_path, "two.toml", GOOD)])
    assert "exists already" in book.refused[0]
    assert "a second rule" in load([written(tmp_path, "three.toml", GOOD + GOOD)]).refused[0]
    assert "no-such" in load([tmp_path / "no-such.toml"]).refused[0]


def test_the_readme_lists_the_built_in_rules_as_they_are() -> None:
    text = BUILT_IN.with_name("README.md").read_text()
    listed = re.findall(r"^\| `([a-z.-]+)` \| (\w+) \| (\w+) \|", text, re.MULTILINE)
    units = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
    rows = {(name, severity, int(span[:-1]) * units[span[-1]]) for name, severity, span in listed}
    assert rows == {(rule.name, rule.severity, rule.for_ms) for rule in load([BUILT_IN]).rules.values()}


def test_settings_that_cannot_go_together_are_said() -> None:
    book = load()
    district = Setting("host.disk.full", Scope(), {"above": 80})
    servers = Setting("host.disk.full", Scope(kind="server"), {"clear": 85, "severity": "major"})
    (line,) = book.tune([district, servers])
    assert "kind server" in line
    assert "clear = 85.0 must lie on the good side of above = 80.0, as set for the district" in line
    assert book.tune([district, servers._replace(scope=Scope(kind="camera"), changes={"above": 95})]) == []
