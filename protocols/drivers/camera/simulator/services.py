"""The media, recording and search services of the simulated camera, as answers to the requests of their WSDLs."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from protocols.drivers.camera.simulator.rtsp_server import RtspServer
from protocols.transports.onvif.simulated import Refused, SimulatedOnvif
from protocols.transports.soap.values import written
from protocols.transports.soap.xml import tag, text

DAY_MS = 86_400_000
KEPT_DAYS = 30


class Services:
    """Adds its operations to `device`. `recording` False: the recordings stopped an hour before and their jobs fail."""

    def __init__(self, device: SimulatedOnvif, rtsp: RtspServer, channels: int) -> None:
        self._device, self._rtsp, self._channels = device, rtsp, channels
        self.recording = True
        self._stopped: int | None = None
        device.paths["trt"] = "/onvif/media_service"
        device.operations |= {
            "trt:GetProfiles": self._profiles,
            "trt:GetStreamUri": self._stream,
            "trt:GetSnapshotUri": self._snapshot,
        }
        if channels > 1:
            device.paths |= {"trc": "/onvif/recording_service", "tse": "/onvif/search_service"}
            device.operations |= {
                "trc:GetRecordings": self._recordings,
                "trc:GetRecordingJobs": self._jobs,
                "trc:GetRecordingJobState": self._job,
                "tse:GetRecordingInformation": self._information,
            }

    def _profiles(self, asked: Element) -> str:
        return "".join(self._profile(number, stream) for number in self._numbers() for stream in ("main", "sub"))

    def _profile(self, number: int, stream: str) -> str:
        name = f"Camera {number} {stream}" if self._channels > 1 else stream
        width, height = ("1920", "1080") if stream == "main" else ("640", "360")
        source = tag(
            "tt:VideoSourceConfiguration",
            tag("tt:Name", f"Camera {number}"),
            "<tt:UseCount>2</tt:UseCount>",
            tag("tt:SourceToken", f"source{number}"),
            '<tt:Bounds x="0" y="0" width="1920" height="1080"/>',
            token=f"view{number}",
        )
        encoder = tag(
            "tt:VideoEncoderConfiguration",
            tag("tt:Name", stream),
            "<tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding>",
            tag("tt:Resolution", tag("tt:Width", width), tag("tt:Height", height)),
            "<tt:Quality>4</tt:Quality>",
            "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type></tt:Address><tt:Port>0</tt:Port><tt:TTL>1</tt:TTL>"
            "<tt:AutoStart>false</tt:AutoStart></tt:Multicast><tt:SessionTimeout>PT60S</tt:SessionTimeout>",
            token=f"encoder{number}{stream}",
        )
        return tag("trt:Profiles", tag("tt:Name", name), source, encoder, token=f"{stream}{number}", fixed="true")

    def _stream(self, asked: Element) -> str:
        host = self._device.address.rpartition(":")[0]
        token = self._known(text(asked, "trt:ProfileToken"))
        return _uri(f"rtsp://{host}:{self._rtsp.port}/{token}")

    def _snapshot(self, asked: Element) -> str:
        token = self._known(text(asked, "trt:ProfileToken"))
        return _uri(self._device.url(f"/snapshot/{token.lstrip('mainsub')}"))

    def _known(self, token: str) -> str:
        if token not in {f"{stream}{number}" for number in self._numbers() for stream in ("main", "sub")}:
            raise Refused("no such profile", "ter:InvalidArgVal", "ter:NoProfile")
        return token

    def _recordings(self, asked: Element) -> str:
        return self._each(self._recording)

    def _recording(self, number: int) -> str:
        source = tag(
            "tt:Source",
            tag("tt:SourceId", f"source{number}"),
            tag("tt:Name", f"Camera {number}"),
            "<tt:Location/><tt:Description/><tt:Address/>",
        )
        content = "<tt:Content/><tt:MaximumRetentionTime>P30D</tt:MaximumRetentionTime>"
        return tag(
            "trc:RecordingItem",
            tag("tt:RecordingToken", f"rec{number}"),
            tag("tt:Configuration", source, content),
            "<tt:Tracks/>",
        )

    def _jobs(self, asked: Element) -> str:
        def job(number: int) -> str:
            configuration = tag(
                "tt:JobConfiguration",
                tag("tt:RecordingToken", f"rec{number}"),
                "<tt:Mode>Active</tt:Mode><tt:Priority>1</tt:Priority>",
            )
            return tag("trc:JobItem", tag("tt:JobToken", f"job{number}"), configuration)

        return self._each(job)

    def _job(self, asked: Element) -> str:
        number = text(asked, "trc:JobToken").removeprefix("job")
        state = "Active" if self.recording else "Error"
        return tag("trc:State", tag("tt:RecordingToken", f"rec{number}"), tag("tt:State", state))

    def _information(self, asked: Element) -> str:
        token = text(asked, "tse:RecordingToken")
        now = self._device.now_ms
        self._stopped = None if self.recording else self._stopped or now
        latest = now if self._stopped is None else self._stopped
        number = token.removeprefix("rec")
        source = tag(
            "tt:Source",
            tag("tt:SourceId", f"source{number}"),
            tag("tt:Name", f"Camera {number}"),
            "<tt:Location/><tt:Description/><tt:Address/>",
        )
        return tag(
            "tse:RecordingInformation",
            tag("tt:RecordingToken", token),
            source,
            tag("tt:EarliestRecording", written(now - KEPT_DAYS * DAY_MS)),
            tag("tt:LatestRecording", written(latest)),
            "<tt:Content/>",
            tag("tt:RecordingStatus", "Recording" if self.recording else "Stopped"),
        )

    def _each(self, made: Callable[[int], str]) -> str:
        return "".join(made(number) for number in self._numbers())

    def _numbers(self) -> range:
        return range(1, self._channels + 1)


def _uri(address: str) -> str:
    return tag(
        "trt:MediaUri",
        tag("tt:Uri", address),
        "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
        "<tt:Timeout>PT60S</tt:Timeout>",
    )
