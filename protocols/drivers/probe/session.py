"""One service, watched: each poll is one check, and the last minutes are held beside the last day."""

from protocols.clock import Clock
from protocols.driver import DeviceEvent, Reading, Sample
from protocols.drivers.probe.client import Client
from protocols.drivers.probe.decode import decode, round_trips
from protocols.drivers.probe.history import History
from protocols.drivers.probe.judge import DOWN, ENDED, NOT_BLOCKED, UP, WRONG
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.target import Aim

NAMES = {DOWN: "down", UP: "up", WRONG: "wrong answer", NOT_BLOCKED: "not blocked", ENDED: "certificate ended"}


class ProbeSession:
    """A service that is down is a reading that says so: its history is what people ask for. Only a check that this machine cannot
    make at all raises."""

    def __init__(self, client: Client, aim: Aim, options: ProbeOptions, clock: Clock) -> None:
        self._client, self._aim, self._options, self._clock = client, aim, options, clock
        self._history = History()
        self._state: float | None = None

    async def poll(self) -> Reading:
        """One check. Raises `DeviceError` without the right to make it."""
        answer = await self._client.ask()
        reading = decode(answer, self._aim, self._options, self._clock.now_ms())
        reading.attributes["name"] = self._aim.place.host
        state = reading.samples[0].value
        if state == UP:
            self._remember(*round_trips(answer), reading)
        if state != self._state and self._state is not None and state in NAMES:
            detail = {"state": NAMES[int(state)], "answer": reading.attributes["answer"]}
            reading.events.append(DeviceEvent("probe.changed", "info", detail))
        self._state = state
        return reading

    def _remember(self, times: list[float], lost: int, reading: Reading) -> None:
        self._history.add(self._clock.monotonic(), times, lost)
        loss, slowdown = self._history.loss(), self._history.slowdown()
        if loss is not None and self._aim.scheme == "icmp":
            reading.samples.append(Sample("probe.loss.recent", None, loss))
        if slowdown is not None and not self._options.must_be_blocked:
            reading.samples.append(Sample("probe.slowdown", None, slowdown))

    async def close(self) -> None:
        """Nothing is held open between two checks."""
