"""The options of one printer; every one has a default that works. Those of SNMP are the transport's."""

from typing import Annotated, Literal

from msgspec import Meta

from protocols.transports.snmp.options import TrapOptions


class PrinterOptions(TrapOptions, frozen=True, forbid_unknown_fields=True):
    """What `options = { … }` of a `[[device]]` may say."""

    sources: Annotated[
        Literal["auto", "snmp", "ipp"],
        Meta(description="What is asked: auto takes both and lets each tell what it knows better"),
    ] = "auto"
    snmp_port: Annotated[int, Meta(ge=1, le=65535, description="UDP port of SNMP")] = 161
    ipp_port: Annotated[int, Meta(ge=0, le=65535, description="TCP port of IPP; 0: 631")] = 0
    ipp_path: Annotated[
        str,
        Meta(
            max_length=255, description='Path of the printer in IPP; "": /ipp/print, /ipp/printer, /ipp and / in turn'
        ),
    ] = ""
    ipp_tls: Annotated[
        Literal["auto", "on", "off"],
        Meta(description="Whether IPP is encrypted (IPPS); auto: plain first, TLS where the printer wants it"),
    ] = "auto"
    ipp_user: Annotated[str, Meta(max_length=128, description="User name, where IPP asks for one")] = ""
    ipp_password_file: Annotated[str | None, Meta(description="File that holds that user's password")] = None
    low: Annotated[
        float,
        Meta(
            ge=0,
            le=50,
            description="Percentage from which a supply or tray is low, where the printer does not say itself",
        ),
    ] = 10.0
