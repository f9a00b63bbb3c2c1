"""What enrolment is made of, without a database: names of agents, tokens, proofs, the line that is pasted. Pure.

A token never travels. Its holder sends `code`, which is derived from it and finds the enrolment, and `proof`, an HMAC over
the signing request under the token's SHA-256, which is all that the collector keeps. Who listens on the way learns nothing
he could enrol with, and who alters the request breaks the proof. `agent/enrolment.py` computes the same.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Container
from datetime import timedelta
from typing import NamedTuple

from protocols.wire.topics import COLLECTOR

TOKEN_LIFE = timedelta(hours=24)
RETRY_LIFE = timedelta(minutes=15)
"""For so long after its use the same key may ask again: an answer that was lost does not strand the agent."""
_LONGEST = 56


class Secret(NamedTuple):
    """A new token, and what is kept of it."""

    token: str
    code: str
    key: bytes


def new_token() -> Secret:
    """A single-use token with 192 random bits, its code and its key."""
    token = secrets.token_hex(24)  # hex: none begins with a dash, which a command line takes for an option
    return Secret(token, code_of(token), key_of(token))


def code_of(token: str) -> str:
    """16 hex digits that find the enrolment and say nothing of the token."""
    return hashlib.sha256(b"firstbell enrolment code " + token.encode()).hexdigest()[:16]


def key_of(token: str) -> bytes:
    """The key of the proof: the token's SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def prove(key: bytes, csr: bytes) -> str:
    """The proof, in hex, that the holder of the token made this signing request (PEM as sent)."""
    return hmac.new(key, csr, hashlib.sha256).hexdigest()


def agent_id(name: str, taken: Container[str]) -> str:
    """A name for the agent of a building: lower-case ASCII, `-` between words, numbered when `taken` or the collector's own."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].strip("-") or "agent"
    candidate, number = slug, 2
    while candidate in taken or candidate == COLLECTOR:
        candidate, number = f"{slug}-{number}", number + 1
    return candidate
