"""What a channel may be, what is shown of it, and when it is tried again."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.notify.channel import REFUSED_SCHEMES, check, cleaned
from collector.notify.retry import FIRST, LONGEST, backoff
from collector.secrets import Secrets
from protocols.errors import ChannelError, StartError


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("hello", "mailto://"),
        ("foo://bar", "no service that Apprise knows"),
        ("json://", "not complete"),
        ("://kim:hunter2@host", "mailto://"),
        ("json://kim:hunter2@[::1", "not complete"),
        ("json://kim:hunter2@:99999999/", "not complete"),
        ("nosuch://kim:hunter2@host", "no service that Apprise knows"),
        *((f"{scheme}://kim:hunter2@", "speaks to this machine") for scheme in sorted(REFUSED_SCHEMES)),
        ("SYSLOG://", "speaks to this machine"),
        ("file:///etc/passwd", "speaks to this machine"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_the_reason_and_without_its_secrets(
    url: str, says: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ChannelError, match=says) as caught:
        check(url)
    assert "hunter2" not in "".join([str(caught.value), caplog.text, *capfd.readouterr()])


@pytest.mark.parametrize(
    ("url", "said", "shown"),
    [
        ("json://kim:hunter2@127.0.0.1:8080/hook", "kim hunter2 at 127.0.0.1 /hook", "… … at 127.0.0.1 /…"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdn", "T1JJ3T3L2: TIiajkdn is no token", "…: … is no token"),
        (
            "mailto://bell@example.org?pass=a%20secret",
            "a secret, a%20secret; example.org",
            "…, …; example.org",
        ),
        ("json://kim:p%40ss@host.example/", "p@ss p%40ss", "… …"),
        ("json://[::1", "json://[::1 is no URL", "… is no URL"),
        ("ntfy://alerts", "one\n\n two ", "one; two"),
    ],
)
def test_an_answer_is_shown_without_the_urls_secrets(url: str, said: str, shown: str) -> None:
    assert cleaned(said, url) == shown


def test_an_answer_is_cut() -> None:
    assert len(cleaned("x" * 5_000, "json://host.example/")) == 500


def test_loopback_is_allowed_and_the_scheme_is_what_is_shown() -> None:
    assert check("json://127.0.0.1:8080/hook") == "json"


@given(st.integers(1, 10_000))
def test_backoff_grows_and_is_bounded(attempts: int) -> None:
    assert FIRST <= backoff(attempts) <= LONGEST
    assert backoff(attempts + 1) >= backoff(attempts)


def test_backoff_begins_in_seconds() -> None:
    assert [backoff(n) for n in (1, 2, 3)] == [timedelta(seconds=s) for s in (15, 30, 60)]


def test_the_key_is_made_once_readable_by_its_owner_alone(tmp_path: Path) -> None:
    secret = Secrets(tmp_path / "data").encrypt("mailto://user:pass@example.org")
    key = tmp_path / "data" / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"pass" not in secret
    assert Secrets(tmp_path / "data").decrypt(secret) == "mailto://user:pass@example.org"
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]


def test_another_key_is_named(tmp_path: Path) -> None:
    secret = Secrets(tmp_path / "one").encrypt("x")
    Secrets(tmp_path / "two").encrypt("y")
    with pytest.raises(StartError, match=r"secret\.key is not the key"):
        Secrets(tmp_path / "two").decrypt(secret)


def test_without_its_key_file_nothing_is_decrypted_and_none_is_made(tmp_path: Path) -> None:
    secret = Secrets(tmp_path / "one").encrypt("x")
    with pytest.raises(StartError, match=r"secret\.key"):
        Secrets(tmp_path / "two").decrypt(secret)
    assert not (tmp_path / "two").exists()
