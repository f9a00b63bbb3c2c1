"""A user and password as HTTP wants them: Basic (RFC 7617) and Digest with MD5 or SHA-256 (RFC 7616, and 2069 without qop)."""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from protocols.secret import Secret

_ITEM = re.compile(r'([A-Za-z0-9!#$%&\'*+.^_`|~-]+)(?:[ \t]{0,8}=[ \t]{0,8}("(?:[^"\\]|\\.)*"|[^\s,"]*))?')
"""A token, with what it is set to. What stands between two is looked over sign by sign: a pattern for it would look at a row
of blanks again from each of them."""
_HASHES = {"SHA-256": "sha256", "SHA-256-SESS": "sha256", "MD5": "md5", "MD5-SESS": "md5"}
"""Algorithm → hashlib's name, the better ones first."""
MOST_CHALLENGES = 16


class Credential(NamedTuple):
    """Who signs in."""

    user: str
    password: Secret


class Challenge(NamedTuple):
    """What a server asks for: scheme in lower case, its parameters by lower-case name."""

    scheme: str
    parameters: dict[str, str]

    @property
    def hash(self) -> str | None:
        """hashlib's name of a Digest's algorithm that is known here and whose qop can be met."""
        offered = [each.strip() for each in self.parameters.get("qop", "").lower().split(",")]
        if self.scheme != "digest" or not ("auth" in offered or offered == [""]):
            return None
        return _HASHES.get(self.parameters.get("algorithm", "MD5").upper())


def challenges(headers: Iterable[str]) -> list[Challenge]:
    """The challenges in `WWW-Authenticate` headers, of which each may hold several."""
    found: list[Challenge] = []
    for header in headers:
        for item in _ITEM.finditer(header[:8192]):
            name, value = item[1].lower(), item[2]
            if value is None:
                found.append(Challenge(name, {}))
            elif found:
                text = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
                found[-1].parameters.setdefault(name, text)
            if len(found) >= MOST_CHALLENGES:
                return found
    return found


def best(offered: Iterable[Challenge]) -> Challenge | None:
    """The strongest that can be met: Digest with SHA-256, with MD5, then Basic."""
    order = {"sha256": 0, "md5": 1}
    usable = [each for each in offered if each.hash is not None or each.scheme == "basic"]
    return min(usable, key=lambda each: order.get(each.hash or "", 2), default=None)


def authorization(
    challenge: Challenge, who: Credential, method: str, target: str, count: int, cnonce: str | None = None
) -> str:
    """The `Authorization` header for the `count`th request (from 1) under this challenge; each sign of it is one byte (Latin-1).

    What the server said is hashed and sent back byte for byte as it came; user and password are UTF-8 (RFC 7616 section 4).
    """
    if challenge.scheme == "basic":
        return "Basic " + base64.b64encode(f"{who.user}:{who.password.reveal()}".encode()).decode()
    said = {name: value if _is_bytes(value) else _as_bytes(value) for name, value in challenge.parameters.items()}
    algorithm, realm, nonce = said.get("algorithm", "MD5"), said.get("realm", ""), said.get("nonce", "")
    own = cnonce or secrets.token_hex(16)
    user, password = _as_bytes(who.user), _as_bytes(who.password.reveal())

    def digest(text: str) -> str:
        return hashlib.new(challenge.hash or "md5", text.encode("latin-1"), usedforsecurity=False).hexdigest()

    first = digest(f"{user}:{realm}:{password}")
    if algorithm.upper().endswith("-SESS"):
        first = digest(f"{first}:{nonce}:{own}")
    second = digest(f"{method}:{target}")
    fields = [("username", user), ("realm", realm), ("nonce", nonce), ("uri", target)]
    if "qop" in said:
        number = f"{count:08x}"
        fields.append(("response", digest(f"{first}:{nonce}:{number}:{own}:auth:{second}")))
        tail = f", qop=auth, nc={number}, cnonce={_quoted(own)}"
    else:
        fields.append(("response", digest(f"{first}:{nonce}:{second}")))
        tail = f", cnonce={_quoted(own)}" if algorithm.upper().endswith("-SESS") else ""
    if "opaque" in said:
        fields.append(("opaque", said["opaque"]))
    tail += f", algorithm={algorithm}" if "algorithm" in said else ""
    return "Digest " + ", ".join(f"{name}={_quoted(value)}" for name, value in fields) + tail


def _as_bytes(text: str) -> str:
    """The bytes of its UTF-8, a sign each."""
    return text.encode().decode("latin-1")


def _is_bytes(text: str) -> bool:
    return all(sign <= "\xff" for sign in text)


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
