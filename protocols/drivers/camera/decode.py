"""Verdicts, streams and profiles as a reading's samples and points. Pure."""

from protocols.driver import PointInfo, Sample
from protocols.drivers.camera.judge import STRUCTURE, Verdict
from protocols.drivers.camera.look import Look
from protocols.drivers.camera.media import Media
from protocols.drivers.camera.rtsp import Offered

FULL = 255.0
_LARGEST_SPREAD = 127.5
"""Standard deviation of a picture that is half black and half white."""


def picture(channel: str, look: Look, verdict: Verdict) -> list[Sample]:
    """The figures of one picture: % of full scale, sharpness 0 to 1."""
    found = [
        Sample("camera.picture.state", channel, float(verdict.state)),
        Sample("camera.picture.brightness", channel, 100 * look.brightness / FULL),
        Sample("camera.picture.contrast", channel, 100 * look.contrast / _LARGEST_SPREAD),
    ]
    if look.coarse >= STRUCTURE:  # of nothing there is no sharpness
        found.append(Sample("camera.picture.sharpness", channel, look.sharpness))
    if verdict.change is not None:
        found.append(Sample("camera.picture.change", channel, 100 * verdict.change / FULL))
    if verdict.difference is not None:
        found.append(Sample("camera.picture.difference", channel, min(100.0, 100 * verdict.difference)))
    return found


def stream(label: str, offered: Offered) -> list[Sample]:
    """Whether it is offered, and how long its first packet took where it was played."""
    found = [Sample("camera.stream.state", label, float(offered.state))]
    if offered.first_frame is not None:
        found.append(Sample("camera.stream.first.frame", label, offered.first_frame))
    return found


def names(media: Media) -> list[PointInfo]:
    """What channels and profiles are called."""
    found = [PointInfo("camera.picture.state", each.number, each.name) for each in media.channels if each.name]
    found += [
        PointInfo("camera.stream.state", each.label, f"{each.label} {each.about}")
        for each in media.profiles
        if each.about
    ]
    return found
