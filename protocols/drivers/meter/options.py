"""The options of one meter; every one has a default that works."""

from typing import Annotated

import msgspec
from msgspec import Meta


class MeterOptions(msgspec.Struct, frozen=True):
    """What `options = { … }` of a `[[device]]` may say."""

    map: Annotated[str, Meta(description="Register map that comes with the driver: a name of the table below")] = (
        "sunspec"
    )
    map_file: Annotated[str | None, Meta(description="A register map of your own (TOML), instead of `map`")] = None
    unit: Annotated[
        Annotated[int, Meta(ge=0, le=255)] | None,
        Meta(description="Modbus unit identifier (0 to 255); none: the map's, usually 1"),
    ] = None
    timeout: Annotated[
        float, Meta(ge=0.5, le=30, description="Seconds to wait for the connection and for each answer")
    ] = 3.0
