"""A channel is an Apprise URL, or an http(s) URL for our own webhook: checked when it is added, spoken to when there is something
to tell. https://github.com/caronc/apprise/wiki lists the services.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from email.utils import make_msgid
from secrets import token_urlsafe
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus, urlsplit

import apprise
from apprise.plugins.email import base as _mail
from apprise.utils.parse import parse_urls

from collector.notify.guard import Allowed
from collector.notify.lookup import Guarding, guarding
from collector.notify.mentions import unmentioned
from collector.notify.message import Text
from collector.notify.webhook import SCHEMES, Post, post, target_of
from collector.secrets import Secrets
from protocols.errors import ChannelError

REFUSED_SCHEMES = frozenset(
    ("blink1", "dbus", "exec", "file", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows")
)
"""They speak to the collector's own desktop or files, not to a person elsewhere."""
UNGUARDED_SCHEMES = frozenset(
    ("amqp", "amqps", "growl", "mqtt", "mqtts", "nostr", "rsyslog", "smpp", "smpps", "xmpp", "xmpps")
)
"""Their plugins reach a host past `lookup.py`: a datagram, a library that looks names up itself or in a thread of its own."""
_answer: ContextVar[list[logging.LogRecord] | None] = ContextVar("_answer", default=None)


_key: ContextVar[str] = ContextVar("_key", default="")
MAIL_SCHEMES = frozenset(("mailto", "mailtos"))


class Handover(NamedTuple):
    """What goes with a message: `key` is the same at every try, so that a receiver can tell a repeated one; `facts` is a webhook's
    body, signed with `secret` at `now_s` (seconds); `allowed` are the inner hosts that channels may reach."""

    key: str = "test"
    facts: dict[str, Any] | None = None
    secret: str | None = None
    now_s: int = 0
    allowed: Allowed = Allowed()


TEST = Text("First Bell: test message", "This channel works: problems will be told here.")


def unsealed(row: Mapping[str, Any], secrets: Secrets) -> tuple[str, Handover]:
    """A stored channel's URL, and how a message to it is signed; its key is that of a test. Raises `StartError` where they
    cannot be decrypted."""
    signing = row["signing_secret"]
    secret = None if signing is None else secrets.decrypt(bytes(signing))
    return secrets.decrypt(bytes(row["url_secret"])), Handover(f"firstbell-test-{token_urlsafe(9)}", secret=secret)


def _message_id(idstring: str | None = None, domain: str | None = None) -> str:
    """A mail's Message-ID: the same at every try of one message, as its receiver's program expects (RFC 5322, 3.6.4)."""
    key = _key.get()
    return f"<{key}@{domain or 'firstbell.invalid'}>" if key else make_msgid(idstring, domain)


_mail.make_msgid = _message_id


class _Answers(logging.Handler):
    """Apprise says in its log what a service answered: kept for the delivery that it is about, and nowhere else."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = _answer.get()
        if lines is not None:
            lines.append(record)


_log = logging.getLogger("apprise")
_log.setLevel(logging.INFO)
_log.propagate = False  # it names URLs, which hold passwords
_log.addHandler(_Answers())


def check(url: str) -> str:
    """The URL's scheme, which is all that may be shown of it. Raises `ChannelError` saying what is wrong.

    Where it leads is checked at each delivery: a name may lead elsewhere tomorrow.
    """
    scheme, found, _ = url.strip().partition("://")
    scheme = scheme.lower()
    if not found or not scheme.isalnum():
        raise ChannelError(
            "a channel is an https:// URL, or an Apprise URL such as mailto://user:password@example.org or ntfy://topic",
            permanent=True,
        )
    _refuse(scheme)
    if scheme in SCHEMES:
        target_of(url.strip())
        return scheme
    _refuse_several(url)
    if apprise.Apprise.instantiate(url, suppress_exceptions=True) is None:
        known = scheme in {name for schema in apprise.Apprise().details()["schemas"] for name in _names(schema)}
        why = "its parts are not complete or not valid" if known else f"{scheme}:// is no service that Apprise knows"
        raise ChannelError(f"this URL cannot be used: {why}; see https://appriseit.com/services/", permanent=True)
    return scheme


def _refuse(scheme: str) -> None:
    if scheme in REFUSED_SCHEMES:
        raise ChannelError(f"{scheme}:// speaks to this machine, not to people: choose another service", permanent=True)
    if scheme in UNGUARDED_SCHEMES:
        why = "connects in a way that cannot be held to the addresses a channel may lead to"
        raise ChannelError(f"{scheme}:// {why}: choose another service, or a webhook (https://)", permanent=True)


def _refuse_several(url: str) -> None:
    """Apprise takes several addresses in one text: those behind the first would be looked at by nobody."""
    if len(parse_urls(url)) != 1:
        raise ChannelError(
            "this is more than one URL: one address a channel, so add a channel for each", permanent=True
        )


def new_secret(scheme: str) -> str | None:
    """What a new webhook's messages are signed with, 256 random bits; None for a service that is no webhook."""
    return f"whsec_{token_urlsafe(32)}" if scheme in SCHEMES else None


