"""What every driver keeps, present and later: the folder is complete, and its parts agree with each other."""

import ast
import inspect
import json
import re
import subprocess
import sys
import tomllib
from array import array
from pathlib import Path
from typing import Any

import pytest

from protocols import registry
from protocols.driver import Driver
from protocols.metrics import BY_NAME
from protocols.options import describe, read_options
from protocols.wire.batch import Batch, PointKey
from protocols.wire.decode import decode
from protocols.wire.encode import encode

DRIVERS = Path(registry.DRIVERS)
FILES = (
    "__init__.py", "options.py", "client.py", "decode.py", "points.py", "rules.toml", "discover.py", "sample.toml",
    "cases", "tests", "README.md",
)  # fmt: skip
LIMITS = ("above", "below", "is", "rise", "fall", "changes", "resets")
RULE_KEYS = {
    "name",
    "metric",
    "label",
    "clear",
    "for",
    "severity",
    "title",
    "advice",
    "during",
    "kinds",
    "per",
    *LIMITS,
}
EVENT_KEYS = {"name", "event", "label", "count", "within", "until", "lasts", "severity", "title", "advice", "during"}
TITLE_FIELDS = {"device", "building", "point", "label", "value", "limit", "size", "bound", "state", "count"}
WRITES = re.compile(
    r"\b("
    r"write_property|write_property_multiple|WritePropertyRequest|WritePropertyMultipleRequest|WriteFileRequest"
    r"|ReinitializeDeviceRequest|DeviceCommunicationControlRequest"  # BACnet
    r"|set_cmd|snmp_set"  # SNMP
    r"|write_coils?|write_registers?|write_single_\w+|mask_write_register|readwrite_registers"  # Modbus
    r"|SetSystemDateAndTime|SystemReboot"  # ONVIF
    r"|UnlockDoor|LockDoor|AccessDoor|BlockDoor|LockDownDoor|LockOpenDoor|DoubleLockDoor|EnableAccessPoint"
    r"|DisableAccessPoint|submit_command|send_command"  # doors
    r"|set_power|turn_o(n|ff)|_transmit_ok"  # PJLink
    r"|run_command|set_var|INSTCMD"  # NUT
    r"|sendmail|send_message|UpdateMessage"  # mail, DNS
    r"|print_job|validate_job|cancel_job|pause_printer|resume_printer|set_printer_attributes"  # IPP
    r")\s*\("
    r"|<t\w+:(Set|Create(?!PullPoint)|Delete|Add|Remove|Start|Stop|SystemReboot)\w*"  # ONVIF, as XML
    r"|<tdc:(Access|Lock|Unlock|Block|DoubleLock)\w*|<tac:(Enable|Disable|External)\w*"  # doors, as XML
)
"""Calls by which a driver would change a device. Extend it with each family; simulators and tests may change their own."""

each_driver = pytest.mark.parametrize("kind", registry.kinds())


def folder(kind: str) -> Path:
    return DRIVERS / kind


def simulator(kind: str) -> Path:
    """The file that starts the simulator: a module, or a package where there is more to play."""
    single = folder(kind) / "simulator.py"
    return single if single.exists() else folder(kind) / "simulator" / "__main__.py"


def toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def rules(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = toml(folder(kind) / "rules.toml")["rule"]
    return found


@each_driver
def test_the_folder_is_complete(kind: str) -> None:
    assert [path for path in (*(folder(kind) / name for name in FILES), simulator(kind)) if not path.exists()] == []
    assert list((folder(kind) / "tests").glob("test_*.py"))


@each_driver
def test_the_driver_is_what_its_folder_says(kind: str) -> None:
    found = registry.driver(kind)
    assert isinstance(found, Driver)
    assert found.kind == kind
    assert found.device_kind
    assert found.interval > 0
    assert found.concurrency >= 1
    assert inspect.iscoroutinefunction(found.open)
    assert found.discover is None or inspect.isasyncgenfunction(found.discover)


@each_driver
def test_its_extra_is_in_pyproject(kind: str) -> None:
    extras = toml(DRIVERS.parents[1] / "pyproject.toml")["project"]["optional-dependencies"]
    assert registry.driver(kind).family in extras


@each_driver
def test_every_point_is_in_the_catalogue_once(kind: str) -> None:
    metrics = [row.metric for row in registry.driver(kind).points]
    assert metrics
    assert [metric for metric in metrics if metric not in BY_NAME] == []
    assert len(set(metrics)) == len(metrics)


@each_driver
def test_every_metric_its_code_names_is_in_its_points(kind: str) -> None:
    """A metric that is sent but not in the table would be in no document."""
    named: set[str] = set()
    for path in folder(kind).glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        named |= {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    assert (named & set(BY_NAME)) - {row.metric for row in registry.driver(kind).points} - {"reachable"} == set()


@each_driver
def test_rules_are_well_formed(kind: str) -> None:
    points = {row.metric for row in registry.driver(kind).points} | {"reachable", "response.time"}
    for rule in rules(kind):
        where = rule["name"]
        if "event" in rule:
            assert {"name", "event", "severity", "title", "advice"} <= set(rule) <= EVENT_KEYS, where
            continue
        assert set(rule) <= RULE_KEYS, where
        assert {"name", "metric", "for", "severity", "title", "advice"} <= set(rule), where
        assert rule["metric"] in points, where
        assert [key in rule for key in LIMITS].count(True) == 1, where
        assert rule["severity"] in ("info", "minor", "major", "critical"), where
        assert re.fullmatch(r"\d+[smhd]", rule["for"]), where
        assert set(re.findall(r"{(\w+)}", rule["title"])) <= TITLE_FIELDS, where
        assert "{device}" in rule["title"], where
        check_threshold(rule)


def check_threshold(rule: dict[str, Any]) -> None:
    """The level is on the right side, and states are states of the metric."""
    metric = BY_NAME[rule["metric"]]
    if "above" in rule:
        assert rule.get("clear", rule["above"]) <= rule["above"], rule["name"]
    if "below" in rule:
        assert rule.get("clear", rule["below"]) >= rule["below"], rule["name"]
    if "is" in rule:
        assert "clear" not in rule, rule["name"]
        assert rule["is"], rule["name"]
        assert metric.states is None or set(rule["is"]) <= set(metric.states), rule["name"]
    assert "label" not in rule or metric.label is not None, rule["name"]


def test_rule_names_are_unique_in_the_product() -> None:
    names = [rule["name"] for kind in registry.kinds() for rule in rules(kind)]
    assert sorted(set(names)) == sorted(names)


@each_driver
def test_the_readme_has_every_option_with_its_default(kind: str) -> None:
    text = (folder(kind) / "README.md").read_text("utf-8")
    for option in describe(registry.driver(kind).options):
        rows = [line for line in text.splitlines() if line.startswith(f"| `{option.name}` |")]
        assert len(rows) == 1, f"{kind}/README.md needs one row | `{option.name}` | `{option.default}` | … |"
        assert f"`{option.default}`" in rows[0], f"the default of {option.name} is {option.default}"
        assert option.description, f"option {option.name} has no description"


@each_driver
def test_the_readme_has_every_point_and_rule(kind: str) -> None:
    text = (folder(kind) / "README.md").read_text("utf-8")
    metrics = [row.metric for row in registry.driver(kind).points]
    assert [metric for metric in metrics if f"`{metric}`" not in text] == []
    assert [rule["name"] for rule in rules(kind) if f"`{rule['name']}`" not in text] == []


@each_driver
def test_defaults_work_and_unknown_options_are_refused(kind: str) -> None:
    options = registry.driver(kind).options
    read_options({}, options, "test")
    with pytest.raises(registry.OptionError, match="no-such-option"):
        read_options({"no-such-option": 1}, options, "test")


@each_driver
def test_the_sample_is_one_device_with_valid_options(kind: str) -> None:
    devices = toml(folder(kind) / "sample.toml")["device"]
    assert devices
    for device in devices:
        assert device["kind"] == kind
        assert device["address"]
        assert set(device) <= {"kind", "address", "key", "name", "room", "parent", "interval", "options"}
        read_options(device.get("options", {}), registry.driver(kind).options, f"{kind}/sample.toml")


@each_driver
def test_cases_exist_and_are_run(kind: str) -> None:
    cases = sorted(path for path in (folder(kind) / "cases").iterdir() if path.is_dir())
    assert cases
    for case in cases:
        assert (case / "expected.json").is_file(), case.name
        assert [path for path in case.iterdir() if path.name.startswith("input")], case.name
        json.loads((case / "expected.json").read_text("utf-8"))
    assert [path for path in (folder(kind) / "tests").glob("test_*.py") if "cases" in path.read_text("utf-8").lower()]


@each_driver
def test_what_cases_expect_can_travel(kind: str) -> None:
    """The samples of every case, through the wire and back; `samples` are rows of metric, label, value, perhaps unit."""
    known = {row.metric for row in registry.driver(kind).points}
    for case in sorted(path for path in (folder(kind) / "cases").iterdir() if path.is_dir()):
        expected = json.loads((case / "expected.json").read_text("utf-8"))
        samples = expected.get("samples", []) if isinstance(expected, dict) else []
        rows = [row if isinstance(row, list) else [row["metric"], row.get("label"), row["value"]] for row in samples]
        assert {row[0] for row in rows} <= known, case.name
        batch = batch_of([(row[0], row[1], float(row[2])) for row in rows])
        assert decode(encode(batch), agent="a", now_ms=batch.sent) == batch, case.name


def batch_of(rows: list[tuple[str, str | None, float]]) -> Batch:
    """The rows as one batch of one device."""
    now = 1_760_000_000_000
    return Batch(
        stream=bytes(16),
        seq=1,
        agent="a",
        sent=now,
        clock_sync=True,
        boot=bytes(16),
        devices=[("d", "k")],
        points=[PointKey(0, metric, label, BY_NAME[metric].unit) for metric, label, _ in rows],
        index=array("H", range(len(rows))),
        times=array("q", [now] * len(rows)),
        values=array("d", [value for _, _, value in rows]),
    )


@each_driver
def test_importing_it_imports_no_other_driver_and_nothing_of_agent_or_collector(kind: str) -> None:
    others = [f"protocols.drivers.{other}" for other in registry.kinds() if other != kind]
    program = (
        f"import sys, protocols.drivers.{kind}\n"
        f"wrong = [name for name in sys.modules if name.startswith({tuple(others)!r})"
        f" or name.split('.')[0] in ('agent', 'collector', 'deploy', 'fastapi', 'psycopg', 'numpy', 'hypothesis', 'pytest')"
        f" or name.startswith('protocols.drivers.{kind}.simulator')]\n"
        "sys.exit(', '.join(wrong) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@each_driver
def test_nothing_in_it_writes_to_a_device(kind: str) -> None:
    """Nor could it by its simulator, which plays a device: no other file names it."""
    for path in folder(kind).rglob("*.py"):
        if not {"simulator.py", "simulator", "tests"} & set(path.relative_to(folder(kind)).parts):
            text = path.read_text("utf-8")
            assert WRITES.search(text) is None, path.name
            assert re.search(r"import simulator\b|\.simulator\b", text) is None, path.name


@each_driver
def test_the_simulator_can_be_started(kind: str) -> None:
    text = simulator(kind).read_text("utf-8")
    functions = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert "main" in functions
    assert '__name__ == "__main__"' in text
