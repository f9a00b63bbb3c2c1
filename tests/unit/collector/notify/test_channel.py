"""What a channel may be, what is shown of it, and when it is tried again."""

import ast
import socket
import stat
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import apprise
import pytest
from apprise.manager_plugins import NotificationManager
from hypothesis import given
from hypothesis import strategies as st

from collector.notify.channel import REFUSED_SCHEMES, TEST, UNGUARDED_SCHEMES, check, cleaned, deliver
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
        *((f"{scheme}://kim:hunter2@host", "cannot be held") for scheme in sorted(UNGUARDED_SCHEMES)),
        ("SYSLOG://", "speaks to this machine"),
        ("file:///etc/passwd", "speaks to this machine"),
        ("ntfy://kim:hunter2@host/bells,rsyslog://10.0.0.5", "one address a channel"),
        ("ntfy://bells; syslog://hunter2", "one address a channel"),
        ("mailto://kim:hunter2@example.org\nmqtt://10.0.0.5/bells", "one address a channel"),
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


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("mailto://kim:hunter2@example.org?to=ann@example.org,bob@example.org", "mailto"),
        ("ntfy://host.example/bells,alarms", "ntfy"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#bells,#alarms", "slack"),
    ],
)
def test_one_address_may_have_several_receivers(url: str, scheme: str) -> None:
    assert check(url) == scheme


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


async def test_what_reaches_hosts_past_the_guard_is_not_delivered_though_it_was_stored_before() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        with pytest.raises(ChannelError, match="rsyslog:// connects"):
            await deliver(f"rsyslog://127.0.0.1:{listener.getsockname()[1]}", TEST)
        with pytest.raises(BlockingIOError):
            listener.recv(1)


@pytest.mark.parametrize("between", [",", ";", " ", "\n", ", "])
async def test_what_stands_behind_a_stored_address_is_not_delivered_to(between: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        with pytest.raises(ChannelError, match="one address a channel"):
            await deliver(f"irc://127.0.0.1:1/bells{between}rsyslog://127.0.0.1:{listener.getsockname()[1]}", TEST)
        with pytest.raises(BlockingIOError):
            listener.recv(1)


@pytest.mark.parametrize("scheme", ["irc", "json", "gotify"])
async def test_what_opens_a_socket_of_its_own_within_the_guard_is_held_by_it(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        with pytest.raises(ChannelError, match="which is inside"):
            await deliver(f"{scheme}://kim:hunter2@127.0.0.1:{listener.getsockname()[1]}/bells", TEST)
        with pytest.raises(BlockingIOError):
            listener.accept()


HELD = frozenset(("aprs", "irc", "ircs", "mailto", "mailtos", "matrix", "matrixs"))
"""They open sockets themselves, by `socket.getaddrinfo` in the thread that delivers, so that `lookup.py` holds them; Matrix has a
lock and no thread (looked at: Apprise 2.2.0)."""
HARMLESS = frozenset(("apprise", "certifi", "cryptography", "nacl", "requests", "requests_oauthlib"))
"""What is not of the standard library and reaches nothing, or by `requests`."""
OWN_WAYS = frozenset(
    [
        "asyncio",
        "concurrent",
        "ctypes",
        "ftplib",
        "http",
        "imaplib",
        "multiprocessing",
        "nntplib",
        "poplib",
        "smtplib",
        "socket",
        "socketserver",
        "subprocess",
        "syslog",
        "telnetlib",
        "threading",
        "urllib.request",
        "xmlrpc",
    ]
)
"""Of the standard library, and of Apprise itself, what reaches hosts or programs, or leaves the thread."""


def _own_ways(files: Iterable[Path]) -> set[str]:
    """What these sources import that may reach a host past `requests`."""
    found: set[str] = set()
    for node in (node for path in files for node in ast.walk(ast.parse(path.read_text()))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inner = (
                [f"apprise.{alias.name}" for alias in node.names if alias.name == "HTTPPolicy"] if node.level else []
            )
            found |= {f"apprise.{node.module}" if node.level else str(node.module), *inner}
    return {name for name in found if _reaches(name)}


def _reaches(name: str) -> bool:
    top = name.partition(".")[0]
    if top == "apprise":
        return name.endswith((".socket", ".HTTPPolicy"))
    known = top in sys.stdlib_module_names or top in HARMLESS
    return not known or top in OWN_WAYS or name in OWN_WAYS


def test_every_service_of_apprise_that_opens_sockets_itself_is_refused_or_known_to_be_held() -> None:
    """A new one of a later Apprise fails here: look whether its lookups pass `lookup.py`, and refuse it where they do not."""
    plugins = Path(apprise.plugins.__file__).parent
    found: dict[str, set[str]] = {}
    for plugin in NotificationManager().plugins():
        source = Path(str(sys.modules[plugin.__module__].__file__))
        ways = _own_ways([source] if source.parent == plugins else source.parent.glob("*.py"))
        names = (getattr(plugin, each) or () for each in ("protocol", "secure_protocol"))
        schemes = {one for each in names for one in ([each] if isinstance(each, str) else each)}
        found |= {scheme: ways for scheme in schemes if ways}
    assert {"rsyslog", "growl", "smpp", "mailto"} <= found.keys()
    allowed = REFUSED_SCHEMES | UNGUARDED_SCHEMES | HELD
    assert {scheme: ways for scheme, ways in found.items() if scheme not in allowed} == {}
    assert not (REFUSED_SCHEMES | UNGUARDED_SCHEMES) & HELD
