"""The options of one BACnet device; every one has a default that works."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `options = { … }` of a `[[device]]` may say."""

    instance: Annotated[
        Annotated[int, Meta(ge=0, le=4_194_302)] | None,
        Meta(description="Device instance that must answer there (0 to 4194302); none: whichever does"),
    ] = None
    timeout: Annotated[float, Meta(ge=0.5, le=3.0, description="Seconds to wait for one answer (apduTimeout)")] = 3.0
    retries: Annotated[int, Meta(ge=0, le=3, description="Further attempts after the first")] = 1
    patience: Annotated[
        float, Meta(ge=1, le=300, description="Seconds one poll may read; what it did not reach comes with the next")
    ] = 20.0
    local_address: Annotated[str, Meta(description="Address of this machine to speak from")] = "0.0.0.0"  # noqa: S104
    local_port: Annotated[
        int, Meta(ge=0, le=65535, description="UDP port to speak from; 0: 47808 when free, else any free one")
    ] = 0
    bbmd: Annotated[
        str | None, Meta(description="Address of a BBMD to register at as a foreign device, to reach other subnets")
    ] = None
    include: Annotated[
        tuple[str, ...],
        Meta(description="Patterns of object names or labels to read, for example '*ZN-T' or 'analog-input,*'"),
    ] = ("*",)
    exclude: Annotated[tuple[str, ...], Meta(description="Patterns of object names or labels to leave out")] = ()
    max_objects: Annotated[int, Meta(ge=1, le=2000, description="Most objects of the device that are read")] = 500
    ede: Annotated[str | None, Meta(description="EDE file (CSV) that names the device's objects")] = None
    cov: Annotated[
        bool, Meta(description="Subscribe to changes (COV) and poll subscribed objects only every tenth time")
    ] = False
    cov_lifetime: Annotated[
        int, Meta(ge=60, le=86400, description="Seconds a subscription lasts; it is renewed after half of them")
    ] = 600
    alarms: Annotated[bool, Meta(description="Ask which objects are in alarm (GetEventInformation)")] = True
    trends: Annotated[
        bool, Meta(description="After an outage, read from the device's trend logs what was missed (ReadRange)")
    ] = True
