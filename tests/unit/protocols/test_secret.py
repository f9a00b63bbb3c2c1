"""Secrets come from files and show themselves nowhere."""

import pickle
from pathlib import Path

import pytest

from protocols.errors import OptionError
from protocols.secret import Secret, read_secret


def test_the_first_line_is_the_secret(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("  pass word ü\r\nsecond line\n")
    assert read_secret(str(file), "password_file").reveal() == "  pass word ü"


def test_it_never_shows(tmp_path: Path) -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {secret:>20}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"x" * 5000])
def test_a_file_that_holds_none_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(OptionError, match="password_file = "):
        read_secret(str(file), "password_file")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"nowhere.*No such file"):
        read_secret(str(tmp_path / "nowhere"), "password_file")
