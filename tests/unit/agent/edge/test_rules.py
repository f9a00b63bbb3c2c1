"""Which rules the agent judges, and what it says of those it cannot read."""

from pathlib import Path

import pytest

from agent.edge.rules import load
from protocols.registry import DRIVERS

FREEZER = """
[[rule]]
name = "kitchen.freezer.warm"
metric = "bacnet.value"
device = "kitchen"
label = "analog-input,3"
above = -12
clear = -15
for = "20m"
severity = "critical"
title = "{device}: the freezer is at {value}"
"""


def test_the_shipped_rules_of_doors_and_power_are_taken_and_no_others() -> None:
    rules, refused = load()
    assert refused == ()
    names = {rule.name for rule in rules}
    assert {"door.forced", "door.held", "ups.battery.running", "ups.battery.low", "ups.output.off"} <= names
    assert not {name for name in names if name.startswith(("printer.", "camera.", "probe.", "lan."))}
    assert {rule.severity for rule in rules} == {"critical", "major"}
    forced = next(rule for rule in rules if rule.name == "door.forced")
    duress = next(rule for rule in rules if rule.name == "door.duress")
    assert (duress.metric, duress.event, duress.lasts_ms, duress.severity) == ("", "door.duress", 3_600_000, "critical")
    assert (forced.values, forced.for_ms, forced.unknown == forced.unknown) == ((1.0,), 0, True)


def test_ones_own_rules_and_those_left_out(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(FREEZER)
    rules, refused = load(own, ["door.held"])
    assert refused == ()
    assert "door.held" not in {rule.name for rule in rules}
    (freezer,) = [rule for rule in rules if rule.name == "kitchen.freezer.warm"]
    assert freezer.concerns("kitchen", "analog-input,3")
    assert not freezer.concerns("boiler", "analog-input,3")
    assert not freezer.concerns("kitchen", None)
    assert [
        freezer.holds(-11, False),
        freezer.holds(-13, False),
        freezer.holds(-13, True),
        freezer.holds(-15, True),
    ] == [True, False, True, False]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('above = "x"', "above = 'x': write a number"),
        ("above = nan", "write a number"),
        ("below = 3", "exactly one of above, below and is"),
        ("clear = -10", "must lie on the good side"),
        ('for = "soon"', "for = 'soon' is no duration; write for instance"),
        ('metric = "freezer"', "is not in the catalogue"),
        ('severity = "bad"', "severity = 'bad': one of"),
        ('title = "{who}"', "title names {who}"),
        ('title = "{"', "title"),
        ('during = "class"', "during = 'class': the agent knows always, night, lock-down alone"),
        ('per = "5m"', "per is judged by the collector alone"),
    ],
)
def test_a_wrong_rule_is_named_and_the_others_go_on(tmp_path: Path, line: str, says: str) -> None:
    key = line.partition(" ")[0]
    kept = "\n".join(row for row in FREEZER.splitlines() if not row.startswith(key + " "))
    own = tmp_path / "own.toml"
    own.write_text(f"{FREEZER.replace('freezer', 'cooler')}{kept}\n{line}\n")
    rules, refused = load(own, files=[])
    assert [rule.name for rule in rules] == ["kitchen.cooler.warm"]
    assert len(refused) == 1
    assert f"{own}: line 13" in refused[0]
    assert says in refused[0]


def test_a_file_that_is_no_toml_harms_no_other(tmp_path: Path) -> None:
    broken = tmp_path / "rules.toml"
    broken.write_text("[[rule]\nname =")
    rules, refused = load(files=[broken, DRIVERS / "door" / "rules.toml"])
    assert {"door.forced", "door.unsecured.night"} <= {rule.name for rule in rules}
    assert len(refused) == 1
    assert str(broken) in refused[0]


def test_a_rule_that_asks_for_more_than_one_machine_knows_is_left_to_the_collector(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    row = '[[rule]]\nname = "{0}"\nmetric = "door.position"\nseverity = "major"\ntitle = "t"\nis = [1]\n{1}\n'
    path.write_text(
        row.format("a", 'during = "closed"') + row.format("b", 'during = "night"') + row.format("c", 'kinds = ["door"]')
        + row.format("d", "enabled = false") + row.format("e", "changes = 3\nper = '5m'")
    )  # fmt: skip
    rules, refused = load(files=[path])
    assert [(rule.name, rule.during) for rule in rules] == [("b", "night")]
    assert refused == ()
