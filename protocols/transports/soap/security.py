"""WS-Security UsernameToken with a password digest (OASIS Username Token Profile 1.1, 3.1), and who signs in."""

import base64
import hashlib
from typing import NamedTuple

from protocols.secret import Secret
from protocols.transports.soap.values import written
from protocols.transports.soap.xml import plain, tag

_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"


class Login(NamedTuple):
    """A device's user and its password."""

    user: str
    password: Secret


def username_token(login: Login, created_ms: int, nonce: bytes) -> str:
    """The `wsse:Security` header. `created_ms` is by the device's own clock: it refuses what is minutes off."""
    created = written(created_ms)
    return tag(
        "wsse:Security",
        tag(
            "wsse:UsernameToken",
            tag("wsse:Username", plain(login.user)),
            tag("wsse:Password", digest(login.password, created, nonce), Type=_PROFILE),
            tag("wsse:Nonce", base64.b64encode(nonce).decode(), EncodingType=_BASE64),
            tag("wsu:Created", created),
        ),
        **{"s:mustUnderstand": "1"},
    )


def digest(password: Secret, created: str, nonce: bytes) -> str:
    """Base64(SHA-1(nonce + created + password)): the profile knows no other hash."""
    hashed = hashlib.sha1(nonce + created.encode() + password.reveal().encode(), usedforsecurity=False)
    return base64.b64encode(hashed.digest()).decode()
