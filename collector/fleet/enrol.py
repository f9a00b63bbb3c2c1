"""Enrolment as it happens: an administrator asks for a line, an agent's machine asks for its identity."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import available_timezones

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from collector.fleet import authority, enrolment, installer
from collector.fleet.authority import Authority, check_request
from collector.fleet.wheelhouse import FOLDER, Wheelhouse
from collector.store import audit, certificates, enrolments
from collector.store.audit import Change
from collector.store.database import Connection, Database
from collector.store.enrolments import NewEnrolment
from collector.store.fleet import ensure_agent, ensure_building
from protocols.errors import EnrolmentError, OptionError


@dataclass(frozen=True)
class Wanted:
    """Who is to be enrolled: a building (made if new, with the IANA `timezone`) and what the agent is called there."""

    building: str
    name: str | None = None
    timezone: str = "UTC"

    def check(self) -> None:
        """Raises `OptionError` naming what cannot be used."""
        for what, text in (("--building", self.building), ("--name", self.name)):
            if text is not None and (not text.strip() or len(text) > 200 or not text.isprintable()):
                raise OptionError(f"{what} {text[:40]!r}: 1 to 200 printable characters")
        if self.timezone not in available_timezones():
            raise OptionError(f"--timezone {self.timezone[:60]!r}: no such IANA time zone; write it as America/Chicago")


@dataclass(frozen=True)
class Promise:
    """An enrolment that can be used once: the agent's name to be, the token, and when it ends."""

    agent_id: str
    token: str
    expires: datetime


@dataclass(frozen=True)
class Request:
    """What an agent's machine sends: see `enrolment.py` for `code` and `proof`; `csr` is PEM."""

    code: str
    csr: str
    proof: str


@dataclass(frozen=True)
class Identity:
    """What it gets."""

    agent_id: str
    name: str
    building: str
    certificate: bytes
    ca: bytes


async def promise(database: Database, wanted: Wanted, who: str, now: datetime) -> Promise:
    """Make the building if it is new, and a token for one more agent there. Raises `OptionError`."""
    wanted.check()
    secret = enrolment.new_token()
    expires = now + enrolment.TOKEN_LIFE
    async with database.transaction() as connection:
        taken = await enrolments.taken_names(connection, now)
        name = wanted.name or wanted.building
        chosen = enrolment.agent_id(name, taken)
        building = await ensure_building(connection, wanted.building, wanted.timezone)
        new = NewEnrolment(secret.code, secret.key, building, chosen, name, expires)
        await enrolments.add(connection, new, now)
        change = Change(who, "enrolment.create", f"agent:{chosen}", after={"building": wanted.building})
        await audit.record(connection, change, now)
    return Promise(chosen, secret.token, expires)


async def redeem(database: Database, ca: Authority, request: Request, now: datetime) -> Identity:
    """Sign the request and make the agent known, once; again for the same key within minutes. Raises `EnrolmentError`."""
    try:
        csr = x509.load_pem_x509_csr(request.csr.encode())
    except ValueError as error:
        raise EnrolmentError("csr is not a PEM certificate signing request", permanent=True) from error
    check_request(csr)
    used_key = hashlib.sha256(
        csr.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ).digest()
    async with database.transaction() as connection:
        row = await enrolments.find(connection, request.code)
        proof = enrolment.prove(bytes(row["hash"]), request.csr.encode()) if row else ""
        if row is None or not hmac.compare_digest(proof, request.proof):
            raise EnrolmentError(
                "the token is not one of this collector's; run `firstbell enrol` for a new line", permanent=True
            )
        _check_unused(row, used_key, now)
        issued = ca.sign_agent(csr, row["agent_id"], now)
        await ensure_agent(connection, row["agent_id"], row["name"], row["building_id"])
        await certificates.add(connection, issued.serial, row["agent_id"], now, issued.expires)
        await enrolments.spend(connection, row["id"], used_key, now)
        await _record(connection, row["agent_id"], issued.serial, now)
    return Identity(row["agent_id"], row["name"], row["building"], issued.pem, ca.pem)


def wheelhouse(data: Path) -> Wheelhouse:
    """The wheels of the collector whose data is in `data`."""
    return Wheelhouse(data / FOLDER)


def script(data: Path, now: datetime) -> bytes:
    """The installer this collector serves at the moment. Reads files. Raises `StartError`."""
    listed = hashlib.sha256(wheelhouse(data).requirements()).hexdigest()
    return installer.script(installer.Pins(authority.load(data, now).fingerprint, listed))


def _check_unused(row: dict[str, object], used_key: bytes, now: datetime) -> None:
    used, expires = row["used_at"], row["expires_at"]
    assert isinstance(expires, datetime)
    if isinstance(used, datetime):
        known = row["used_key"]
        again = isinstance(known, bytes) and hmac.compare_digest(known, used_key)
        if not again or now - used > enrolment.RETRY_LIFE:
            raise EnrolmentError("the token was used already; run `firstbell enrol` for a new line", permanent=True)
    elif expires <= now:
        raise EnrolmentError("the token is older than 24 h; run `firstbell enrol` for a new line", permanent=True)


async def _record(connection: Connection, agent_id: str, serial: int, now: datetime) -> None:
    change = Change(f"agent:{agent_id}", "enrolment.use", f"agent:{agent_id}", after={"serial": f"{serial:x}"})
    await audit.record(connection, change, now)
