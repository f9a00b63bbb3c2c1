"""The installer's refusals, with the machine's answers faked by programs on the PATH; the rest is tested in a real root."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import deploy

HOUSE = Path(deploy.__path__[0]).parent
SCRIPT = HOUSE / "deploy" / "install" / "install.sh"
PINGS = "/proc/sys/net/ipv4/ping_group_range"


def run(tmp_path: Path, fakes: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The script with `fakes` (name: body of a shell script) before the real programs."""
    for name, body in fakes.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ["sh", SCRIPT, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


ROOT = "echo 0"


def machine(name: str, system: str = "Linux") -> str:
    return f'case "$1" in -s) echo {system};; *) echo {name};; esac'


@pytest.mark.parametrize(
    ("fakes", "expected"),
    [
        (
            {"uname": machine("armv7l")},
            "32-bit ARM system, for which there are no wheels: install the 64-bit Raspberry Pi OS",
        ),
        ({"uname": machine("aarch64"), "getconf": "echo 32"}, "32-bit though its processor is not"),
        ({"uname": machine("arm64", "Darwin")}, "runs on 64-bit Linux (x86_64, aarch64); this is Darwin arm64"),
        (
            {
                "uname": machine("x86_64"),
                "apt-get": "exit 100",
                "python3": 'case "$2" in *print*) echo 3.9;; *) exit 1;; esac',
                **dict.fromkeys(("python3.11", "python3.12", "python3.13"), "exit 1"),
            },
            "Python 3.11 or newer with venv is needed, found 3.9 and apt-get could not install it",
        ),
    ],
    ids=["32-bit ARM", "32-bit userland", "not Linux", "old Python"],
)
def test_a_machine_that_cannot_run_it_is_told_why_and_changed_in_nothing(
    tmp_path: Path, fakes: dict[str, str], expected: str
) -> None:
    traps = dict.fromkeys(("useradd", "systemctl"), 'echo "must not run" >&2')
    ran = run(tmp_path, {"id": ROOT, **traps, **fakes}, "http://127.0.0.1:1", "TOKEN")
    assert ran.returncode == 1
    assert expected in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_without_its_arguments_it_says_how_it_is_called(tmp_path: Path) -> None:
    ran = run(tmp_path, {"id": ROOT})
    assert (ran.returncode, "usage: sh install.sh URL TOKEN" in ran.stderr) == (1, True)


def test_a_user_without_root_is_asked_for_sudo(tmp_path: Path) -> None:
    ran = run(tmp_path, {"id": "echo 1000", "sudo": 'echo "sudo $*"'}, "http://x/", "TOKEN")
    assert ran.stdout == f"sudo sh {SCRIPT} http://x TOKEN\n"


@pytest.mark.parametrize("script", [SCRIPT, HOUSE / "tests/packages.sh", HOUSE / ".ci/run"], ids=lambda path: path.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed (Debian package shellcheck)")
    ran = subprocess.run([program, script], capture_output=True, text=True, check=False)
    assert ran.stdout == ""


def let_ping(proc: Path, kept: Path, group: int, then: str = ":") -> subprocess.CompletedProcess[str]:
    """The script's own function, and what comes after it."""
    text = SCRIPT.read_text()
    function = text[text.index("let_ping() {") : text.index("\n}\n", text.index("let_ping() {")) + 3]
    program = f"set -eu\nsay() {{ echo said; }}\n{function}let_ping '{proc}' '{kept}' {group}\n{then}\n"
    return subprocess.run(["sh", "-c", program], capture_output=True, text=True, timeout=30, check=False)


def test_the_agent_may_ping_where_nobody_may_and_a_choice_that_was_made_stays(tmp_path: Path) -> None:
    proc, kept = tmp_path / "range", tmp_path / "40.conf"
    for chosen in ("0\t2147483647\n", "100\t100\n", ""):
        proc.write_text(chosen)
        assert let_ping(proc, kept, 997).returncode == 0
        assert (proc.read_text(), kept.exists()) == (chosen, False)
    proc.write_text("1\t0\n")
    assert let_ping(proc, kept, 997).stdout == ""
    assert (proc.read_text(), kept.read_text()) == ("997 997\n", "net.ipv4.ping_group_range = 997 997\n")
    assert let_ping(tmp_path / "none", kept, 997).returncode == 0


def test_a_system_that_does_not_let_it_ping_is_installed_all_the_same(tmp_path: Path) -> None:
    proc = tmp_path / "range"
    proc.write_text("1\t0\n")
    ran = let_ping(proc, tmp_path / "no" / "40.conf", 997)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "said\n", "")


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a network namespace")
def test_the_kernel_then_lets_that_group_ping_and_no_other(tmp_path: Path) -> None:
    asked = "import os, socket as s; os.setgroups([]); os.setgid({}); os.setuid(65534); s.socket(s.AF_INET, s.SOCK_DGRAM, s.IPPROTO_ICMP)"
    asking = "\n".join(f"{sys.executable} -c '{asked.format(group)}' && echo {group}" for group in (998, 997))
    code = f"from test_install_script import *; print(let_ping(Path('{PINGS}'), Path('{tmp_path}/40'), 997, {asking!r}).stdout)"
    command = ["unshare", "--net", sys.executable, "-c", code]
    house = {**os.environ, "PYTHONPATH": f"{HOUSE}:{Path(__file__).parent}"}
    ran = subprocess.run(command, env=house, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.split() == ["997"], ran.stderr
