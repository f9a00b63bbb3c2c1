"""The rows of `positive.toml` and `negative.toml`, read and checked."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from protocols.metrics import BY_NAME
from protocols.rules import duration_ms

FOLDER = Path(__file__).parent


class Step(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename={"for_": "for"}):
    """One thing that is done. `on` are keys of devices or patterns; `behind` takes what hangs off them, too.

    `after` the row's start it begins and lasts `for`; empty: until the row's end. `how` names a function of `doing.py`.
    """

    how: str
    on: list[str] = []
    behind: bool = False
    metric: str = ""
    labels: list[str | None] = msgspec.field(default_factory=lambda: [None])
    to: float = 0.0
    rate: float = 0.0
    name: str = ""
    times: int = 0
    after: str = "0s"
    for_: str = ""
    spread: str = "0s"
    """From the first device to the last they begin this much apart."""
    keep: bool = False

    @property
    def after_ms(self) -> int:
        return duration_ms(self.after, self.how)

    @property
    def spread_ms(self) -> int:
        return duration_ms(self.spread, self.how)


class Row(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A fault, or an upheaval that must open nothing (`expect` empty).

    `when` is which days it may begin on: school, monday, friday, saturday, sunday, night (a school day before six), cold (a school day,
    outdoor air under 5 °C), mild (over 9 °C), half, snow, holiday, change (of the clocks), back (the first school day after a holiday),
    season, heat, testing, any. `at` is the local time. `expect` are patterns of rules, one of which must open on the device
    `root` (or `agent`, `building`, `district`) `within` the time. `most` problems and messages may open. `scope` says whose problems are laid to
    it: all of the building's, or those of the devices that it touches. `least` is the least severity that counts as found.
    """

    id: str
    what: str
    do: list[Step] = []
    when: str = "school"
    at: str = "10:00"
    lasts: str = "1h"
    expect: list[str] = []
    root: str = ""
    within: str = "10m"
    most: int = 1
    scope: str = "building"
    least: str = "minor"
    schools: int = 1
    apart: str = "0s"
    """From the first school to the last they begin this much apart."""
    learn: int = 1
    """Weeks that must have gone before."""
    owner: str = "rules"
    missing: str = ""
    """What the catalogue or the product does not have (yet), so that it cannot be played."""
    also: list[str] = []
    """Rules that may speak of it beside the expected ones without being counted."""
    silenced: bool = False
    """Planned: a silence is entered for the building, and only messages count."""
    second: dict[str, Any] = {}
    """Another fault that is found beside it: `{expect, root}`."""

    @property
    def lasts_ms(self) -> int:
        return duration_ms(self.lasts, self.id)

    @property
    def within_ms(self) -> int:
        return duration_ms(self.within, self.id)

    @property
    def apart_ms(self) -> int:
        return duration_ms(self.apart, self.id)


def rows() -> list[Row]:
    """All of them, the faults first. Raises when one is wrong or named twice."""
    found: list[Row] = []
    for name, table in (("positive.toml", "fault"), ("negative.toml", "upheaval")):
        whole: Mapping[str, Any] = tomllib.loads((FOLDER / name).read_text("utf-8"))
        found += msgspec.convert(whole[table], list[Row])
    for row in found:
        unknown = sorted({step.metric for step in row.do} - {""} - set(BY_NAME))
        row.missing = row.missing or (f"no metric {unknown[0]} in the catalogue" if unknown else "")
    ids = [row.id for row in found]
    assert len(set(ids)) == len(ids), sorted(one for one in ids if ids.count(one) > 1)
    return found
