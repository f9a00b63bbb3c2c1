"""The options by which every ONVIF device is reached; a driver's own options inherit them."""

from typing import Annotated

import msgspec
from msgspec import Meta


class OnvifOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to reach and sign in to an ONVIF device."""

    user: Annotated[
        str, Meta(max_length=64, description="ONVIF user of the device; a user that may only look is enough")
    ] = ""
    password_file: Annotated[
        str | None, Meta(description="File whose first line is that user's password; none: read what needs no sign-in")
    ] = None
    tls: Annotated[bool, Meta(description="Speak HTTPS; the device's own certificate is accepted")] = False
    path: Annotated[str, Meta(pattern=r"^/[!-~]*$", max_length=200, description="Path of the device service")] = (
        "/onvif/device_service"
    )
    timeout: Annotated[float, Meta(ge=0.5, le=30, description="Seconds to wait for one answer")] = 5.0
