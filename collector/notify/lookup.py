"""Apprise resolves names by itself, follows redirects too: here each of its lookups answers only what `guard` lets through.

`socket.getaddrinfo` is wrapped once; outside `guarding` it is as ever. What is connected to is what was checked, so an answer that
changes between check and connection changes nothing.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from collector.notify.guard import Allowed, refusal

_ask: Any = socket.getaddrinfo


@dataclass
class Guarding:
    """One delivery's rule; `refused` gathers why an address was left out."""

    allowed: Allowed
    mail: bool = False
    refused: list[str] = field(default_factory=list)


_rule: ContextVar[Guarding | None] = ContextVar("_rule", default=None)


@contextmanager
def guarding(rule: Guarding) -> Iterator[Guarding]:
    """Hold the lookups of this thread's block to the rule."""
    before = _rule.set(rule)
    try:
        yield rule
    finally:
        _rule.reset(before)


def _guarded(host: Any, *more: Any, **given: Any) -> Any:
    found = _ask(host, *more, **given)
    rule = _rule.get()
    if rule is None:
        return found
    name = host.decode() if isinstance(host, bytes) else str(host)
    kept = []
    for row in found:
        why = refusal(str(row[4][0]), name, rule.allowed, mail=rule.mail)
        if why is None:
            kept.append(row)
        else:
            rule.refused.append(why)
    if not kept:
        raise socket.gaierror(socket.EAI_FAIL, f"{name} may not be reached")
    return kept


socket.getaddrinfo = _guarded
