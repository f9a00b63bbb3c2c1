"""Names, tokens, proofs and the pasted line."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from agent.enrolment import Invitation
from collector.fleet import enrolment, installer
from protocols.wire.topics import AGENT_NAME


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("Lincoln MS", set(), "lincoln-ms"),
        ("Lincoln MS", {"lincoln-ms"}, "lincoln-ms-2"),
        ("Lincoln MS", {"lincoln-ms", "lincoln-ms-2"}, "lincoln-ms-3"),
        ("École Élémentaire №4", set(), "ecole-elementaire-no4"),
        ("  --  ", set(), "agent"),
        ("学校", set(), "agent"),
        ("Collector", set(), "collector-2"),
        ("x" * 300, {"x" * 56}, "x" * 56 + "-2"),
        ("../../etc/+/#", set(), "etc"),
    ],
)
def test_an_agents_name_is_a_safe_topic_level(name: str, taken: set[str], expected: str) -> None:
    assert enrolment.agent_id(name, taken) == expected
    assert AGENT_NAME.fullmatch(expected)


def test_tokens_differ_and_neither_code_nor_key_gives_them_away() -> None:
    made = [enrolment.new_token() for _ in range(100)]
    assert len({secret.token for secret in made}) == len({secret.code for secret in made}) == 100
    for secret in made:
        assert len(secret.token) == 48
        assert secret.token not in secret.code + secret.key.hex()
        assert secret.code not in secret.key.hex()


def test_agent_and_collector_derive_the_same_code() -> None:
    token = enrolment.new_token().token
    assert Invitation("http://x", token, "").code == enrolment.code_of(token)


def test_a_proof_is_for_one_token_and_one_request() -> None:
    one, other = enrolment.new_token(), enrolment.new_token()
    proofs = {enrolment.prove(key, csr) for key in (one.key, other.key) for csr in (b"a", b"b")}
    assert len(proofs) == 4
    assert {len(proof) for proof in proofs} == {64}


def test_the_line_pins_the_installer_and_is_one_line() -> None:
    script = installer.script(installer.Pins("a" * 64, "b" * 64))
    line = installer.line("http://10.0.0.5:8470", "TOKEN", script)
    assert "\n" not in line
    assert hashlib.sha256(script).hexdigest() in line
    assert line.endswith('sh "$f" http://10.0.0.5:8470 TOKEN')


def test_a_url_with_shell_characters_is_quoted() -> None:
    line = installer.line("http://x/$(reboot)", "TOKEN", b"")
    assert "'http://x/$(reboot)/install.sh'" in line
    assert line.endswith("sh \"$f\" 'http://x/$(reboot)' TOKEN")


@pytest.mark.parametrize(
    ("fetched", "says"),
    [
        ("exit 7", "firstbell: http://10.0.0.5:8470/$(touch ran)/install.sh cannot be fetched with curl or wget"),
        (
            "echo 'touch ran' >\"$2\"",
            "firstbell: the installer is not the one of this line: run `firstbell enrol` again",
        ),
    ],
    ids=["out of reach", "another installer"],
)
def test_a_line_that_cannot_be_used_says_why_and_runs_nothing(tmp_path: Path, fetched: str, says: str) -> None:
    for name in ("curl", "wget"):
        (tmp_path / name).write_text(f"#!/bin/sh\n{fetched}\n")
        (tmp_path / name).chmod(0o755)
    line = installer.line("http://10.0.0.5:8470/$(touch ran)", "TOKEN", b"true\n")
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    ran = subprocess.run(["sh", "-c", line], env=path, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    (said,) = ran.stderr.splitlines()
    assert said.startswith(says)
    assert not (tmp_path / "ran").exists()


def test_the_installer_has_its_pins_and_the_unit_and_no_gaps() -> None:
    text = installer.script(installer.Pins("a" * 64, "b" * 64)).decode()
    assert f"CA_SHA256={'a' * 64}\n" in text
    assert f"REQUIREMENTS_SHA256={'b' * 64}\n" in text
    assert "NoNewPrivileges=yes" in text
    assert "@UNIT@" not in text
    assert "_SHA256@" not in text
