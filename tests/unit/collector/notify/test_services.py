"""Channels in plain words: the URL that each service's answers make, and what is said of answers that make none."""

import apprise
import pytest

from collector.notify.channel import check
from collector.notify.services import SERVICES, url_of
from protocols.errors import ChannelError

MAIL = {"to": "a@example.org", "server": "smtp.example.org", "mode": "starttls"}
TEAMS = (
    "https://prod-01.westus.logic.azure.com:443/workflows/abcdef0123456789/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abcSIG_-1"
)
SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
CHAT = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=KKKK&token=TTTT"
GOOD = [
    ("mail", MAIL, "mailtos"),
    ("mail", MAIL | {"mode": "insecure", "server": "10.0.0.9:2525", "from": "bell@example.org"}, "mailto"),
    ("ntfy", {"topic": "lincoln-7fk2"}, "ntfys"),
    ("ntfy", {"topic": "x", "server": "http://10.0.0.9:8080", "token": "tk_a/b"}, "ntfy"),
    ("teams", {"url": TEAMS}, "workflow"),
    ("slack", {"url": SLACK}, "slack"),
    ("chat", {"url": CHAT}, "gchat"),
    ("webhook", {"url": "https://example.org/hook"}, "https"),
    ("apprise", {"url": "pover://u1234567890123456789012345678@a12345678901234567890123456789"}, "pover"),
]
BAD = [
    ("mail", MAIL | {"to": "nobody"}, "To: 'nobody' is no e-mail address"),
    ("mail", MAIL | {"to": "a@b.org,c@d.org"}, "is no e-mail address"),
    ("mail", MAIL | {"server": "smtp.example.org/?to=x"}, "Mail server"),
    ("mail", MAIL | {"server": ""}, "Mail server is missing"),
    ("mail", MAIL | {"mode": "none"}, "Security"),
    ("ntfy", {"topic": "a/b"}, "Topic"),
    ("ntfy", {"topic": "a", "server": "file:///etc"}, "Server"),
    ("slack", {"url": CHAT}, "this is none that Slack gives"),
    ("teams", {"url": "https://example.org/"}, "this is none that Teams Workflows gives"),
    ("webhook", {"url": "file:///etc/passwd"}, "begins with https://"),
    ("fax", {}, "Choose a service"),
]


@pytest.mark.parametrize(("key", "said", "scheme"), GOOD)
def test_answers_make_a_url_that_is_taken(key: str, said: dict[str, str], scheme: str) -> None:
    assert check(url_of(key, said)) == scheme


@pytest.mark.parametrize(("key", "said", "why"), BAD)
def test_what_cannot_be_used_is_said_by_its_question(key: str, said: dict[str, str], why: str) -> None:
    with pytest.raises(ChannelError, match=why.replace("?", r"\?")):
        url_of(key, said)


def test_a_password_with_signs_in_it_arrives_as_it_is() -> None:
    said = MAIL | {"user": "bell@example.org", "password": "p@:/?#% &"}
    found = apprise.Apprise.instantiate(url_of("mail", said))
    assert (found.user, found.password, found.smtp_host) == ("bell@example.org", "p@:/?#% &", "smtp.example.org")
    assert found.targets == [(False, "a@example.org")]


def test_every_service_says_what_it_asks() -> None:
    assert len({service.key for service in SERVICES}) == len(SERVICES)
    assert all(field.caption and service.what for service in SERVICES for field in service.fields)
