"""A driver that is not used is not imported, nor what it needs: the agent's memory on a Pi depends on it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from protocols.registry import kinds

PROGRAM = """
import json, sys
from pathlib import Path
import agent.run, agent.commands.run
from agent.config import read_config
read_config(Path(sys.argv[1]))
print(json.dumps(sorted(sys.modules)))
"""
HEAVY = (
    "numpy",
    "PIL",
    "zeroconf",
    "bacpypes3",
    "pysnmp",
    "fastapi",
    "psycopg",
    "zeep",
    "lxml",
    "aiohttp",
    "httpx",
    "requests",
)


def loaded(tmp_path: Path, kind: str) -> set[str]:
    path = tmp_path / "agent.toml"
    path.write_text(f'[agent]\nid = "a"\n[[device]]\nkind = "{kind}"\naddress = "10.1.2.3"\n')
    done = subprocess.run([sys.executable, "-c", PROGRAM, path], capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("kind", ["host", "printer", "network", "ups", "display", "meter"])
def test_only_the_drivers_that_are_used_are_imported(tmp_path: Path, kind: str) -> None:
    modules = loaded(tmp_path, kind)
    others = [other for other in kinds() if other != kind and f"protocols.drivers.{other}" in modules]
    assert others == []
    assert f"protocols.drivers.{kind}" in modules
    assert [name for name in HEAVY if name in modules] == []
    assert "protocols.simulated" not in modules
    assert [name for name in modules if name.startswith("agent.edge")] == []
