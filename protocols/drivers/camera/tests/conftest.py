"""A simulated camera, sessions that are closed for sure, and sequences of pictures judged one after the other."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import pytest

from protocols.clock import ManualClock, SystemClock
from protocols.driver import Reading, Target
from protocols.drivers.camera import DRIVER
from protocols.drivers.camera.judge import Memory, Verdict, judge
from protocols.drivers.camera.options import CameraOptions
from protocols.drivers.camera.session import CameraSession
from protocols.drivers.camera.simulator import SimulatedCamera, simulate
from protocols.drivers.camera.thumbnail import look_at

Opener = Callable[..., Awaitable[CameraSession]]
MINUTE = 60_000
NOON = 1_760_011_200_000
NAMES = {0: "ok", 1: "black", 2: "frozen", 3: "blurred", 4: "covered", 255: "unknown"}


class Watched:
    """Pictures of one camera, one a minute; `states` by name."""

    def __init__(self) -> None:
        self.memory, self.now = Memory(), NOON
        self.verdicts: list[Verdict] = []

    def see(self, pictures: Iterable[bytes], every: int = MINUTE, stale: bool = False) -> list[str]:
        """The states of these pictures."""
        first = len(self.verdicts)
        for jpeg in pictures:
            verdict, self.memory = judge(self.memory, look_at(jpeg), self.now, stale)
            self.verdicts.append(verdict)
            self.now += every
        return [NAMES[verdict.state] for verdict in self.verdicts[first:]]


def value(reading: Reading, metric: str, label: str | None = None) -> float | None:
    """The value of a point in a reading."""
    return next((s.value for s in reading.samples if s.metric == metric and s.label == label), None)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def camera(clock: ManualClock) -> AsyncIterator[SimulatedCamera]:
    async with simulate("127.0.0.1:0", clock) as running:
        running.size = (640, 360)
        yield running


@pytest.fixture
async def recorder(clock: ManualClock) -> AsyncIterator[SimulatedCamera]:
    async with simulate("127.0.0.1:0", clock, "Recorder", 2, channels=3) as running:
        running.size = (320, 180)
        yield running


@pytest.fixture
async def opener(clock: ManualClock) -> AsyncIterator[Opener]:
    """Opens a session at a simulated camera or an address, with options."""
    opened: list[CameraSession] = []

    async def open_at(where: SimulatedCamera | str, real_time: bool = False, **options: object) -> CameraSession:
        address, own = (where, {}) if isinstance(where, str) else (where.address, dict(where.options))
        chosen = CameraOptions(**{**own, **options})
        session = await DRIVER.open(Target("camera", address), chosen, SystemClock() if real_time else clock)
        assert isinstance(session, CameraSession)
        opened.append(session)
        return session

    yield open_at
    for session in opened:
        await session.close()
