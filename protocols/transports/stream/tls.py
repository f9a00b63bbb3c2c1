"""Whom to trust, and in words why a certificate is not trusted."""

import functools
import ssl
from pathlib import Path
from typing import NamedTuple

from protocols.errors import OptionError

_PROBLEMS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "hangs off a self-signed certificate that is not trusted here",
    20: "has an issuer that is not known here (unknown issuer, or the server leaves out an intermediate certificate)",
    21: "has an issuer that is not known here (unknown issuer, or the server leaves out an intermediate certificate)",
    23: "has been revoked",
    62: "is for another name",
    64: "is for another address",
}
"""X509_V_ERR_* of OpenSSL's x509_vfy.h → what a person reads after "the certificate"."""


class Tls(NamedTuple):
    """`verify` False accepts any certificate and tells in `Certificate.problem` why it is not trusted. `ca_file` (PEM) stands in
    the place of the system's authorities; `server_name` is asked for and expected, "" the host's own name."""

    verify: bool = True
    ca_file: str = ""
    server_name: str = ""


class Certificate(NamedTuple):
    """What the peer showed: its certificate as DER, and None or why it is not trusted (`is self-signed`, `has expired`, …)."""

    der: bytes
    problem: str | None
    version: str
    """The protocol that was agreed on, such as `TLSv1.3`."""


def problem(error: ssl.SSLCertVerificationError) -> str:
    """What is wrong with a certificate, to be read after "the certificate"."""
    return _PROBLEMS.get(error.verify_code, f"is not trusted ({error.verify_message})")


def trusting(tls: Tls) -> ssl.SSLContext:
    """The context that verifies. Raises `OptionError` when `ca_file` cannot be used."""
    if not tls.ca_file:
        return _verifying("", 0)
    try:
        changed = Path(tls.ca_file).stat().st_mtime_ns
        return _verifying(tls.ca_file, changed)
    except OSError as error:
        raise OptionError(
            f"ca_file = {tls.ca_file!r}: cannot be used ({error.strerror}): write the path of a file of PEM certificates"
        ) from error


@functools.lru_cache(8)
def _verifying(ca_file: str, changed: int) -> ssl.SSLContext:
    """One for all: the system's authorities take megabytes. `changed` makes a renewed file a new one."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.set_alpn_protocols(["http/1.1"])
    return context


@functools.lru_cache(1)
def accepting() -> ssl.SSLContext:
    """The context that takes any certificate, and TLS as old as devices of fifteen years speak."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= 0x4  # SSL_OP_LEGACY_SERVER_CONNECT, which ssl names from Python 3.12 on
    return context
