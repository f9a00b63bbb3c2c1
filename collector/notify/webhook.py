"""Our own webhook: a JSON body that stays, signed, to an address that was checked. The README documents it."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from collector.notify.guard import Allowed
from collector.notify.request import Request, Resolver, send, system_resolver
from protocols.errors import ChannelError

SCHEMES = {"http": "http", "https": "https", "json": "http", "jsons": "https"}
"""`json://` and `jsons://` are what such URLs were called in Apprise; they are spoken to in the same way."""
SIGNATURE = "FirstBell-Signature"


class Target(NamedTuple):
    """Where to, without credentials, and the headers that carry them."""

    url: str
    headers: dict[str, str]


def target_of(url: str) -> Target:
    """User and password become basic authentication, `+Name=value` of the query a header. Raises `ChannelError`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        host = host.encode("idna").decode() if host and not host.isascii() else host
    except (ValueError, UnicodeError) as error:
        raise ChannelError(
            "this URL cannot be used: its parts are not complete or not valid", permanent=True
        ) from error
    if not host or not url.isprintable() or " " in url or port == 0:
        raise ChannelError("this URL cannot be used: its parts are not complete or not valid", permanent=True)
    headers = {}
    if parts.username is not None:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + b64encode(who.encode()).decode()
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    # a `+` that was not percent-encoded arrives as a space
    headers |= {
        name[1:]: value for name, value in pairs if name[:1] in ("+", " ") and _token(name[1:]) and _plain(value)
    }
    query = urlencode([pair for pair in pairs if pair[0][:1] not in ("+", " ")])
    if not any(pair[0][:1] in ("+", " ") for pair in pairs):
        query = parts.query
    where = f"[{host}]" if ":" in host else host
    netloc = where if port is None else f"{where}:{port}"
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    return Target(
        urlunsplit((SCHEMES[parts.scheme.lower()], netloc, path, quote(query, safe="=&%+/?:@!$'()*,;~-._"), "")),
        headers,
    )


def signature(secret: str, body: bytes, now_s: int) -> str:
    """`t=<seconds>,v1=<hex>`: HMAC-SHA256 (RFC 2104) with the channel's secret over `<seconds>.<body>`.

    A receiver computes the same, compares in constant time, and refuses what is older than five minutes: nothing can be replayed.
    """
    mac = hmac.new(secret.encode(), str(now_s).encode() + b"." + body, hashlib.sha256)
    return f"t={now_s},v1={mac.hexdigest()}"


class Post(NamedTuple):
    """`facts` is the JSON body; `key` the same at every try of one message; `secret` None: not signed."""

    facts: Mapping[str, Any]
    key: str
    secret: str | None
    now_s: int


async def post(url: str, message: Post, allowed: Allowed, resolver: Resolver = system_resolver) -> str:
    """Hand it over; the answer in words. Raises `ChannelError` when it was not taken (a status that is not 2xx)."""
    target = target_of(url)
    body = json.dumps(message.facts, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "FirstBell/1", "Idempotency-Key": message.key}
    if message.secret is not None:
        headers[SIGNATURE] = signature(message.secret, body, message.now_s)
    answer = await send(Request("POST", target.url, target.headers | headers, body), allowed, resolver)
    said = " ".join(answer.text.split())[:300]
    if 300 <= answer.status < 400:
        raise ChannelError(f"it answered {answer.status}, a redirect, which is not followed: give the final URL")
    if not 200 <= answer.status < 300:
        raise ChannelError(f"it answered {answer.status}: {said}" if said else f"it answered {answer.status}")
    return f"{answer.status} {said}".strip()


def _token(name: str) -> bool:
    reserved = name.lower() in ("host", "content-length", "connection", "transfer-encoding")
    return bool(name) and name.isascii() and name.replace("-", "").replace("_", "").isalnum() and not reserved


def _plain(value: str) -> bool:
    return value.isascii() and value.isprintable()
