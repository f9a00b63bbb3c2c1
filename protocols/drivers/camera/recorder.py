"""What a recorder records: GetRecordings, GetRecordingInformation and GetRecordingJobs (ONVIF Recording Control and Recording Search). Pure."""

from typing import NamedTuple
from xml.etree.ElementTree import Element

from protocols.driver import Sample
from protocols.transports.soap.values import date_time_ms
from protocols.transports.soap.xml import clean, find, find_all, plain, tag, text

RECORDING, STOPPED, ERROR, UNKNOWN = 0, 1, 2, 255
"""States of `camera.recording.state`."""
_STATUS = {"recording": RECORDING, "stopped": STOPPED, "initiated": STOPPED, "removing": STOPPED, "removed": STOPPED}
MOST_JOBS = 1024
_DAY_MS = 86_400_000


class Recording(NamedTuple):
    """One recording of a recorder: a camera's, as a rule."""

    token: str
    label: str
    state: int = UNKNOWN
    earliest: int | None = None
    latest: int | None = None
    """ms, by the recorder's clock."""
    job: str = ""
    """The token of its recording job."""


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


def with_jobs(recordings: list[Recording], answer: Element) -> list[Recording]:
    """The recordings with their jobs, of GetRecordingJobs' answer."""
    found = {
        text(each, "tt:JobConfiguration/tt:RecordingToken"): text(each, "tt:JobToken")
        for each in find_all(answer, "trc:JobItem")[:MOST_JOBS]
    }
    return [each._replace(job=found.get(each.token, "")) for each in recordings]


def has_failed(answer: Element) -> bool:
    """Whether GetRecordingJobState's answer says Error."""
    return text(answer, "trc:State/tt:State").lower() == "error"


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
