"""`firstbell channel`: what a person types, what they see, and what is never shown."""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from collector.commands import channel
from collector.notify.webhook import signature
from protocols.errors import FirstBellError
from tests.receiver import Request, receiving

signatures: list[str] = []
"""Of what was posted, in order."""


@pytest.fixture
def hook() -> Iterator[tuple[str, list[bytes]]]:
    """A URL that holds a password, and what was posted to it."""
    got: list[bytes] = []
    signatures.clear()

    def take(request: Request) -> int:
        got.append(request.body)
        signatures.append(request.headers["FirstBell-Signature"])
        return 200 if "good" in request.path else 403

    with receiving(take) as port:
        yield f"json://kim:hunter2@127.0.0.1:{port}", got


class Shell:
    """Runs `channel …` on one database and data directory."""

    def __init__(self, dsn: str, data: Path) -> None:
        self._where = ["--database", dsn, "--data", str(data)]

    def __call__(self, *words: str) -> int:
        parser = argparse.ArgumentParser()
        channel.add(parser.add_subparsers(required=True))
        args = parser.parse_args(["channel", *words, *self._where])
        code: int = args.run(args)
        return code


@pytest.fixture
def shell(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("FIRSTBELL_PRIVATE_HOSTS", "127.0.0.1")
    return Shell(dsn, tmp_path)


def test_a_channel_is_added_tested_listed_and_removed(
    shell: Shell, hook: tuple[str, list[bytes]], dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url, got = hook
    assert shell("add", "phone", url + "/good", "--minimum", "major") == 0
    assert shell("test", "phone") == 0
    assert shell("list") == 0
    shown = capsys.readouterr().out
    assert "phone\tjson\tmajor and above\tworks" in shown
    assert "phone: 200" in shown
    assert "hunter2" not in shown
    assert b"test message" in got[0]
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select url_secret from channel").fetchone()
    assert row is not None
    assert b"hunter2" not in bytes(row[0])
    assert shell("remove", "phone") == 0
    shell("list")
    assert "phone\t" not in capsys.readouterr().out
    with psycopg.connect(dsn) as connection:
        lines = connection.execute("select who, action, target, after from audit order by id").fetchall()
    assert lines == [
        ("command line", "channel.add", "phone", {"scheme": "json", "minimum": "major"}),
        ("command line", "channel.remove", "phone", None),
    ]


def test_a_test_message_is_signed_as_every_other_and_never_the_same_one(
    shell: Shell, hook: tuple[str, list[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    url, got = hook
    shell("add", "phone", url + "/good")
    found = re.search(r"whsec_\S+", capsys.readouterr().out)
    assert found is not None
    shell("test", "phone")
    shell("test", "phone")
    for body, signed in zip(got, signatures, strict=True):
        stamp = int(signed.partition(",")[0].removeprefix("t="))
        assert signed == signature(found[0], body, stamp)
    assert len({json.loads(body)["id"] for body in got}) == 2


def test_an_inner_host_is_named_on_the_command_line(
    shell: Shell, hook: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIRSTBELL_PRIVATE_HOSTS")
    shell("add", "phone", hook[0] + "/good")
    with pytest.raises(FirstBellError, match="which is inside"):
        shell("test", "phone")
    assert shell("test", "phone", "--private-hosts", "10.1.2.3,127.0.0.1") == 0


def test_the_channels_own_answer_is_the_error(shell: Shell, hook: tuple[str, list[bytes]]) -> None:
    shell("add", "phone", hook[0] + "/bad")
    with pytest.raises(FirstBellError, match=r"it answered 403") as caught:
        shell("test", "phone")
    assert "hunter2" not in str(caught.value)


def test_wrong_input_is_one_clear_line(shell: Shell, hook: tuple[str, list[bytes]]) -> None:
    shell("add", "phone", hook[0] + "/good")
    for words, says in (
        (("add", "phone", hook[0]), "a channel named 'phone' exists"),
        (("add", "other", "nosuch://x"), "no service that Apprise knows"),
        (("add", " ", hook[0]), "1 to 100 printable"),
        (("test", "nobody"), "no channel named 'nobody'"),
        (("remove", "nobody"), "no channel named 'nobody'"),
    ):
        with pytest.raises(FirstBellError, match=says) as caught:
            shell(*words)
        assert "hunter2" not in str(caught.value)
