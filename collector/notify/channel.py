"""A channel is an Apprise URL: checked when it is added, spoken to when there is something to tell.

https://github.com/caronc/apprise/wiki lists the services.
"""

import asyncio
import logging
from urllib.parse import urlsplit

import apprise

from collector.notify.message import Text
from protocols.errors import ChannelError

REFUSED_SCHEMES = frozenset(("dbus", "gnome", "kde", "macosx", "qt", "syslog", "windows", "exec", "file"))
"""They speak to the collector's own desktop or files, not to a person elsewhere."""


def check(url: str) -> str:
    """The URL's scheme, which is all that may be shown of it. Raises `ChannelError` saying what is wrong.

    The place where addresses will be resolved, checked against private networks, and pinned.
    """
    scheme = urlsplit(url.strip()).scheme.lower()
    if not scheme or "://" not in url:
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
    with apprise.LogCapture(level=logging.INFO, fmt="%(message)s") as captured:
        done = target.notify(title=text.title, body=text.body)
        answer = _clean(captured.getvalue(), url)
    if not done:
        raise ChannelError(answer or "the service did not take the message and gave no reason")
    return answer or "taken"


def _clean(answer: str, url: str) -> str:
    """The service's answer without the URL's secrets, on one line."""
    parts = urlsplit(url)
    secrets = [part for part in (url, parts.password, parts.username, parts.query, parts.path.strip("/")) if part]
    line = "; ".join(filter(None, (part.strip() for part in answer.splitlines())))
    for secret in secrets:
        if len(secret) > 2:
            line = line.replace(secret, "…")
    return line[:500]


def _names(schema: dict[str, object]) -> list[str]:
    names: list[str] = []
    for key in ("protocols", "secure_protocols"):
        value = schema.get(key)
        names += [str(name) for name in value] if isinstance(value, list | tuple | set) else []
    return names
