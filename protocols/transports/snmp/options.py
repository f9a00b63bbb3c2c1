"""What a `[[device]]` that is read over SNMP may say of it; a driver's options inherit these. And the credential that follows."""

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from protocols.errors import OptionError
from protocols.secret import Secret, read_secret

SHORTEST = 8
"""Fewest characters of a version 3 password (RFC 3414 section 11.2)."""


class SnmpOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How SNMP is spoken to one device; a read-only credential is all that is ever needed."""

    version: Annotated[Literal["1", "2c", "3"], Meta(description="SNMP version: 1, 2c or 3")] = "2c"
    community_file: Annotated[str | None, Meta(description="File that holds the community (1, 2c); none: public")] = (
        None
    )
    user: Annotated[str, Meta(max_length=32, description="User name (3)")] = ""
    auth: Annotated[
        Literal["none", "md5", "sha1", "sha224", "sha256", "sha384", "sha512"],
        Meta(description="How the user is authenticated (3)"),
    ] = "sha256"
    auth_file: Annotated[str | None, Meta(description="File that holds the authentication password (3)")] = None
    privacy: Annotated[
        Literal["none", "des", "aes128", "aes192", "aes256", "aes192c", "aes256c"],
        Meta(description="How messages are encrypted (3); aes192c, aes256c: Cisco's way of longer keys"),
    ] = "aes128"
    privacy_file: Annotated[
        str | None, Meta(description="File that holds the privacy password (3); none: the authentication password")
    ] = None
    context: Annotated[str, Meta(max_length=255, description="Context name (3)")] = ""
    timeout: Annotated[float, Meta(ge=0.1, le=30, description="Seconds to wait for one answer")] = 2.0
    retries: Annotated[int, Meta(ge=0, le=5, description="Further attempts when an answer does not come")] = 1
    requests_per_second: Annotated[
        float, Meta(ge=0, le=1000, description="Most requests a second; 0: the next as soon as one is answered")
    ] = 0.0


class TrapOptions(SnmpOptions, frozen=True, forbid_unknown_fields=True):
    """As above, of a device that may also tell by itself."""

    trap_port: Annotated[
        int,
        Meta(
            ge=0,
            le=65535,
            description="UDP port to hear the device's traps and informs at; 0: do not (162 needs the right to)",
        ),
    ] = 0


class User(NamedTuple):
    """A user of version 3; `auth` and `privacy` are None where not used."""

    name: str
    auth: str | None
    password: Secret
    privacy: str | None
    privacy_password: Secret


class Credential(NamedTuple):
    """What a device is asked with: a community, or a user."""

    community: Secret
    user: User | None


def credential(options: SnmpOptions, where: str) -> Credential:
    """Reads the files. `where` names the device, for messages. Raises `OptionError` for what is missing or does not fit."""
    if options.version != "3":
        named = options.community_file
        community = read_secret(named, f"{where}: community_file") if named else Secret("public")
        return Credential(community, None)
    if not options.user:
        raise OptionError(f'{where}: version = "3" needs user: the name of a user with read access on the device')
    if options.auth == "none":
        if options.privacy != "none":
            raise OptionError(f'{where}: auth = "none" allows no privacy; write privacy = "none" too, or choose auth')
        return Credential(Secret(""), User(options.user, None, Secret(""), None, Secret("")))
    if not options.auth_file:
        raise OptionError(f"{where}: auth = {options.auth!r} needs auth_file: a file that holds the user's password")
    password = _password(options.auth_file, f"{where}: auth_file")
    private = options.privacy != "none"
    named = options.privacy_file if private else None
    privacy_password = _password(named, f"{where}: privacy_file") if named else password
    return Credential(
        Secret(""), User(options.user, options.auth, password, options.privacy if private else None, privacy_password)
    )


def _password(path: str, where: str) -> Secret:
    found = read_secret(path, where)
    if len(found.reveal().encode()) < SHORTEST:
        raise OptionError(f"{where} = {path!r}: a version 3 password has at least {SHORTEST} characters")
    return found
