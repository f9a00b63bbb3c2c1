"""The simulators of the school as they run: each played by its driver's own simulator, brought into the state that is wanted."""

import contextlib
import importlib
import inspect
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from deploy.school.scenarios import State
from protocols.clock import Clock
from protocols.errors import FirstBellError
from protocols.simulated import Simulated

ANY_PORT = "0"


class Part(msgspec.Struct, frozen=True):
    """One device to play: `address` is where it should answer, `traits` are its simulator's own."""

    key: str
    kind: str
    address: str
    traits: dict[str, Any] = {}


class Played(msgspec.Struct, frozen=True):
    """What became of a part: where it answers and with which options it is read, or why it is left out. `place` is where to
    play it again.
    """

    address: str = ""
    options: dict[str, Any] = {}
    error: str = ""
    place: str = ""


NOT_STARTED = Played(error="not started")
AS_BUILT = State()


@dataclass
class Player:
    """One device. `start` it, `become` any state, `stop` it. `secrets` is a folder for its credentials: its simulator's own
    are gone while it is off, and the agent reads them again when it is back.
    """

    part: Part
    clock: Clock
    secrets: Path
    simulated: Simulated | None = None
    played: Played = NOT_STARTED
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _state: State = AS_BUILT

    @property
    def host(self) -> str:
        """The host where it answers, or did last."""
        address = self.simulated.address if self.simulated is not None else self.played.address
        return address.rpartition("://")[2].partition(":")[0]

    async def start(self) -> Played:
        """Play it where it should be; on another port when that one is taken. Never raises: what it returns says why not."""
        try:
            self.played = await self._enter(self.part.address)
        except (OSError, FirstBellError):
            try:
                self.played = await self._enter(_any_port(self.part.address))
            except (OSError, FirstBellError) as error:
                self.played = Played(error=str(error))
        except ModuleNotFoundError as error:
            self.played = Played(error=f"{error.name or 'its driver'} is not installed")
        except (TypeError, msgspec.ValidationError) as error:
            self.played = Played(error=f"its simulator refuses its traits: {error}")
        return self.played

    async def become(self, wanted: State) -> None:
        """Bring it from the state it is in to another. Raises `KeyError` for a fault that its simulator does not know."""
        if self.played.error or wanted == self._state:
            return
        gone = self._state.faults - wanted.faults
        away = wanted.off or wanted.address != self._state.address
        if away or self._state.off:
            await self.stop()
            if not wanted.off:
                await self._enter(wanted.address or self.played.place)
            fresh: frozenset[str] = frozenset()
        else:
            if gone and self.simulated is not None:
                await self.simulated.heal()
            fresh = frozenset() if gone else self._state.faults
        if self.simulated is not None:
            for name in sorted(wanted.faults - fresh):
                await self.simulated.fault(name)
        self._state = wanted

    async def stop(self) -> None:
        """Fall silent."""
        self.simulated = None
        await self._stack.aclose()

    async def _enter(self, address: str) -> Played:
        simulate = importlib.import_module(f"protocols.drivers.{self.part.kind}.simulator").simulate
        running = simulate(address, self.clock, **_traits(simulate, self.part.traits))
        simulated: Simulated = await self._stack.enter_async_context(running)
        self.simulated = simulated
        options = {name: self._kept(name, value) for name, value in simulated.options.items()}
        return Played(simulated.address, options, place=_again(address, simulated))

    def _kept(self, name: str, value: Any) -> Any:
        """An option; a credential's file as a copy that stays."""
        if not name.endswith("_file"):
            return value
        self.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy = self.secrets / f"{self.part.key}.{name.removesuffix('_file')}"
        copy.touch(mode=0o600)
        copy.write_bytes(Path(value).read_bytes())
        return str(copy)


def _again(address: str, simulated: Simulated) -> str:
    """The address with the port that a free one became: a printer's is among its options."""
    if f":{ANY_PORT}" not in address:
        return address
    return (
        address.replace(":0", f":{simulated.options['snmp_port']}")
        if "snmp_port" in simulated.options
        else simulated.address
    )


def _any_port(address: str) -> str:
    return re.sub(r":\d+(?=/|$)", f":{ANY_PORT}", address)


def _traits(simulate: Any, traits: Mapping[str, Any]) -> dict[str, Any]:
    """The traits as the simulator's parameters want them: tables become its own types. Raises `TypeError`, `ValidationError`."""
    hints = typing.get_type_hints(inspect.unwrap(simulate))
    for name, value in traits.items():
        if name not in hints and not isinstance(value, str | int | float):
            raise TypeError(f"it has no parameter {name!r}")
    return {
        name: msgspec.convert(value, hints[name], strict=False, str_keys=True) if name in hints else value
        for name, value in traits.items()
    }
