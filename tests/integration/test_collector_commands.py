"""The collector's commands as a person types them."""

import os
import re

import psycopg
import pytest

from collector.commands import check, token
from deploy.cli import main, parser
from protocols.errors import OptionError


@pytest.fixture
def command(dsn, capsys, tmp_path, monkeypatch):
    """Runs a command against the test's database: exit code, output, errors."""
    monkeypatch.setattr("collector.settings.DEFAULT_FILE", tmp_path / "none.toml")

    def run(*words):
        code = main([*words, "--database", dsn, "--data", str(tmp_path / "data")])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_new_token_is_printed_alone_and_only_its_hash_is_kept(command, dsn):
    code, out, err = command("token", "create", "--role", "viewer", "--name", "grafana", "--expires", "90d")
    assert (code, err) == (0, "")
    assert re.fullmatch(r"fb_[\w-]{43}\n", out)
    with psycopg.connect(dsn) as connection:
        kept = connection.execute("select token::text from token").fetchone()
        assert out.strip() not in kept[0]
        assert connection.execute("select who, action, target from audit").fetchall() == [
            ("command line", "token.create", "grafana")
        ]


def test_a_token_is_listed_until_it_is_revoked_and_its_name_is_free_then(command):
    command("token", "create", "--role", "admin", "--name", "ops")
    assert command("token", "list")[1] == "ops\tadmin\tall buildings\tnever expires\tnever used\n"
    code, _, err = command("token", "create", "--role", "viewer", "--name", "ops")
    assert code == 1
    assert "'ops' already" in err
    assert len(err.splitlines()) == 1
    assert command("token", "revoke", "ops")[0] == 0
    assert command("token", "list")[1] == ""
    assert (
        command("token", "revoke", "ops")[2]
        == "firstbell: there is no token named 'ops'; `firstbell token list` shows them\n"
    )
    assert command("token", "create", "--role", "viewer", "--name", "ops")[0] == 0


def test_a_token_can_be_limited_to_buildings(command, dsn):
    with psycopg.connect(dsn) as connection:
        ids = [
            connection.execute("insert into building (name) values (%s) returning id", [name]).fetchone()[0]
            for name in "ab"
        ]
    assert command("token", "create", "--role", "viewer", "--name", "x", "--building", "a", "--building", "b")[0] == 0
    assert f"buildings {ids[0]}, {ids[1]}" in command("token", "list")[1]
    code, _, err = command("token", "create", "--role", "viewer", "--name", "y", "--building", "c")
    assert (code, err) == (2, "firstbell: --building 'c': there is no building of that name\n")


@pytest.mark.parametrize("text", ["", "d", "90", "x9d", "-1d", "0d", "101y", "9999999d", "١d"])
def test_a_life_that_is_none_says_how_one_is_written(text):
    with pytest.raises(OptionError, match="--expires"):
        token.parse_life(text)


def test_migrate_says_what_it_did(command, dsn):
    assert command("migrate")[:2] == (0, "the database is up to date\n")


def test_check_names_each_part_and_fails_for_one(command, new_port):
    code, out, _ = command("check", "--broker", f"127.0.0.1:{new_port()}")
    assert code == 1
    lines = out.splitlines()
    assert [line.split(":")[0].split() for line in lines] == [
        ["ok", "configuration"], ["ok", "data", "directory"], ["ok", "disk"], ["ok", "database"], ["FAIL", "broker"],
    ]  # fmt: skip
    assert "cannot be reached; start it" in lines[-1]


def test_check_is_content_where_all_is_there(command, broker):
    code, out, _ = command("check", "--broker", f"127.0.0.1:{broker}")
    assert code == 0, out
    assert "FAIL" not in out


def test_check_and_the_collector_name_a_broker_file_that_is_not_there(command, monkeypatch, tmp_path):
    monkeypatch.setenv("FIRSTBELL_BROKER_CA", str(tmp_path / "ca.pem"))
    said = f"broker_ca = '{tmp_path}/ca.pem': No such file or directory; correct the path"
    code, out, _ = command("check")
    assert (code, out.splitlines()[-1].startswith(f"FAIL  broker: {said}")) == (1, True)
    code, out, err = command("collector")
    assert (code, out, err.startswith(f"firstbell: {said}"), err.count("\n")) == (2, "", True, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_directory_that_is_not_ours_is_found(tmp_path):
    tmp_path.chmod(0o500)
    assert [finding.ok for finding in check.data_directory(tmp_path / "data")] == [False, True]


def test_an_unreachable_database_is_one_line(capsys):
    assert main(["migrate", "--database", "host=/nonexistent"]) == 1
    assert re.fullmatch(
        r"firstbell: database: connection to server on socket .* failed: No such file or directory\n",
        capsys.readouterr().err,
    )


def test_every_command_has_help_with_an_example(capsys):
    names = next(action.choices for action in parser()._actions if action.choices)
    assert {"up", "collector", "migrate", "token", "check", "channel", "enrol"} <= set(names)
    for name in names:
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        assert f"example:\n  firstbell {name}" in capsys.readouterr().out, name
