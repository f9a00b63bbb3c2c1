"""`[edge]`: what is right is read, what is wrong is named with the fix, and the README has every option."""

import re
from pathlib import Path
from typing import Any

import pytest

from agent.edge.options import EdgeOptions, check_edge
from protocols.errors import OptionError
from protocols.options import describe

README = Path(__file__).parents[4] / "agent" / "README.md"
MAIL = {"smtp": "mail.example", "mail_from": "bell@school.example", "mail_to": ["kim@school.example"]}


def test_every_way_at_once(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("tk_secret\n")
    found = check_edge(
        {
            **MAIL,
            "ntfy": "https://ntfy.example/bell",
            "ntfy_token_file": str(token),
            "sms_to": ["+15551234567"],
            "after": 10,
        },
        "f [edge]",
    )
    assert [way.name for way in found.ways] == ["mail", "ntfy", "sms"]
    assert found.after_ms == 600_000
    assert "tk_secret" not in repr(found)
    assert found.ways[0].place == ("mail.example", 587)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({}, "no way out: set smtp"),
        ({"after": 1, **MAIL}, "after = '1'"),
        ({"smpt": "x"}, "did you mean 'smtp'"),
        ({"smtp": "mail.example"}, "without mail_from and mail_to"),
        ({"mail_to": ["a@b.example"]}, "mail_to without smtp"),
        ({**MAIL, "smtp": "mail.example:x"}, "the port is a number"),
        ({**MAIL, "mail_to": ["kim"]}, "mail_to = 'kim': write one address"),
        ({**MAIL, "mail_to": ["a@b.example\nBcc: x@y.example"]}, "write one address"),
        ({**MAIL, "smtp_user": "u"}, "go together"),
        ({**MAIL, "smtp_security": "ssl"}, "one of starttls, tls, none"),
        ({**MAIL, "smtp_ca": "/no/such"}, "smtp_ca = '/no/such': no such file"),
        ({"ntfy": "ntfy.sh/x"}, "write https://host/topic"),
        ({"ntfy": "https://ntfy.sh"}, "write https://host/topic"),
        ({"ntfy_token_file": "/x"}, "ntfy_token_file without ntfy"),
        ({"ntfy": "https://ntfy.sh/x", "ntfy_token_file": "/no/such"}, "cannot be read"),
        ({"sms_to": ["911 now"]}, "sms_to = '911 now'"),
        ({**MAIL, "rules": "/no/such"}, "rules = '/no/such': no such file"),
        ({**MAIL, "without": ["door.hold"]}, "did you mean 'door.held'"),
        ({**MAIL, "timezone": "Mars/Base"}, "timezone = 'Mars/Base'"),
    ],
)
def test_a_wrong_option_names_itself_and_the_fix(table: dict[str, Any], says: str) -> None:
    with pytest.raises(OptionError) as caught:
        check_edge(table, "agent.toml [edge]")
    assert str(caught.value).startswith("agent.toml [edge]")
    assert says.replace("'1'", "1") in str(caught.value).replace("'1'", "1")


def test_no_password_goes_in_the_clear(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    table = {**MAIL, "smtp_security": "none", "smtp_user": "u", "smtp_password_file": str(secret)}
    with pytest.raises(OptionError, match="show the password"):
        check_edge(table, "f [edge]")
    assert check_edge({**table, "smtp": "127.0.0.1"}, "f [edge]").ways
    with pytest.raises(OptionError, match="show the token"):
        check_edge({"ntfy": "http://ntfy.example/x", "ntfy_token_file": str(secret)}, "f [edge]")


def test_every_option_is_in_the_readme() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (?:`(.*?)`|(required)) \| (.*) \|$", README.read_text("utf-8").partition("`[edge]`")[2], re.M
    )
    shown = {name: (default or required, meaning) for name, default, required, meaning in rows}
    assert {row.name: (row.default, row.description) for row in describe(EdgeOptions)} == shown
