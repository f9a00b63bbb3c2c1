"""The house keeps its own rules: layers, names, READMEs, and the few exceptions that are allowed."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
PACKAGES = ("agent", "collector", "deploy", "protocols")
DATA_FOLDERS = {
    "cases",
    "golden",
    "assets",
    "templates",
    "static",
    "migrations",
    "fonts",
    "icons",
    "wheels",
    "__pycache__",
}
"""Folders of data, described by the README above them."""
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "tools", "stuff", "base"}
RUNNER_LOOPS = {"agent/poller.py", "collector/problems/loop/loop.py"}
"""The two places that may catch everything: what a driver or a rule does must not end the runner."""
TYPE_IGNORES = 5
SMELLS = {"lines": 300, "function": 50, "parameters": 6}


def sources() -> list[Path]:
    """Every module of the product, without tests."""
    found = [path for package in PACKAGES for path in (HOUSE / package).rglob("*.py")]
    return [path for path in found if "tests" not in path.parts]


def name_of(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def folders() -> Iterator[Path]:
    for top in (*PACKAGES, "tests"):
        for path in [HOUSE / top, *sorted((HOUSE / top).rglob("*"))]:
            if path.is_dir() and not _is_data(path):
                yield path


def _is_data(path: Path) -> bool:
    parts = path.relative_to(HOUSE).parts
    below_tests = parts[0] == "tests" and len(parts) > 2
    own_tests = len(parts) > 1 and "tests" in parts[1:]
    return bool(DATA_FOLDERS & set(parts)) or below_tests or own_tests or not any(path.glob("*.*"))


@pytest.mark.parametrize("folder", [name_of(path) for path in folders()])
def test_every_folder_has_a_readme(folder: str) -> None:
    readme = HOUSE / folder / "README.md"
    assert readme.is_file(), f"{folder}/README.md: what lives there, what may import it, how to add to it"
    assert len(readme.read_text("utf-8").split()) >= 10


def test_the_layers_hold() -> None:
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=HOUSE, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("contract", "package", "owner"),
    [("SQL lives in collector.store", "collector", "store"), ("paho lives in protocols.mqtt", "protocols", "mqtt")],
)
def test_a_contract_names_every_module_but_its_owner(contract: str, package: str, owner: str) -> None:
    """Import-linter cannot say "all but one": a module that is new has to be named."""
    contracts = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    [sources] = [each["source_modules"] for each in contracts if each["name"] == contract]
    modules = {path.stem for path in (HOUSE / package).iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    others = {name for name in PACKAGES if name != package}
    assert set(sources) == others | {f"{package}.{name}" for name in modules - {"__init__", owner}}


def test_nothing_catches_everything_but_the_two_runner_loops() -> None:
    broad = {f"{name_of(path)}:{line}" for path in sources() for line in _broad_handlers(path)}
    assert {where for where in broad if where.split(":")[0] not in RUNNER_LOOPS} == set()


def _broad_handlers(path: Path) -> Iterator[int]:
    """Lines of handlers that catch everything and keep it; one that ends in a bare `raise` only tidies up."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            names = {each.id for each in caught if isinstance(each, ast.Name)}
            last = node.body[-1]
            raised_again = isinstance(last, ast.Raise) and last.exc is None
            if (node.type is None or names & {"Exception", "BaseException"}) and not raised_again:
                yield node.lineno


def test_types_are_ignored_hardly_anywhere() -> None:
    found = [name_of(path) for path in sources() for _ in re.findall(r"#\s*type:\s*ignore", path.read_text("utf-8"))]
    assert len(found) <= TYPE_IGNORES, found


def test_no_module_has_a_name_that_answers_nothing() -> None:
    assert [name_of(path) for path in sources() if {path.stem, path.parent.name} & BANNED_NAMES] == []


@pytest.mark.parametrize("path", [name_of(path) for path in sources()])
def test_a_module_says_what_it_is_and_keeps_its_size(path: str) -> None:
    text = (HOUSE / path).read_text("utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), f"{path} has no docstring"
    assert len(text.splitlines()) <= SMELLS["lines"], f"{path}: split it"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            count = len([name for name in names if name not in ("self", "cls")])
            assert lines <= SMELLS["function"], f"{path}: {node.name} has {lines} lines"
            if not _is_route(node):
                assert count <= SMELLS["parameters"], f"{path}: {node.name} has {count} parameters"


def _is_route(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it answers an HTTP route, whose parameters are those of its query."""
    calls = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
    return any(
        isinstance(call, ast.Attribute) and call.attr in ("get", "post", "put", "patch", "delete") for call in calls
    )


def test_only_the_clock_reads_a_clock() -> None:
    reads = re.compile(
        r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time|time\.time_ns|time\.monotonic|time\.sleep)\("
    )
    assert [
        name_of(path) for path in sources() if reads.search(path.read_text("utf-8")) and path.name != "clock.py"
    ] == []
