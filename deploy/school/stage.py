"""The whole school as it runs: every device played, scenarios begun and ended, in the order in which they are asked for."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from deploy.school.play import Part, Played, Player
from deploy.school.scenarios import Scenario, states, touched
from protocols.clock import Clock
from protocols.errors import OptionError

AT_ONCE = 8


class Role(msgspec.Struct, frozen=True):
    """A device of the school: what is played, what it hangs off, what is wrong with it from the beginning, its MAC address."""

    part: Part
    parent: str = ""
    faults: list[str] = []
    mac: str = ""


class Plan(msgspec.Struct, frozen=True):
    """What the simulators' process is told on its standard input. `control` is where it listens for `firstbell school`."""

    control: str
    roles: list[Role]


@runtime_checkable
class Switch(Protocol):
    """A simulated switch, which sees its neighbours."""

    def see(self, places: Mapping[str, str]) -> None:
        """The devices with these MAC addresses answer at these addresses by now."""


@dataclass
class Stage:
    """The school. `scenarios` are those there are, by name; `secrets` is the folder of its devices' credentials."""

    roles: Sequence[Role]
    scenarios: dict[str, Scenario]
    clock: Clock
    secrets: Path
    active: list[str] = field(default_factory=list)
    _players: dict[str, Player] = field(default_factory=dict)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> dict[str, Played]:
        """Play every device; what became of each, by key."""
        self._players = {role.part.key: Player(role.part, self.clock, self.secrets) for role in self.roles}
        slots = asyncio.Semaphore(AT_ONCE)

        async def start(player: Player) -> None:
            async with slots:
                await player.start()

        await asyncio.gather(*map(start, self._players.values()))
        await self._settle()
        return {key: player.played for key, player in self._players.items()}

    async def stop(self) -> None:
        """End them all."""
        await asyncio.gather(*(player.stop() for player in self._players.values()))

    def missing(self, name: str) -> list[str]:
        """The devices of a scenario that this school has not."""
        keys = [key for key, _ in touched(self.scenarios[name], self._parents())]
        named = [step.device for step in self.scenarios[name].steps if step.device]
        return [
            key for key in dict.fromkeys([*named, *keys]) if key not in self._players or self._players[key].played.error
        ]

    async def begin(self, name: str) -> None:
        """Let a scenario go on from now. Raises `OptionError` when there is none of that name, or its devices are not here."""
        scenario = self._find(name)
        missing = self.missing(name)
        if missing and len(missing) == len({key for key, _ in touched(scenario, self._parents())} | set(missing)):
            raise OptionError(f"{name}: needs {', '.join(missing)}, which this school does not have")
        async with self._busy:
            if name not in self.active:
                self.active.append(name)
                await self._settle()

    async def end(self, name: str | None) -> list[str]:
        """Heal a scenario, or all; which were on. Raises `OptionError` when there is none of that name."""
        if name is not None:
            self._find(name)
        async with self._busy:
            ended = [each for each in self.active if name in (None, each)]
            self.active = [each for each in self.active if each not in ended]
            await self._settle()
        return ended

    def _find(self, name: str) -> Scenario:
        if name not in self.scenarios:
            raise OptionError(f"no scenario is called {name!r}; `firstbell school break` lists them")
        return self.scenarios[name]

    def _parents(self) -> dict[str, str]:
        return {role.part.key: role.parent for role in self.roles}

    async def _settle(self) -> None:
        initial = {role.part.key: role.faults for role in self.roles}
        wanted = states([self.scenarios[name] for name in self.active], self._parents(), initial)
        await asyncio.gather(*(self._players[key].become(state) for key, state in wanted.items()))
        self._tell_switches()

    def _tell_switches(self) -> None:
        """Where each device answers by now: a switch's tables say so, as its neighbours' announcements would."""
        places = {role.mac: self._players[role.part.key].host for role in self.roles if role.mac}
        for player in self._players.values():
            if isinstance(player.simulated, Switch):
                player.simulated.see(places)
