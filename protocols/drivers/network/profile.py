"""Vendor profiles: which OIDs of a maker's own MIBs mean what. Data files (`profiles/*.toml`), checked when they are loaded."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from protocols.errors import OptionError
from protocols.metrics import BY_NAME
from protocols.options import nearest, read_options

FOLDER = Path(__file__).parent / "profiles"
FALLBACK_NAME = "Any device"
"""The name of the profile of a device that no other fits: `profiles/generic.toml`."""
NET_SNMP = "1.3.6.1.4.1.8072.3.2"
"""sysObjectID of a device whose maker set none (NET-SNMP-TC netSnmpAgentOIDs)."""
Role = Literal["switch", "ap", "firewall", "network"]
_OID = re.compile(r"1(\.\d{1,10}){3,40}")
_SOURCE = re.compile(r"[A-Za-z0-9-]+::[A-Za-z][A-Za-z0-9]*")
_METRICS = [name for name in BY_NAME if name.startswith(("network.", "sensor."))]
MOST_BYTES = 262_144


class Only(msgspec.Struct, frozen=True):
    """Only rows whose column `oid` is one of `values` (numbers or texts), or in which `pattern` finds something."""

    oid: str
    values: tuple[str | int, ...] = ()
    pattern: str | None = None


class Point(msgspec.Struct, frozen=True):
    """One metric and where the device says it. `oid` is a scalar with its `.0`, or with `table` a column without index.

    A figure is (value + the scalars of `plus`, where there are any) × `scale`; with `of` the share of that OID in %, with `left` what is missing of it, with `rest` the share of
    both together. `states` gives the device's numbers or texts the names that the catalogue has. `ignore` are values that mean
    nothing. `pick` makes one figure of a column's; `label` is a fixed text, or `label_by` says what names a row.
    """

    metric: str
    oid: str
    mib: str
    table: bool = False
    scale: float = 1.0
    plus: tuple[str, ...] = ()
    of: str | None = None
    left: bool = False
    rest: str | None = None
    states: dict[str, str] = {}
    ignore: tuple[int, ...] = ()
    pick: Literal["each", "max", "mean", "sum", "count"] = "each"
    label: str | None = None
    label_by: str = "index"
    unit: str | None = None
    only: Only | None = None
    every: Literal["poll", "slow"] = "poll"


class Attribute(msgspec.Struct, frozen=True):
    """A fact: `model`, `serial`, `firmware` or another, where ENTITY-MIB does not tell it. `oid` is a scalar with its
    `.0`; `pattern` finds the fact in its text, in the first group.
    """

    name: Annotated[str, Meta(pattern="^[a-z][a-z.]{0,30}$")]
    oid: str
    mib: str
    pattern: str | None = None


class Kind(msgspec.Struct, frozen=True):
    """A narrower role: for a longer prefix of sysObjectID, or where sysDescr has what the pattern `description` finds."""

    role: Role
    match: str | None = None
    description: str | None = None


class Profile(msgspec.Struct, frozen=True):
    """What one maker's devices say. `match` are prefixes of sysObjectID; the longest that fits wins.

    `description` is a pattern of sysDescr for devices that leave sysObjectID as Net-SNMP has it.
    """

    name: str
    match: tuple[str, ...] = ()
    description: str | None = None
    vendor: str | None = None
    role: Role = "network"
    kind: tuple[Kind, ...] = ()
    attribute: tuple[Attribute, ...] = ()
    point: tuple[Point, ...] = ()


def choose(profiles: Sequence[Profile], object_id: str, description: str = "") -> Profile:
    """The profile whose prefix of `object_id` is the longest, the earlier of two alike; else the fallback.

    Of a Net-SNMP that is nobody's own, the first whose pattern finds something in `description`.
    """
    best, length = next(each for each in profiles if not each.match), 0
    for profile in profiles:
        if profile.description and begins(object_id, NET_SNMP) and re.search(profile.description, description):
            return profile
        fits = [prefix for prefix in profile.match if begins(object_id, prefix)]
        if fits and max(map(len, fits)) > length:
            best, length = profile, max(map(len, fits))
    return best


def role(profile: Profile, object_id: str, description: str) -> Role | None:
    """What a device is by its profile; None where that only says "something of a network"."""
    for each in profile.kind:
        fits = each.match is None or begins(object_id, each.match)
        if fits and (each.description is None or re.search(each.description, description, re.IGNORECASE)):
            return each.role
    return None if profile.role == "network" else profile.role


def begins(oid: str, prefix: str) -> bool:
    """Whether an OID is the prefix or lies below it."""
    return oid == prefix or oid.startswith(prefix + ".")


def load(files: Iterable[str]) -> tuple[Profile, ...]:
    """The profiles of these files, which win, then our own. Raises `OptionError` that names file, section, key and the fix."""
    return (*(_read_own(Path(file)) for file in files), *built_in())


@cache
def built_in() -> tuple[Profile, ...]:
    """Our own profiles."""
    return tuple(
        read_profile(path.read_text("utf-8"), f"profiles/{path.name}") for path in sorted(FOLDER.glob("*.toml"))
    )


def _read_own(path: Path) -> Profile:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise OptionError(f"profiles: {path}: larger than {MOST_BYTES // 1024} kB; a profile is a few dozen lines")
        profile = read_profile(raw.decode(), str(path))
    except OSError as error:
        raise OptionError(f"profiles: {path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise OptionError(f"profiles: {path}: not UTF-8 text") from error
    if not profile.match:
        raise OptionError(
            f'{path}: match is missing: write the beginning of sysObjectID, as match = ["1.3.6.1.4.1.9999"]'
        )
    return profile


def read_profile(text: str, where: str) -> Profile:
    """A profile from its text, checked. Raises `OptionError`."""
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OptionError(f"{where}: not TOML: {error}") from error
    for section, kind in (("kind", Kind), ("attribute", Attribute), ("point", Point)):
        rows = table.get(section, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise OptionError(f"{where}: {section} is written [[{section}]], with two brackets")
        for number, row in enumerate(rows, 1):
            read_options(row, kind, f"{where} [[{section}]] {number}")
    profile = read_options(table, Profile, where)
    for prefix in profile.match:
        _check_oid(prefix, f"{where}: match")
    _check_pattern(profile.description, f"{where}: description")
    for number, each in enumerate(profile.kind, 1):
        _check_kind(each, f"{where} [[kind]] {number}")
    for number, attribute in enumerate(profile.attribute, 1):
        _check_source(attribute.oid, attribute.mib, False, f"{where} [[attribute]] {number}")
        _check_pattern(attribute.pattern, f"{where} [[attribute]] {number}: pattern")
    for number, point in enumerate(profile.point, 1):
        _check_point(point, f"{where} [[point]] {number}")
    return profile


def _check_kind(kind: Kind, where: str) -> None:
    if kind.match is not None:
        _check_oid(kind.match, f"{where}: match")
    _check_pattern(kind.description, f"{where}: description")


def _check_pattern(pattern: str | None, where: str) -> None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise OptionError(f"{where} = {pattern!r}: no regular expression: {error}") from error


def _check_point(point: Point, where: str) -> None:
    metric = BY_NAME.get(point.metric)
    if metric is None or point.metric not in _METRICS:
        raise OptionError(
            f"{where}: metric = {point.metric!r}: no metric of network devices{nearest(point.metric, _METRICS)}"
        )
    _check_source(point.oid, point.mib, point.table, where)
    for key, oid in (
        *(("plus", oid) for oid in point.plus),
        ("of", point.of),
        ("rest", point.rest),
        ("only.oid", point.only.oid if point.only else None),
    ):
        if oid is not None:
            _check_oid(oid, f"{where}: {key}")
    _check_pattern(point.only.pattern if point.only else None, f"{where}: only.pattern")
    if "." in point.label_by:
        _check_oid(point.label_by, f"{where}: label_by")
    elif point.label_by not in ("index", "entity", "interface", "poe"):
        raise OptionError(
            f"{where}: label_by = {point.label_by!r}: index, entity, interface, poe, or the OID of a column"
        )
    if metric.label is None and point.table and point.pick == "each":
        raise OptionError(
            f"{where}: {point.metric} is one figure a device: say which of the column's with pick = max, mean, sum or count"
        )
    if metric.label is not None and not point.table and point.label is None:
        raise OptionError(f"{where}: {point.metric} is told apart by its {metric.label}: give label")
    if metric.states is not None:
        if not point.states:
            raise OptionError(
                f"{where}: {point.metric} is a state: give states, as states = {{ 1 = {next(iter(metric.states.values()))!r} }}"
            )
        for text in point.states.values():
            if text not in metric.states.values():
                raise OptionError(
                    f"{where}: states: {text!r} is no state of {point.metric}{nearest(text, list(metric.states.values()))}"
                )
    if (metric.unit == "*") != (point.unit is not None):
        raise OptionError(
            f"{where}: unit: {'give it (UCUM)' if metric.unit == '*' else f'{point.metric} is in {metric.unit} always; use scale'}"
        )


def _check_source(oid: str, mib: str, table: bool, where: str) -> None:
    _check_oid(oid, f"{where}: oid")
    if not table and not oid.endswith(".0") and len(oid.split(".")) < 8:
        raise OptionError(f"{where}: oid = {oid!r}: a scalar ends in .0; a column needs table = true")
    if not _SOURCE.fullmatch(mib):
        raise OptionError(f"{where}: mib = {mib!r}: name its source, as IF-MIB::ifName")


def _check_oid(oid: str, where: str) -> None:
    if not _OID.fullmatch(oid) or any(int(part) >= 1 << 32 for part in oid.split(".")):
        raise OptionError(f"{where} = {oid!r}: write an OID in numbers, as 1.3.6.1.4.1.9.2.1.58.0")
