"""Docs can fail the build: what exists is documented, and what is documented exists."""

import re
from pathlib import Path

from protocols import registry
from protocols.metrics import CATALOGUE, Metric

HOUSE = Path(__file__).parents[2]
PACKAGES = ("agent", "collector", "deploy", "protocols")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def _row(metric: Metric) -> str:
    states = (
        "; ".join(f"{value} {text}" for value, text in (metric.states or {}).items()) if metric.kind == "state" else ""
    )
    meaning = f"{metric.meaning} ({states})" if states else metric.meaning
    return f"| `{metric.name}` | {metric.unit} | {metric.kind} | {metric.label or ''} | {meaning} |"


def test_the_catalogue_of_metrics_is_the_table_in_the_readme() -> None:
    """On a difference: copy the row from the message into protocols/README.md."""
    shown = (HOUSE / "protocols/README.md").read_text("utf-8").partition("## Metrics")[2]
    rows = [line for line in shown.splitlines() if line.startswith("| `")]
    expected = [_row(metric) for metric in CATALOGUE]
    assert [row for row in expected if row not in rows] == []
    assert [row for row in rows if row not in expected] == []


def test_every_driver_is_in_the_readme_of_drivers() -> None:
    text = (HOUSE / "protocols/drivers/README.md").read_text("utf-8")
    named = set(re.findall(r"^\| \[`(\w+)`\]\(\1/README\.md\) \| \S", text, re.MULTILINE))
    assert named == set(registry.kinds())


def test_every_module_is_in_the_readme_of_its_folder() -> None:
    """As `name.py`, or a command by its name: who looks for the line to change finds the file."""
    modules = [path for top in PACKAGES for path in (HOUSE / top).rglob("*.py") if "tests" not in path.parts]
    missing = [str(path.relative_to(HOUSE)) for path in modules if path.stem[:2] != "__" and not _is_named(path)]
    assert missing == []


def _is_named(path: Path) -> bool:
    text = (path.parent / "README.md").read_text("utf-8")
    command = rf"|`(firstbell )?{path.stem.replace('_', '-')}\b" if path.parent.name == "commands" else ""
    return re.search(rf"`{path.name}`{command}", text) is not None


def test_a_module_named_in_a_readme_exists() -> None:
    """Named by its path in the house, or from the folder of the README or one below it."""
    gone = [
        f"{path.relative_to(HOUSE)}: {name}"
        for path in _documents()
        for name in re.findall(r"`([\w./]+\.py)`", path.read_text("utf-8"))
        if not (HOUSE / name).exists() and not any(path.parent.rglob(name))
    ]
    assert gone == []


def test_links_between_documents_lead_somewhere() -> None:
    links = ((path, target) for path in _documents() for target in LINK.findall(path.read_text("utf-8")))
    broken = [f"{path.relative_to(HOUSE)}: {target}" for path, target in links if not (path.parent / target).exists()]
    assert broken == []


def _documents() -> list[Path]:
    return [path for top in (*PACKAGES, "tests") for path in (HOUSE / top).rglob("*.md")] + [*HOUSE.glob("*.md")]
