"""What a supply or tray is called, in every poll the same: by what the printer calls it, not by where it stands in a table. Pure."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from protocols.drivers.printer.seen import Supply, Tray

MOST = 80
MOST_KNOWN = 512
"""A device that calls its supplies something else in every poll does not fill the memory."""
_SERIAL = re.compile(r"[\s,;(\[]*\b(?:S/?N|serial(?: (?:no|number))?)\b\.?\s*[:#]?\s*\S+.*$", re.IGNORECASE)
"""A cartridge's own number at the end of its description: the next cartridge has another one, and is the same supply."""

Labels = dict[tuple[str, ...], str]
"""What was given before: what tells a row apart → its label."""


class _Named(NamedTuple):
    """What a row's label is made of."""

    name: str
    colour: str
    key: tuple[str, ...]
    number: int


def of_supplies(supplies: Sequence[Supply], known: Labels) -> list[str]:
    """A label for each, none twice: its description; where several share one, with its colour, else its number."""
    return _labels([_Named(supply_name(each), each.colour, supply_key(each), each.number) for each in supplies], known)


def of_trays(trays: Sequence[Tray], known: Labels) -> list[str]:
    """A label for each, none twice: its name; where several share one, with its number."""
    return _labels([_Named(tray_name(each), "", tray_key(each), each.number) for each in trays], known)


def supply_name(supply: Supply) -> str:
    """Its description without a serial number; else its colour and type; else its number."""
    told = (_SERIAL.sub("", supply.description) or supply.description)[:MOST].strip()
    if told:
        return told
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", supply.kind).lower()
    named = " ".join(part for part in (supply.colour, "" if kind in ("unknown", "other") else kind) if part)
    return named[:MOST].capitalize() or f"Supply {supply.number}"


def supply_key(supply: Supply) -> tuple[str, ...]:
    """What tells a supply apart when its row moves: name, colour and type."""
    return supply_name(supply).casefold(), supply.colour.casefold(), supply.kind


def tray_name(tray: Tray) -> str:
    """Its name; else its number."""
    return tray.name[:MOST] or f"Tray {tray.number}"


def tray_key(tray: Tray) -> tuple[str, ...]:
    """What tells a tray apart: its name, or its number where it has none."""
    return (tray.name.casefold() or str(tray.number),)


def _labels(rows: Sequence[_Named], known: Labels) -> list[str]:
    if len(known) > MOST_KNOWN:
        known.clear()
    names = Counter(each.name.casefold() for each in rows)
    keys = Counter(each.key for each in rows)
    labels: list[str] = []
    for each in rows:
        key = each.key if keys[each.key] == 1 else (*each.key, str(each.number))
        if key not in known or known[key] in labels:
            taken = {*known.values(), *labels}
            shared = names[each.name.casefold()] > 1
            known[key] = next(label for label in _choices(each, shared) if label not in taken)
        labels.append(known[key])
    return labels


def _choices(each: _Named, shared: bool) -> Iterator[str]:
    if not shared:
        yield each.name
    elif each.colour:
        yield f"{each.name} ({each.colour})"
    yield f"{each.name} ({each.number})"
    for again in itertools.count(2):
        yield f"{each.name} ({each.number}, {again})"
