"""Channels and streams from GetProfiles (Media 1 and 2), and the requests for their addresses. Pure.

A channel is a video source: one of a plain camera, many of a recorder. They are numbered in the order in which the profiles name them.
"""

from typing import NamedTuple
from xml.etree.ElementTree import Element

from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.xml import find, find_all, plain, tag, text

MOST_PROFILES = 1024
MOST_URI = 1000


class Profile(NamedTuple):
    """A stream that is offered. `label` is what its points are called."""

    token: str
    label: str
    channel: str
    about: str
    """Such as "H264 1920×1080"."""


class Channel(NamedTuple):
    """One video source: `number` from "1", its tokens (of the source and its configurations), its first profile."""

    number: str
    name: str
    tokens: tuple[str, ...]
    profile: str


class Media(NamedTuple):
    """What a device shows. `prefix` is the service that said so: "trt" or "tr2"."""

    prefix: str
    channels: tuple[Channel, ...]
    profiles: tuple[Profile, ...]


def read_profiles(answer: Element, most: int) -> Media:
    """GetProfiles' answer; profiles without video are left out, and channels beyond `most`."""
    prefix = "tr2" if answer.tag.startswith(f"{{{NAMESPACES['tr2']}}}") else "trt"
    source, encoder = (
        ("tr2:Configurations/tr2:VideoSource", "tr2:Configurations/tr2:VideoEncoder")
        if prefix == "tr2"
        else ("tt:VideoSourceConfiguration", "tt:VideoEncoderConfiguration")
    )
    channels: dict[str, Channel] = {}
    profiles: list[Profile] = []
    for each in find_all(answer, f"{prefix}:Profiles")[:MOST_PROFILES]:
        config, token = find(each, source), _token(each)
        seen = text(config, "tt:SourceToken")
        if config is None or not token or (seen not in channels and len(channels) >= most):
            continue
        name = text(each, "tt:Name") or text(each, "tr2:Name") or token
        known = channels.get(seen)
        if known is None:
            known = Channel(str(len(channels) + 1), text(config, "tt:Name"), (seen,), token)
        channels[seen] = known._replace(tokens=(*known.tokens, _token(config)))
        profiles.append(Profile(token, name, known.number, _about(find(each, encoder))))
    return Media(prefix, tuple(channels.values()), _unique(profiles))


def profiles_request(prefix: str) -> str:
    """GetProfiles."""
    return "<trt:GetProfiles/>" if prefix == "trt" else "<tr2:GetProfiles><tr2:Type>All</tr2:Type></tr2:GetProfiles>"


def stream_request(prefix: str, token: str) -> str:
    """GetStreamUri of a profile, over RTSP."""
    if prefix == "tr2":
        return tag("tr2:GetStreamUri", "<tr2:Protocol>RTSP</tr2:Protocol>", tag("tr2:ProfileToken", plain(token)))
    setup = "<tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport>"
    return tag("trt:GetStreamUri", tag("trt:StreamSetup", setup), tag("trt:ProfileToken", plain(token)))


def snapshot_request(prefix: str, token: str) -> str:
    """GetSnapshotUri of a profile."""
    return tag(f"{prefix}:GetSnapshotUri", tag(f"{prefix}:ProfileToken", plain(token)))


def uri(answer: Element) -> str:
    """The address in an answer to either; "" where there is none or it is no address."""
    for path in ("trt:MediaUri/tt:Uri", "tr2:Uri"):
        found = find(answer, path)
        said = (found.text or "").strip() if found is not None else ""
        if said and len(said) <= MOST_URI and said.isprintable() and " " not in said:
            return said
    return ""


def _token(element: Element) -> str:
    """As it is sent back: not cleaned, but bounded."""
    said = element.get("token", "")
    return said if len(said) <= 64 and said.isprintable() else ""


def _about(encoder: Element | None) -> str:
    if encoder is None:
        return ""
    size = [text(encoder, f"tt:Resolution/tt:{side}") for side in ("Width", "Height")]
    shown = "×".join(size) if all(each.isdigit() for each in size) else ""
    return f"{text(encoder, 'tt:Encoding')} {shown}".strip()


def _unique(profiles: list[Profile]) -> tuple[Profile, ...]:
    """Names that several profiles have are told apart by their tokens."""
    names = [profile.label for profile in profiles]
    return tuple(
        profile._replace(label=f"{profile.label} {profile.token}") if names.count(profile.label) > 1 else profile
        for profile in profiles
    )
