"""What can go wrong in the school on purpose (`scenarios.toml`), and the state of each device that follows. Pure but for the reading."""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("scenarios.toml")


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to one `device` (its key), or to all that hang off one (`behind`): a fault of its simulator, silence, a move."""

    device: str = ""
    behind: str = ""
    fault: str = ""
    off: bool = False
    move: str = ""


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that goes wrong. `says` is what happens, `expect` what First Bell should say of it."""

    name: str
    says: str
    expect: str
    steps: list[Step]


class State(msgspec.Struct, frozen=True):
    """How a device is to be: silent, at another address, with these faults of its simulator."""

    off: bool = False
    address: str = ""
    faults: frozenset[str] = frozenset()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scenario: list[Scenario]


def load(path: Path = FILE) -> dict[str, Scenario]:
    """Every scenario by name, in the order of the file."""
    found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    return {each.name: each for each in found.scenario}


def touched(scenario: Scenario, parents: Mapping[str, str]) -> list[tuple[str, Step]]:
    """Each device that the scenario touches, with what happens to it. `parents` are those of every device of the school."""
    return [(key, step) for step in scenario.steps for key in _keys(step, parents)]


def states(
    active: Iterable[Scenario], parents: Mapping[str, str], initial: Mapping[str, Collection[str]]
) -> dict[str, State]:
    """The state of every device of the school while these scenarios go on, over the faults that it has anyway."""
    found = {key: State(faults=frozenset(initial.get(key, ()))) for key in parents}
    for scenario in active:
        for key, step in touched(scenario, parents):
            before = found[key]
            faults = before.faults | ({step.fault} if step.fault else frozenset())
            found[key] = State(before.off or step.off, step.move or before.address, faults)
    return found


def _keys(step: Step, parents: Mapping[str, str]) -> list[str]:
    """The devices of a step that the school has."""
    if not step.behind:
        return [step.device] if step.device in parents else []
    return [key for key in parents if key == step.device or step.behind in _above(key, parents)]


def _above(key: str, parents: Mapping[str, str]) -> list[str]:
    above: list[str] = []
    while (key := parents.get(key, "")) and key not in above:
        above.append(key)
    return above
