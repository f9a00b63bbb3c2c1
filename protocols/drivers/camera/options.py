"""The options of one camera or recorder; every one has a default that works."""

from typing import Annotated, Literal

from msgspec import Meta

from protocols.transports.onvif import OnvifOptions


class CameraOptions(OnvifOptions, frozen=True, forbid_unknown_fields=True):
    """What `options = { … }` of a `[[device]]` may say."""

    pictures: Annotated[
        bool, Meta(description="Fetch a snapshot of each channel and judge it; it is never kept nor sent")
    ] = True
    picture_every: Annotated[float, Meta(ge=10, le=86400, description="Seconds between two snapshots of a channel")] = (
        60.0
    )
    snapshot_path: Annotated[
        str,
        Meta(
            pattern=r"^(/[!-~]*)?$",
            max_length=200,
            description="Path of the snapshot where the camera names none itself; {channel} stands for the channel's number",
        ),
    ] = ""
    streams: Annotated[
        Literal["first", "all", "none"],
        Meta(description="Which RTSP streams are asked whether they are offered: a channel's first, all, or none"),
    ] = "first"
    first_frame: Annotated[
        bool,
        Meta(description="Play each stream to its first packet, to know how long that takes; costs a viewer's place"),
    ] = False
    rtsp_port: Annotated[
        int, Meta(ge=1, le=65535, description="RTSP port that is asked where the camera tells no stream's address")
    ] = 554
    events: Annotated[bool, Meta(description="Subscribe to the camera's own events (PullPoint)")] = True
    recordings: Annotated[bool, Meta(description="Ask a recorder what it records, every five minutes")] = True
    channels: Annotated[int, Meta(ge=1, le=256, description="Most channels of a recorder that are read")] = 64
    patience: Annotated[
        float, Meta(ge=1, le=300, description="Seconds one poll may read; what it did not reach comes with the next")
    ] = 20.0
