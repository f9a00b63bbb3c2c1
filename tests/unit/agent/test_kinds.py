"""What a device turned out to be outlasts the agent; a file that is broken or cannot be written harms nothing."""

from pathlib import Path

from agent.kinds import Kinds


def test_a_kind_outlasts_the_agent(tmp_path: Path) -> None:
    file = tmp_path / "kinds.json"
    Kinds(file).learn("sw-1", "switch")
    again = Kinds(file)
    assert (again.of("sw-1", "network"), again.of("sw-2", "network")) == ("switch", "network")
    again.learn("sw-1", "firewall")
    assert Kinds(file).of("sw-1", "network") == "firewall"


def test_a_broken_file_is_no_file(tmp_path: Path) -> None:
    file = tmp_path / "kinds.json"
    for content in (b"\xff\x00", b"[1]", b'{"a": 1}', b""):
        file.write_bytes(content)
        assert Kinds(file).of("a", "network") == "network"


def test_a_disk_that_refuses_is_no_error(tmp_path: Path) -> None:
    kinds = Kinds(tmp_path / "no" / "such" / "folder" / "kinds.json")
    kinds.learn("sw-1", "switch")
    assert kinds.of("sw-1", "network") == "switch"


def test_a_disk_that_recovers_keeps_what_was_learnt_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "state" / "kinds.json"
    kinds = Kinds(file)
    kinds.learn("sw-1", "switch")
    file.parent.mkdir()
    kinds.learn("sw-1", "switch")
    assert Kinds(file).of("sw-1", "network") == "switch"