async def deliver(url: str, text: Text, how: Handover | None = None) -> str:
    """Hand the message to the channel; its own answer in words. Raises `ChannelError` with the answer when it failed."""
    how = how or Handover()
    scheme = url.strip().partition("://")[0].lower()
    _refuse(scheme)  # one that was added before it was known
    if scheme not in SCHEMES:
        _refuse_several(url)
        return await asyncio.to_thread(_deliver, url, text, how)
    facts = {
        "version": 1,
        "id": how.key,
        "title": text.title,
        "message": text.body,
        **(how.facts or {"change": "test"}),
    }
    try:
        return cleaned(await post(url, Post(facts, how.key, how.secret, how.now_s), how.allowed), url)
    except ChannelError as error:
        raise ChannelError(cleaned(str(error), url), permanent=error.permanent) from error


def _deliver(url: str, text: Text, how: Handover) -> str:
    asset = apprise.AppriseAsset(async_mode=False)
    one = apprise.Apprise.instantiate(url, asset=asset)
    if one is None:
        raise ChannelError("the stored URL is no longer one that Apprise knows: add the channel again", permanent=True)
    target = apprise.Apprise(asset=asset)
    target.add(one)
    lines: list[logging.LogRecord] = []
    heard, key = _answer.set(lines), _key.set(how.key)
    mail = url.partition("://")[0].lower() in MAIL_SCHEMES
    rule = Guarding(how.allowed, mail=mail)
    title, body = (text.title, text.body) if mail else (unmentioned(text.title), unmentioned(text.body))
    body, form = (text.html, apprise.NotifyFormat.HTML) if mail and text.html else (body, None)
    try:
        with guarding(rule):
            done = target.notify(title=title, body=body, body_format=form)
    finally:
        _answer.reset(heard)
        _key.reset(key)
    said = [line.getMessage() for line in lines if done or line.levelno >= logging.WARNING]
    answer = cleaned("\n".join(said[-1:] if done else said), url)
    if not done and rule.refused:
        raise ChannelError(cleaned(rule.refused[0], url))
    if not done:
        raise ChannelError(answer or "the service did not take the message and gave no reason")
    return answer or "taken"


def cleaned(answer: str, url: str) -> str:
    """A service's answer without the URL's secrets, on one line of at most 500 characters."""
    line = "; ".join(filter(None, (part.strip() for part in answer.splitlines())))
    for secret in sorted(set(_secrets(url)), key=len, reverse=True):
        line = line.replace(secret, "…")
    return line[:500]


def _secrets(url: str) -> Iterator[str]:
    """Every part of the URL that may be one, as written and as meant: only a host with dots in it, and ports, are none."""
    yield url
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    who, _, where = parts.netloc.rpartition("@")
    host = where.partition(":")[0]
    words = [*parts.path.split("/"), *(pair.partition("=")[2] for pair in parts.query.split("&")), parts.fragment]
    words += [] if "." in host or host == "localhost" else [host]
    for least, found in ((3, [*who.split(":"), who]), (4, words)):
        for word in found:
            yield from (form for form in (word, unquote(word), unquote_plus(word)) if len(form) >= least)


def _names(schema: dict[str, object]) -> list[str]:
    names: list[str] = []
    for key in ("protocols", "secure_protocols"):
        value = schema.get(key)
        names += [str(name) for name in value] if isinstance(value, list | tuple | set) else []
    return names
