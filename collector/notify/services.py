"""Channels in plain words: what each service asks of a person, and the URL made of the answers. A new service is one row.

The forms of URLs are Apprise's (https://appriseit.com/services/). What a service gives to be copied is read by Apprise itself.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

import apprise

from protocols.errors import ChannelError


class Field(NamedTuple):
    """One question. `kind` is the type of an input, or `choice`, then `choices` are value and words."""

    name: str
    caption: str
    hint: str = ""
    kind: str = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()


class Service(NamedTuple):
    """One service: `url` makes its URL of the answers. It raises `ChannelError` saying what is missing."""

    key: str
    title: str
    what: str
    fields: tuple[Field, ...]
    url: Callable[[Mapping[str, str]], str]


_PORTS = {"starttls": 587, "ssl": 465, "insecure": 25}


def _mail(said: Mapping[str, str]) -> str:
    to, server = said.get("to", ""), said.get("server", "")
    sender, mode = said.get("from", "") or to, said.get("mode", "starttls")
    for word, caption in ((to, "To"), (sender, "From")):
        if word.count("@") != 1 or any(sign in word for sign in " ,;"):
            raise ChannelError(f"{caption}: {word!r} is no e-mail address", permanent=True)
    host, _, port = server.partition(":")
    if not host or "/" in server or "@" in server or (port and not port.isdigit()):
        raise ChannelError("Mail server: write its name, as smtp.example.org or 10.0.0.9:25", permanent=True)
    if mode not in _PORTS:
        raise ChannelError("Security: choose one of the three", permanent=True)
    user, password = said.get("user", ""), said.get("password", "")
    who = f"{quote(user.partition('@')[0] or user, safe='')}:{quote(password, safe='')}@" if user else ""
    query = {"smtp": host, "from": sender, "to": to, "mode": mode, **({"user": user} if user else {})}
    scheme = "mailto" if mode == "insecure" else "mailtos"
    return f"{scheme}://{who}{host}:{port or _PORTS[mode]}/?{urlencode(query)}"


def _ntfy(said: Mapping[str, str]) -> str:
    topic, server, token = said.get("topic", ""), said.get("server", ""), said.get("token", "")
    if not topic or not topic.replace("-", "").replace("_", "").isalnum():
        raise ChannelError("Topic: letters, digits, - and _ only", permanent=True)
    scheme, found, host = server.partition("://")
    host = (host if found else server).strip("/")
    if "/" in host or "@" in host or (found and scheme not in ("http", "https")):
        raise ChannelError("Server: write its address, as https://ntfy.example.org", permanent=True)
    if not host and not token:
        return f"ntfys://{topic}"
    who = f"{quote(token, safe='')}@" if token else ""
    return f"{'ntfy' if found and scheme == 'http' else 'ntfys'}://{who}{host or 'ntfy.sh'}/{topic}"


def _copied(named: str, *schemes: str) -> Callable[[Mapping[str, str]], str]:
    """Of what the service gave to be copied, if it is that service's indeed."""

    def url(said: Mapping[str, str]) -> str:
        given = said.get("url", "")
        found = apprise.Apprise.instantiate(given, suppress_exceptions=True)
        made = "" if found is None else str(found.url(privacy=False))
        if not made.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ChannelError(f"Address: this is none that {named} gives; copy all of it", permanent=True)
        return made

    return url


def _webhook(said: Mapping[str, str]) -> str:
    url = said.get("url", "")
    if not url.lower().startswith(("https://", "http://")):
        raise ChannelError("Address: it begins with https:// (or http:// inside)", permanent=True)
    return url


def _any(said: Mapping[str, str]) -> str:
    return said.get("url", "")


_ADDRESS = Field("url", "Address", "copied from there", "url", True)
SERVICES: tuple[Service, ...] = (
    Service(
        "mail", "E-mail", "To a person, a list, or a pager that takes mail.",
        (
            Field("to", "To", "office@example.org", "email", True),
            Field("server", "Mail server", "smtp.example.org", "text", True),
            Field("mode", "Security", "", "choice", False, (
                ("starttls", "STARTTLS (port 587)"), ("ssl", "TLS (port 465)"), ("insecure", "none: a relay inside (port 25)"),
            )),
            Field("user", "User", "if it asks for one"),
            Field("password", "Password", "", "password"),
            Field("from", "From", "left empty: the same as To", "email"),
        ),
        _mail,
    ),
    Service(
        "ntfy", "ntfy", "To phones, by the free app ntfy: subscribe to a topic with a name that nobody guesses.",
        (
            Field("topic", "Topic", "lincoln-alerts-7fk2", "text", True),
            Field("server", "Server", "left empty: ntfy.sh"),
            Field("token", "Token", "if the topic is protected", "password"),
        ),
        _ntfy,
    ),
    Service(
        "teams", "Microsoft Teams",
        "In Teams: the channel’s … menu, Workflows, “Post to a channel when a webhook request is received”; copy its address.",
        (_ADDRESS,), _copied("Teams Workflows", "workflow", "workflows", "msteams"),
    ),
    Service(
        "slack", "Slack", "In Slack: an app with Incoming Webhooks switched on, added to a channel; copy the webhook’s address.",
        (_ADDRESS,), _copied("Slack", "slack"),
    ),
    Service(
        "chat", "Google Chat", "In a space: Apps and integrations, Webhooks, Add; copy its address.",
        (_ADDRESS,), _copied("Google Chat", "gchat"),
    ),
    Service(
        "webhook", "Webhook", "To a program of your own: JSON, signed with a secret that is shown once.",
        (Field("url", "Address", "https://example.org/hook", "url", True),), _webhook,
    ),
    Service(
        "apprise", "Any other service", "Any of the services that Apprise knows, by its URL: appriseit.com/services",
        (Field("url", "Apprise URL", "pover://user@token", "text", True),), _any,
    ),
)  # fmt: skip
BY_KEY = {service.key: service for service in SERVICES}


def url_of(key: str, said: Mapping[str, str]) -> str:
    """The channel's URL. Raises `ChannelError` in words for the form when an answer cannot be used."""
    service = BY_KEY.get(key)
    if service is None:
        raise ChannelError("Choose a service", permanent=True)
    answers = {field.name: said.get(field.name, "").strip() for field in service.fields}
    for field in service.fields:
        if field.required and not answers[field.name]:
            raise ChannelError(f"{field.caption} is missing", permanent=True)
    return service.url(answers)
