"""Who may ask the simulated device: UsernameToken as a strict device checks it, and HTTP Digest."""

import base64
import secrets
from xml.etree.ElementTree import Element

from protocols.secret import Secret
from protocols.transports.http.digest import Challenge, Credential, authorization, challenges
from protocols.transports.onvif.simulated.http import Question
from protocols.transports.onvif.simulated.traits import Traits
from protocols.transports.soap.security import digest
from protocols.transports.soap.values import date_time_ms
from protocols.transports.soap.xml import find, text

FRESH_MS = 5000
"""How far a token's time may be off the device's clock; devices allow seconds to minutes."""
_REALM = {"realm": "simulated", "qop": "auth", "algorithm": "MD5"}


class Gate:
    """Checks the credentials of one device."""

    def __init__(self, traits: Traits) -> None:
        self.traits = traits
        self.attempts = 0
        """Credentials that were wrong, as a device counts them before it locks the account."""
        self.changed = False
        """Somebody changed the password: what was right is wrong now."""
        self._nonces: set[bytes] = set()
        self._nonce = secrets.token_hex(8)

    @property
    def open(self) -> bool:
        """Whether it lets anybody in."""
        return not self.traits.user

    @property
    def _password(self) -> Secret:
        return Secret(self.traits.password + ("-new" if self.changed else ""))

    def token(self, envelope: Element, now_ms: int) -> bool:
        """Whether the envelope's UsernameToken is right: user, password, a time near its clock, a nonce not seen before."""
        given = find(envelope, "s:Header/wsse:Security/wsse:UsernameToken")
        if self.open or given is None:
            return self.open
        created, raw = text(given, "wsu:Created"), text(given, "wsse:Nonce")
        nonce = base64.b64decode(raw)
        at = date_time_ms(created)
        fresh = at is not None and abs(at - now_ms) <= FRESH_MS and nonce not in self._nonces
        self._nonces.add(nonce)
        wanted = digest(self._password, created, nonce)
        right = text(given, "wsse:Username") == self.traits.user and text(given, "wsse:Password") == wanted
        self.attempts += not right
        return fresh and right

    def http(self, question: Question) -> bool:
        """Whether the request's HTTP Digest is right."""
        given = challenges([question.headers.get("authorization", "")])
        if self.open or not given:
            return self.open
        said = given[0].parameters
        challenge = Challenge("digest", {**_REALM, "nonce": self._nonce})
        who = Credential(self.traits.user, self._password)
        count = int(said.get("nc", "0"), 16)
        wanted = authorization(challenge, who, question.method, question.target, count, said.get("cnonce", ""))
        right = said.get("response") == challenges([wanted])[0].parameters["response"]
        self.attempts += not right
        return right

    def challenge(self) -> dict[str, str]:
        """The header that asks for HTTP Digest."""
        fields = ", ".join(f'{key}="{value}"' for key, value in {**_REALM, "nonce": self._nonce}.items())
        return {"WWW-Authenticate": f"Digest {fields}"}
