"""The options of one display; every one has a default that works."""

from typing import Annotated

import msgspec
from msgspec import Meta


class DisplayOptions(msgspec.Struct, frozen=True):
    """What `options = { … }` of a `[[device]]` may say."""

    password_file: Annotated[
        str | None, Meta(description="File whose first line is the PJLink password; none: the display asks for none")
    ] = None
    timeout: Annotated[
        float, Meta(ge=0.5, le=30, description="Seconds to wait for the connection and for each answer")
    ] = 5.0
    standby_unreachable: Annotated[
        bool,
        Meta(
            description="The display cannot be reached in standby: no answer is then power `unknown`, not a lost device"
        ),
    ] = False
