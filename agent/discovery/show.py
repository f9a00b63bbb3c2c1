"""What discovery found, for a person, for a program, and ready to be pasted into agent.toml. Pure.

Every text in it is a stranger's: a terminal is shown it plain, JSON and TOML hold it escaped.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from agent.discovery.merge import Thing
from agent.terminal import plain, table
from protocols.wire.batch import Scalar

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_ESCAPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_CELL = 40


def as_table(things: Sequence[Thing]) -> str:
    """One line a thing; what is known already says as which device."""
    if not things:
        return "no device answered"
    rows: list[tuple[str, ...]] = [("KIND", "ADDRESS", "NAME", "VENDOR", "MODEL", "SERIAL", "PARENT", "SEEN BY", "")]
    for thing in things:
        said = [str(thing.attributes.get(name) or "") for name in ("vendor", "model", "serial")]
        notes = [f"known: {thing.known}"] if thing.known else []
        notes += [str(thing.attributes["error"])] if "error" in thing.attributes else []
        cells = (thing.kind or "?", thing.first.address, thing.name, *said, thing.parent, ", ".join(thing.seen_by))
        rows.append((*(cell[:_CELL] for cell in cells), "; ".join([*notes, *thing.notes])))
    return table(rows)


def as_json(thing: Thing) -> str:
    """One thing on one line."""
    return json.dumps(
        {
            "kind": thing.kind, "address": thing.first.address, "key": thing.key, "name": thing.name or None,
            "parent": thing.parent or None, "known": thing.known or None, "seen_by": thing.seen_by,
            "options": dict(thing.first.options), "attributes": thing.attributes, "notes": thing.notes,
        }
    )  # fmt: skip


def as_toml(things: Iterable[Thing]) -> str:
    """A `[[device]]` block for each thing that is not known yet and that a driver reads."""
    blocks = [_block(thing) for thing in things if thing.kind and not thing.known]
    return "\n".join(blocks) if blocks else "# nothing new"


def _block(thing: Thing) -> str:
    said = [str(thing.attributes.get(name) or "") for name in ("vendor", "model", "serial")]
    about = plain(" ".join(text[:_CELL] for text in said if text))
    rows: list[tuple[str, Scalar]] = [("kind", thing.kind), ("address", thing.first.address), ("key", thing.key)]
    rows += [("name", thing.name)] if thing.name else []
    rows += [("parent", thing.parent)] if thing.parent else []
    lines = ["[[device]]" + (f"  # {about}" if about else ""), *(f"{name} = {toml(value)}" for name, value in rows)]
    lines += [f"options = {_inline(thing.first.options)}"] if thing.first.options else []
    return "\n".join(lines) + "\n"


def _inline(table: Mapping[str, Scalar]) -> str:
    return "{ " + ", ".join(f"{name} = {toml(value)}" for name, value in table.items() if value is not None) + " }"


def toml(value: Scalar) -> str:
    """A scalar as TOML writes it (1.0.0): strings basic, with every sign that could steer a terminal escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return '"' + "".join(_sign(sign) for sign in str(value)[:512]) + '"'


def _sign(sign: str) -> str:
    if sign in _SHORT:
        return _SHORT[sign]
    if unicodedata.category(sign) not in _ESCAPED:
        return sign
    code = ord(sign)
    if 0xD800 <= code < 0xE000:
        return "\\uFFFD"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
