"""What a form's answers are refused for, in one sentence and in the form's own words. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from collector.api.errors import rule_of

_SAID = {
    "missing": "is missing",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "time_type": "must be a time of day, as 06:45",
    "time_parsing": "must be a time of day, as 06:45",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "is missing: choose at least one",
    "quiet_hours": "quiet hours need both a beginning and an end, and not the same; leave both empty for none",
}


def in_words(error: ValidationError, captions: Mapping[str, str] | None = None) -> str:
    """The first thing that is wrong, as `First day is missing.`

    `captions`: what the form calls a field; a part that it calls nothing (`""`) is left out.
    """
    first: Mapping[str, Any] = error.errors()[0]
    names = [str(part) for part in first["loc"] if isinstance(part, str)]
    if first["type"] == "value_error" and first["loc"] and isinstance(first["loc"][-1], int):
        names = []  # said of a whole entry: its sentence names the fields itself
    called = [(captions or {}).get(name, name.replace("_", " ")) for name in names]
    text = " ".join(word for word in (*called, _rule(first)) if word).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def _rule(first: Mapping[str, Any]) -> str:
    kind, limits = first["type"], first.get("ctx", {})
    if kind == "string_too_short" and limits.get("min_length") == 1:
        return "is missing"
    return _SAID[kind].format(**limits) if kind in _SAID else rule_of(first)
