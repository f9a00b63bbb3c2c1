"""The simulated camera as it runs: what its channels see, what its services answer, what is broken."""

import contextlib
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from PIL import Image

from protocols.address import read_place
from protocols.clock import Clock
from protocols.drivers.camera.simulator import pictures
from protocols.drivers.camera.simulator.pictures import Light, Shot
from protocols.drivers.camera.simulator.rtsp_server import RtspServer
from protocols.drivers.camera.simulator.services import Services
from protocols.transports.onvif.simulated import Answer, SimulatedOnvif, Traits
from protocols.wire.batch import Scalar

FAULTS = {
    "black": "the picture is black",
    "frozen": "the same picture is sent for ever",
    "frozen-ticking": "the sensor hangs; the clock in the picture goes on",
    "blurred": "the lens is out of focus",
    "covered": "a hand is held before the lens",
    "tamper": "the camera says that it was tampered with",
    "signal-loss": "a recorder gets no video",
    "clock-wrong": "its clock is a day behind",
    "stream-down": "its streams are not found",
    "no-picture": "its snapshot is an error",
    "storage-failure": "its storage fails, and what it records with it",
    "password-wrong": "somebody changed the password",
}
STORAGE = "disk-1"


class SimulatedCamera:
    """A camera with so many `channels`; the first is the one that breaks. See `protocols/simulated.py`."""

    def __init__(self, clock: Clock, traits: Traits, channels: int = 1, size: tuple[int, int] = (1280, 720)) -> None:
        self.clock, self.channels, self.size = clock, channels, size
        self.onvif = SimulatedOnvif(traits, clock)
        self.rtsp = RtspServer(self.onvif.gate, channels)
        self.services = Services(self.onvif, self.rtsp, channels)
        self.night = False
        """By infrared."""
        self.broken: set[str] = set()
        self._held: bytes | None = None
        self._hung: Image.Image | None = None
        self._password_file: Path | None = None
        self._dice = random.Random(traits.serial)  # noqa: S311  a drawing
        self._seeds = [self._dice.randrange(1, 90) for _ in range(channels)]
        for number in range(1, channels + 1):
            self.onvif.pages[f"/snapshot/{number}"] = self._page(number)

    async def start(self, address: str) -> None:
        """Listen: ONVIF at `address`, RTSP at a free port beside it. Raises `OSError`."""
        host, port = read_place(f"{address}", 80, "--address") if not address.endswith(":0") else (address[:-2], 0)
        await self.onvif.start(host, port)
        await self.rtsp.start(host)
        for topic in ("tns1:VideoSource/GlobalSceneChange/ImagingService", "tns1:VideoSource/SignalLoss"):
            for number in range(1, self.channels + 1):
                self.onvif.subscriptions.notify(topic, {"Source": f"source{number}"}, {"State": "false"})
        self._storage(failed=False)

    async def stop(self) -> None:
        """Fall silent; safe to call twice."""
        await self.onvif.stop()
        await self.rtsp.stop()
        if self._password_file is not None:
            self._password_file.unlink(missing_ok=True)

    @property
    def address(self) -> str:
        """Where it answers."""
        return self.onvif.address

    @property
    def options(self) -> Mapping[str, Scalar]:
        """The user and a file with the password."""
        traits = self.onvif.traits
        if not traits.user:
            return {}
        if self._password_file is None:
            with tempfile.NamedTemporaryFile("w", prefix="firstbell-simulated-", delete=False) as file:
                file.write(traits.password + "\n")
            self._password_file = Path(file.name)
        return {"user": traits.user, "password_file": str(self._password_file)}

    async def fault(self, name: str) -> None:
        """Break it. Raises `KeyError` for a name that is none of `FAULTS`."""
        FAULTS[name]
        if name == "frozen":
            self._held = self._jpeg(1)
        if name == "frozen-ticking":
            self._hung = pictures.picture(self._shot(1)._replace(clock=None))
        self.broken.add(name)
        self._effect()
        if name == "storage-failure":
            self._storage(failed=True)
        if name in ("tamper", "signal-loss"):
            self._tell(name, on=True)

    async def heal(self) -> None:
        """Undo every fault."""
        healed, self.broken = self.broken, set()
        self._held = self._hung = None
        self._effect()
        if "storage-failure" in healed:
            self._storage(failed=False)
        for name in healed & {"tamper", "signal-loss"}:
            self._tell(name, on=False)

    def move(self) -> None:
        """Something moves before the first channel, and is gone again."""
        for on in ("true", "false"):
            self.onvif.subscriptions.notify(
                "tns1:RuleEngine/CellMotionDetector/Motion",
                {"VideoSourceConfigurationToken": "view1", "Rule": "MyMotion"},
                {"IsMotion": on},
            )

    def _effect(self) -> None:
        self.onvif.clock_ahead = -86_400.0 if "clock-wrong" in self.broken else 0.0
        self.rtsp.missing = "stream-down" in self.broken
        self.onvif.gate.changed = "password-wrong" in self.broken
        self.services.recording = "storage-failure" not in self.broken

    def _storage(self, failed: bool) -> None:
        self.onvif.subscriptions.notify(
            "tns1:Device/HardwareFailure/StorageFailure", {"Token": STORAGE}, {"Failed": str(failed).lower()}
        )

    def _tell(self, name: str, on: bool) -> None:
        topic = {
            "tamper": "tns1:VideoSource/GlobalSceneChange/ImagingService",
            "signal-loss": "tns1:VideoSource/SignalLoss",
        }[name]
        self.onvif.subscriptions.notify(topic, {"Source": "source1"}, {"State": str(on).lower()})

    def _page(self, number: int) -> Callable[[], Answer]:
        def page() -> Answer:
            if "no-picture" in self.broken and number == 1:
                return Answer(b"busy", "text/plain", 503)
            return Answer(self._jpeg(number), "image/jpeg")

        return page

    def _jpeg(self, number: int) -> bytes:
        if number == 1 and self._held is not None:
            return self._held
        if number == 1 and self._hung is not None:
            return pictures.jpeg_of(pictures.noised(self._hung, self._shot(1)), 75)
        return pictures.jpeg(self._shot(number))

    def _shot(self, number: int) -> Shot:
        light = Light(0.9, infrared=True) if self.night else Light()
        shot = Shot(self._seeds[number - 1], self.size, light, 6.0 if self.night else 2.0, clock=self.onvif.now_ms)
        if number > 1:
            return shot
        if "black" in self.broken:
            return shot._replace(light=Light(0.0))
        if "covered" in self.broken:
            return shot._replace(cover="hand")
        return shot._replace(blur=12.0) if "blurred" in self.broken else shot


@contextlib.asynccontextmanager
async def simulate(
    address: str, clock: Clock, name: str = "Main Entrance", number: int = 1, channels: int = 1
) -> AsyncIterator[SimulatedCamera]:
    """A running camera (a recorder, with several channels) for the time of the block; `number` tells several apart."""
    traits = Traits(
        name=name,
        model="Simulated recorder" if channels > 1 else "Simulated camera",
        serial=f"FBC{number:06}",
        mac=f"02:00:00:00:ca:{number:02x}",
        location=name,
        uuid=f"0a1b2c3d-0000-4000-8000-0200000{number:05x}",
        profiles=("Streaming", "T", "G") if channels > 1 else ("Streaming", "T"),
    )
    camera = SimulatedCamera(clock, traits, channels)
    await camera.start(address)
    try:
        yield camera
    finally:
        await camera.stop()
