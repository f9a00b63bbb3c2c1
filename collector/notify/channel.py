"""A channel is an Apprise URL: checked when it is added, spoken to when there is something to tell.

https://github.com/caronc/apprise/wiki lists the services.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from urllib.parse import unquote, unquote_plus, urlsplit

import apprise

from collector.notify.message import Text
from protocols.errors import ChannelError

REFUSED_SCHEMES = frozenset(
    ("blink1", "dbus", "exec", "file", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows")
)
"""They speak to the collector's own desktop or files, not to a person elsewhere."""
_answer: ContextVar[list[logging.LogRecord] | None] = ContextVar("_answer", default=None)


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

    The place where addresses will be resolved, checked against private networks, and pinned.
    """
    scheme, found, _ = url.strip().partition("://")
    scheme = scheme.lower()
    if not found or not scheme.isalnum():
        raise ChannelError(
            "a channel is an Apprise URL such as mailto://user:password@example.org, ntfy://topic or json://host/path",
            permanent=True,
        )
    if scheme in REFUSED_SCHEMES:
        raise ChannelError(f"{scheme}:// speaks to this machine, not to people: choose another service", permanent=True)
    if apprise.Apprise.instantiate(url, suppress_exceptions=True) is None:
        known = scheme in {name for schema in apprise.Apprise().details()["schemas"] for name in _names(schema)}
        why = "its parts are not complete or not valid" if known else f"{scheme}:// is no service that Apprise knows"
        raise ChannelError(f"this URL cannot be used: {why}; see https://appriseit.com/services/", permanent=True)
    return scheme


async def deliver(url: str, text: Text) -> str:
    """Hand the message to the channel; its own answer in words. Raises `ChannelError` with the answer when it failed."""
    return await asyncio.to_thread(_deliver, url, text)


def _deliver(url: str, text: Text) -> str:
    target = apprise.Apprise()
    if not target.add(url):
        raise ChannelError("the stored URL is no longer one that Apprise knows: add the channel again", permanent=True)
    lines: list[logging.LogRecord] = []
    heard = _answer.set(lines)
    try:
        done = target.notify(title=text.title, body=text.body)
    finally:
        _answer.reset(heard)
    said = [line.getMessage() for line in lines if done or line.levelno >= logging.WARNING]
    answer = cleaned("\n".join(said[-1:] if done else said), url)
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
