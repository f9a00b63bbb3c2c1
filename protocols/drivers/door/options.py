"""The options of one door controller, OSDP device or closed panel; every one has a default that works."""

from typing import Annotated, Literal

from msgspec import Meta

from protocols.transports.onvif import OnvifOptions


class Options(OnvifOptions, frozen=True, forbid_unknown_fields=True):
    """What `options = { … }` of a `[[device]]` may say; those of ONVIF first."""

    protocol: Annotated[
        Literal["auto", "onvif", "panel"],
        Meta(description="auto: ONVIF where it is spoken, else what a closed panel shows; an osdp address is OSDP"),
    ] = "auto"
    events: Annotated[bool, Meta(description="Be told of changes and access events by the controller (PullPoint)")] = (
        True
    )
    ports: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=65535)], ...],
        Meta(
            max_length=16,
            description="TCP ports that a closed panel must answer at; none: those usual ones that it has",
        ),
    ] = ()
    community_file: Annotated[
        str | None, Meta(description="File that holds a closed panel's SNMP community (2c); none: public")
    ] = None
    key_file: Annotated[
        str | None, Meta(description="File that holds an OSDP device's key (SCBK) as 32 hex digits; none: in the clear")
    ] = None
    baud: Annotated[Literal[9600, 19200, 38400, 57600, 115200, 230400], Meta(description="Speed of the OSDP bus")] = (
        9600
    )
    listen: Annotated[
        float, Meta(ge=0.1, le=60, description="Seconds an OSDP bus must be silent before anything is sent to it")
    ] = 8.5
    label: Annotated[
        str, Meta(min_length=1, max_length=64, description="What the door of an OSDP device is called")
    ] = "door"
    position_input: Annotated[
        Annotated[int, Meta(ge=1, le=64)] | None,
        Meta(description="Input of an OSDP device that the door's contact is wired to, from 1"),
    ] = None
    position_open: Annotated[
        Literal["active", "inactive"], Meta(description="What that input is while the door is open")
    ] = "active"
