"""What a form's answers are refused for, in one sentence. Pure."""

from pydantic import ValidationError


def in_words(error: ValidationError) -> str:
    """The first thing that is wrong, with the field's name: `name: String should have at least 1 character.`"""
    first = error.errors()[0]
    where = " ".join(str(part).replace("_", " ") for part in first["loc"] if isinstance(part, str))
    text = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{where}: {text}." if where else f"{text[:1].upper()}{text[1:]}."
