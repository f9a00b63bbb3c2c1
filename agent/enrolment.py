"""How this machine becomes an agent: its key is made here and never leaves; the collector signs a certificate for it.

The token never travels either: `code` finds the enrolment, `proof` is an HMAC over the signing request under the token's
SHA-256 (`collector/fleet/enrolment.py` checks it). The CA that comes back must have the fingerprint that was pinned.
"""

import hashlib
import hmac
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from protocols.errors import EnrolmentError
from protocols.wire.topics import AGENT_NAME

KEY_FILE, CERTIFICATE_FILE, CA_FILE, IDENTITY_FILE = "agent.key", "agent.pem", "ca.pem", "identity.json"
_TIMEOUT = 30.0
_LARGEST = 64 * 1024


@dataclass(frozen=True)
class Invitation:
    """What `firstbell enrol` printed: the collector's URL, the token, and the SHA-256 (hex) of its CA's certificate."""

    url: str
    token: str
    ca_sha256: str

    @property
    def code(self) -> str:
        """16 hex digits that find the enrolment and say nothing of the token."""
        return hashlib.sha256(b"firstbell enrolment code " + self.token.encode()).hexdigest()[:16]


class Identity(msgspec.Struct, frozen=True):
    """Who this agent is; kept in `identity.json` beside its certificate."""

    agent: str
    name: str
    building: str
    broker: str
    url: str
    code: str


class _Answer(msgspec.Struct, frozen=True):
    agent: str
    name: str
    building: str
    certificate: str
    ca: str
    broker: str


def enrol(invitation: Invitation, state: Path) -> Identity:
    """Get an identity and keep it in the folder `state`; one got with this token before is kept. Raises `EnrolmentError`."""
    known = read_identity(state)
    if known is not None and known.code == invitation.code:
        return known
    try:
        state.mkdir(parents=True, exist_ok=True)
        key = _key(state / f".{KEY_FILE}.{invitation.code}")
        csr = _request(key)
        answer = _ask(invitation, csr)
        _check(answer, invitation, key)
        identity = Identity(answer.agent, answer.name, answer.building, answer.broker, invitation.url, invitation.code)
        write(state / CA_FILE, answer.ca.encode(), 0o644)
        write(state / CERTIFICATE_FILE, answer.certificate.encode(), 0o644)
        (state / f".{KEY_FILE}.{invitation.code}").replace(state / KEY_FILE)
        write(state / IDENTITY_FILE, msgspec.json.format(msgspec.json.encode(identity)), 0o644)
    except OSError as error:
        raise EnrolmentError(f"{state}: {error.strerror}; run this as root, or give another --state DIR") from error
    return identity


def read_identity(state: Path) -> Identity | None:
    """Who this agent is already, None when nobody. Raises `EnrolmentError` when the file cannot be read."""
    path = state / IDENTITY_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Identity)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise EnrolmentError(f"{path} cannot be read: {error}; remove it and enrol again", permanent=True) from error


def write_config(path: Path, identity: Identity, state: Path) -> bool:
    """Write `agent.toml` for this identity, watching this very machine; True if a file for another had to make way.

    A file that already names this agent and broker is a person's by now and stays. Raises `EnrolmentError`.
    """
    wanted = [f"id = {json.dumps(identity.agent)}", f"broker = {json.dumps(identity.broker)}"]
    try:
        present = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if all(line in present for line in wanted):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        if present:
            path.replace(path.with_name(path.name + ".before-enrolment"))
        write(path, _config(identity, state).encode(), 0o644)
    except OSError as error:
        raise EnrolmentError(f"{path}: {error.strerror}; run this as root, or give another --config FILE") from error
    return bool(present)


def write(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(mode)
    draft.replace(path)


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    """This machine's key for the token: the same at each attempt, so that a lost answer can be asked for again."""
    if path.exists():
        kept = serialization.load_pem_private_key(path.read_bytes(), None)
        assert isinstance(kept, ec.EllipticCurvePrivateKey)
        return kept
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write(path, pem, 0o600)
    return key


def _request(key: ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "firstbell agent")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return csr.public_bytes(serialization.Encoding.PEM).decode()


def _ask(invitation: Invitation, csr: str) -> _Answer:
    proof = hmac.new(hashlib.sha256(invitation.token.encode()).digest(), csr.encode(), hashlib.sha256).hexdigest()
    body = json.dumps({"code": invitation.code, "csr": csr, "proof": proof}).encode()
    if not invitation.url.startswith(("http://", "https://")):
        raise EnrolmentError(f"{invitation.url[:80]!r} is not an http:// or https:// address", permanent=True)
    where = invitation.url.rstrip("/") + "/api/v1/enrol"
    request = urllib.request.Request(where, body, {"Content-Type": "application/json"})  # noqa: S310 (checked above)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310 (checked above)
            return msgspec.json.decode(response.read(_LARGEST), type=_Answer)
    except urllib.error.HTTPError as error:
        with error:
            raise EnrolmentError(f"the collector refused: {_detail(error.read(_LARGEST), error.code)}") from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise EnrolmentError(
            f"{invitation.url} cannot be reached: {reason}; check the address and the network"
        ) from error
    except msgspec.MsgspecError as error:
        raise EnrolmentError(f"{where} answered something else than a First Bell collector: {error}") from error


def _detail(body: bytes, status: int) -> str:
    try:
        problem: Any = json.loads(body)
        return str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {status}"


def _check(answer: _Answer, invitation: Invitation, key: ec.EllipticCurvePrivateKey) -> None:
    """The CA is the pinned one, the certificate is its, for our key and in the name it says. Raises `EnrolmentError`."""
    try:
        ca = x509.load_pem_x509_certificate(answer.ca.encode())
        certificate = x509.load_pem_x509_certificate(answer.certificate.encode())
        if not hmac.compare_digest(ca.fingerprint(hashes.SHA256()).hex(), invitation.ca_sha256.lower()):
            raise EnrolmentError(
                "the collector's CA is not the one that `firstbell enrol` pinned: somebody may be in between;"
                " check the address and run `firstbell enrol` again",
                permanent=True,
            )
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise EnrolmentError(f"the collector's certificate cannot be used: {error}", permanent=True) from error
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    named = AGENT_NAME.fullmatch(answer.agent) and [name.value for name in names] == [answer.agent]
    if certificate.public_key() != key.public_key() or not named:
        raise EnrolmentError("the certificate is for another key or another agent; enrol again", permanent=True)


def _config(identity: Identity, state: Path) -> str:
    rows = {
        "agent": {"id": identity.agent, "state": str(state)},
        "collector": {
            "broker": identity.broker,
            "ca": str(state / CA_FILE),
            "certificate": str(state / CERTIFICATE_FILE),
            "key": str(state / KEY_FILE),
        },
    }
    lines = [f"# {identity.building}. Written at enrolment; agent/README.md has every option."]
    for section, table in rows.items():
        lines += ["", f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    lines += ["", "[[device]]", 'kind = "host"', 'address = "local"', 'key = "host"']
    return "\n".join(lines) + "\n"
