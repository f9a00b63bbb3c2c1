"""What two drivers say of doors means the same, and no condition of a door opens two problems."""

import tomllib
from itertools import chain
from pathlib import Path

from protocols import registry
from protocols.drivers.bacnet.points import DOOR
from protocols.drivers.door.decode import ALARM, LOCK, POSITION
from protocols.metrics import BY_NAME

BACNET = {
    231: {"closed": 0, "open": 1},
    233: {"locked": 0, "unlocked": 1},
    235: {"secured": 0, "not secured": 1},
    226: {
        "normal": 0,
        "alarm": 1,
        "held": 2,
        "forced": 3,
        "tamper": 4,
        "fault": 5,
        "lockdown": 6,
        "free access": 7,
        "egress": 8,
    },
}
"""Property → the standard's number of each state (135-2020 clause 21), under the catalogue's word for it."""
ONVIF = {
    POSITION: {"closed": "Closed", "open": "Open"},
    LOCK: {"locked": "Locked", "unlocked": "Unlocked"},
    ALARM: {"normal": "Normal", "forced": "DoorForcedOpen", "held": "DoorOpenTooLong"},
}


def number(metric: str, word: str) -> int:
    """The catalogue's number of a state."""
    return next(value for value, text in (BY_NAME[metric].states or {}).items() if text == word)


def test_bacnet_and_onvif_give_a_state_the_same_number() -> None:
    for which, words in BACNET.items():
        for word, said in words.items():
            assert DOOR[which].states[said] == number(DOOR[which].metric, word), (which, word)
        assert DOOR[which].unknown == number(DOOR[which].metric, "unknown")
    for states, words in ONVIF.items():
        for word, said in words.items():
            assert states.words[said] == number(states.metric, word), word
        assert states.unknown == number(states.metric, "unknown")


def test_no_state_of_a_door_is_judged_twice() -> None:
    """Rules go by metric, whatever driver's folder they lie in."""
    files = [Path(registry.DRIVERS) / kind / "rules.toml" for kind in registry.kinds()]
    rules = chain.from_iterable(tomllib.loads(path.read_text("utf-8"))["rule"] for path in files)
    of_doors = [rule for rule in rules if rule.get("metric", "").startswith("door.") and "is" in rule]
    judged = [(rule["metric"], state) for rule in of_doors for state in rule["is"]]
    assert judged
    assert len(set(judged)) == len(judged)
