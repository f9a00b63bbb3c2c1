"""Options from a TOML table to a typed struct: unknown keys are errors that name the key, the place and the nearest valid key.

Every options type is a `msgspec.Struct` whose fields have defaults that work; `Annotated[..., msgspec.Meta(...)]` states
a field's rule and its one-line description, from which the docs are checked.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from msgspec.inspect import Metadata, StructType, multi_type_info

from protocols.errors import OptionError

S = TypeVar("S", bound=msgspec.Struct)
_TYPES = {
    "int": "a whole number", "float": "a number", "str": "a text in quotes", "bool": "true or false", "array": "a list", "object": "a table",
}  # fmt: skip


class OptionRow(NamedTuple):
    """One option as the docs show it."""

    name: str
    default: str
    description: str


def read_options(table: Mapping[str, Any], kind: type[S], where: str) -> S:
    """The table as a `kind`. `where` is the file and section, for messages. Raises `OptionError`."""
    known = [field.encode_name for field in msgspec.structs.fields(kind)]
    for key in table:
        if key not in known:
            raise OptionError(f"{where}: unknown key {key!r} = {str(table[key])[:60]!r}{nearest(key, known)}")
    values = {key: _as_written(kind, key, value) for key, value in table.items()}
    for key, value in values.items():
        _check(kind, key, value, where)
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise OptionError(f"{where}: {error}") from error


def nearest(key: str, known: list[str]) -> str:
    """`; did you mean 'x'?` where a known key is near, else the list of valid keys."""
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; valid keys: {', '.join(sorted(known)) or 'none'}"


def describe(kind: type[msgspec.Struct]) -> Iterator[OptionRow]:
    """Each option of `kind` in its order: name, default and description, as the README's table must show them."""
    (info,) = multi_type_info([kind])
    if not isinstance(info, StructType):
        raise TypeError(f"{kind.__name__} is not a msgspec.Struct")
    for field in info.fields:
        default = "required" if field.required else _default(field.default, field.default_factory)
        meta = field.type.extra_json_schema if isinstance(field.type, Metadata) else None
        yield OptionRow(field.encode_name, default, (meta or {}).get("description", ""))


def _default(value: Any, factory: Any) -> str:
    if value is not msgspec.NODEFAULT:
        return repr(value)
    return repr(factory())


def _as_written(kind: type[msgspec.Struct], key: str, value: Any) -> Any:
    """A number that names one of an option's texts, as that text: `version = 3` means "3"."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and str(value) in _choices(kind, key) else value


def _choices(kind: type[msgspec.Struct], key: str) -> tuple[Any, ...]:
    """What an option may be where its values are listed; empty otherwise."""
    found = next(field.type for field in msgspec.structs.fields(kind) if field.encode_name == key)
    while get_origin(found) is Annotated:
        found = get_args(found)[0]
    return get_args(found) if get_origin(found) is Literal else ()


def _check(kind: type[msgspec.Struct], key: str, value: Any, where: str) -> None:
    field = next(field for field in msgspec.structs.fields(kind) if field.encode_name == key)
    try:
        msgspec.convert(value, field.type, strict=False)
    except msgspec.ValidationError as error:
        choices = _choices(kind, key)
        rule = f"one of {', '.join(map(str, choices))}" if choices else _wanted(str(error))
        raise OptionError(f"{where}: {key} = {str(value)[:60]!r}: {rule}") from error


def _wanted(error: str) -> str:
    """What to write instead, where msgspec says that the type is wrong; else what it says."""
    match = re.match(r"Expected `(\w+)(?: \| null)?`, got `", error)
    return f"write {_TYPES[match[1]]}" if match and match[1] in _TYPES else error
