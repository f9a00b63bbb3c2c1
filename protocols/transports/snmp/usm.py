"""The User-based Security Model: keys, digests and privacy (RFC 3414; SHA-2: RFC 7860; AES: RFC 3826). Pure.

Longer AES keys are no standard: `aes192`, `aes256` extend the key as Net-SNMP and most devices do (draft-blumenthal-aes-usm-04),
`aes192c`, `aes256c` as Cisco does (draft-reeder-snmpv3-usm-3desede).
"""

import hashlib
import hmac
from functools import lru_cache
from typing import Any, NamedTuple

AUTH_LENGTHS = {"md5": 12, "sha1": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
"""Bytes of a digest that are sent."""
KEY_LENGTHS = {"des": 16, "aes128": 16, "aes192": 24, "aes256": 32, "aes192c": 24, "aes256c": 32}
"""Bytes of a privacy key; of DES the second half is the pre-IV."""
EXPANDED = 1_048_576


class Keys(NamedTuple):
    """A user's keys at one engine. `auth`, `privacy` are the names of the algorithms, None: not used."""

    auth: str | None
    auth_key: bytes
    privacy: str | None
    privacy_key: bytes


class UsmError(ValueError):
    """What came cannot be decrypted."""


def localise(auth: str | None, password: str, privacy: str | None, privacy_password: str, engine: bytes) -> Keys:
    """The keys of a user at the engine (RFC 3414 section 2.6, appendix A.2)."""
    if auth is None:
        return Keys(None, b"", None, b"")
    auth_key = _localised(auth, password, engine)
    if privacy is None:
        return Keys(auth, auth_key, None, b"")
    key = _localised(auth, privacy_password, engine)
    return Keys(auth, auth_key, privacy, _extended(auth, key, engine, privacy))


def _localised(auth: str, password: str, engine: bytes) -> bytes:
    return _at_engine(auth, _master(auth, password.encode()), engine)


def _at_engine(auth: str, master: bytes, engine: bytes) -> bytes:
    return hashlib.new(auth, master + engine + master, usedforsecurity=False).digest()


@lru_cache(maxsize=8)
def _master(auth: str, password: bytes) -> bytes:
    whole, rest = divmod(EXPANDED, len(password))
    return hashlib.new(auth, password * whole + password[:rest], usedforsecurity=False).digest()


def _extended(auth: str, key: bytes, engine: bytes, privacy: str) -> bytes:
    wanted = KEY_LENGTHS[privacy]
    while len(key) < wanted:
        if privacy.endswith("c"):
            key += _at_engine(auth, hashlib.new(auth, _repeated(key), usedforsecurity=False).digest(), engine)
        else:
            key += hashlib.new(auth, key, usedforsecurity=False).digest()
    return key[:wanted]


def _repeated(key: bytes) -> bytes:
    whole, rest = divmod(EXPANDED, len(key))
    return key * whole + key[:rest]


def digest(keys: Keys, message: bytes) -> bytes:
    """The digest of a whole message whose own digest is zeros (RFC 3414 section 6.3.1, RFC 7860 section 4.2)."""
    assert keys.auth is not None
    return hmac.digest(keys.auth_key, message, keys.auth)[: AUTH_LENGTHS[keys.auth]]


def same(one: bytes, other: bytes) -> bool:
    """Whether two digests are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)


def encrypt(keys: Keys, boots: int, time: int, salt: int, plain: bytes) -> tuple[bytes, bytes]:
    """The cipher text and the privacy parameters that go with it."""
    if keys.privacy == "des":
        parameters = (boots & 0xFFFFFFFF).to_bytes(4, "big") + (salt & 0xFFFFFFFF).to_bytes(4, "big")
        padded = plain + bytes(-len(plain) % 8)
    else:
        parameters, padded = (salt & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big"), plain
    turn = _cipher(keys, boots, time, parameters).encryptor()
    return bytes(turn.update(padded) + turn.finalize()), parameters


def decrypt(keys: Keys, boots: int, time: int, parameters: bytes, secret: bytes) -> bytes:
    """The plain text, of DES with its padding. Raises `UsmError`."""
    if len(parameters) != 8 or (keys.privacy == "des" and len(secret) % 8):
        raise UsmError("privacy parameters or a length that do not fit")
    turn = _cipher(keys, boots, time, parameters).decryptor()
    return bytes(turn.update(secret) + turn.finalize())


def _cipher(keys: Keys, boots: int, time: int, parameters: bytes) -> Any:
    """Loaded where first needed: it is large, and most devices are read without privacy."""
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    if keys.privacy == "des":
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

        key, before = keys.privacy_key[:8], keys.privacy_key[8:]
        start = bytes(a ^ b for a, b in zip(before, parameters, strict=True))
        return Cipher(TripleDES(key * 3), modes.CBC(start))
    from cryptography.hazmat.primitives.ciphers.algorithms import AES

    mode = _cfb()
    return Cipher(AES(keys.privacy_key), mode(boots.to_bytes(4, "big") + time.to_bytes(4, "big") + parameters))


def _cfb() -> Any:
    try:
        from cryptography.hazmat.decrepit.ciphers.modes import CFB
    except ImportError:  # before cryptography 47
        from cryptography.hazmat.primitives.ciphers.modes import CFB
    return CFB
