"""What a recorder records: GetRecordings, GetRecordingInformation and GetRecordingJobs (ONVIF Recording Control and Recording Search). Pure."""

from typing import NamedTuple
from xml.etree.ElementTree import Element

from protocols.driver import Sample
from protocols.transports.soap.values import date_time_ms
from protocols.transports.soap.xml import clean, find, find_all, plain, tag, text

RECORDING, STOPPED, ERROR, UNKNOWN = 0, 1, 2, 255
"""States of `camera.recording.state`."""
_STATUS = {"recording": RECORDING, "stopped": STOPPED, "initiated": STOPPED, "removing": STOPPED, "removed": STOPPED}
_DAY_MS = 86_400_000


class Recording(NamedTuple):
    """One recording of a recorder: a camera's, as a rule."""

    token: str
    label: str
    state: int = UNKNOWN
    earliest: int | None = None
    latest: int | None = None
    """ms, by the recorder's clock."""


def read_recordings(answer: Element, most: int) -> list[Recording]:
    """GetRecordings' answer."""
    found = []
    for item in find_all(answer, "trc:RecordingItem")[:most]:
        token = text(item, "tt:RecordingToken")
        source = find(item, "tt:Configuration/tt:Source")
        name = text(source, "tt:Name") or text(source, "tt:SourceId") if source is not None else ""
        if token:
            found.append(Recording(token, name or clean(token)))
    names = [each.label for each in found]
    return [
        each._replace(label=f"{each.label} {each.token}") if names.count(each.label) > 1 else each for each in found
    ]


def information_request(recording: Recording) -> str:
    """GetRecordingInformation of one recording."""
    return tag("tse:GetRecordingInformation", tag("tse:RecordingToken", plain(recording.token)))


def informed(recording: Recording, answer: Element) -> Recording:
    """The recording with what GetRecordingInformation says of it."""
    said = find(answer, "tse:RecordingInformation")
    if said is None:
        return recording
    return recording._replace(
        state=_STATUS.get(text(said, "tt:RecordingStatus").lower(), UNKNOWN),
        earliest=date_time_ms(text(said, "tt:EarliestRecording")),
        latest=date_time_ms(text(said, "tt:LatestRecording")),
    )


def failed_recordings(states: list[Element]) -> set[str]:
    """The tokens of recordings whose job says Error (GetRecordingJobState)."""
    found = [find(each, "trc:State") for each in states]
    return {text(each, "tt:RecordingToken") for each in found if each is not None and text(each, "tt:State") == "Error"}


def jobs(answer: Element, most: int) -> list[str]:
    """GetRecordingJobs' answer as tokens of jobs."""
    tokens = [text(each, "tt:JobToken") for each in find_all(answer, "trc:JobItem")[:most]]
    return [token for token in tokens if token]


def job_request(token: str) -> str:
    """GetRecordingJobState."""
    return tag("trc:GetRecordingJobState", tag("trc:JobToken", plain(token)))


def samples(recordings: list[Recording], device_now_ms: int) -> list[Sample]:
    """States, and ages and spans where they are told; a newest picture from the future is no age."""
    found: list[Sample] = []
    for each in recordings:
        found.append(Sample("camera.recording.state", each.label, float(each.state)))
        if each.latest is not None and each.latest <= device_now_ms + 60_000:
            found.append(Sample("camera.recording.age", each.label, max(0, device_now_ms - each.latest) / 1000))
        if each.latest is not None and each.earliest is not None and each.earliest <= each.latest:
            found.append(Sample("camera.recording.span", each.label, (each.latest - each.earliest) / _DAY_MS))
    return found
