"""The options of one UPS; every one has a default that works."""

from typing import Annotated, Literal

from msgspec import Meta

from protocols.transports.snmp.options import TrapOptions


class Options(TrapOptions, frozen=True, forbid_unknown_fields=True):
    """What `options = { … }` of a `[[device]]` may say."""

    protocol: Annotated[
        Literal["auto", "snmp", "nut"],
        Meta(description="How it is asked; auto: nut for a nut:// address, else SNMP, else NUT if only that answers"),
    ] = "auto"
    watch: Annotated[
        float,
        Meta(
            ge=0, le=60, description="Seconds between two looks at the status alone, of a nut:// address; 0: polls only"
        ),
    ] = 2.0
