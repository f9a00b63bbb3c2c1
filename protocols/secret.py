"""A password, community or key: read from a file, never printed, logged or sent."""

from pathlib import Path

from protocols.errors import OptionError

MOST_BYTES = 4096


class Secret:
    """A text that shows itself as `***` wherever it is printed; `reveal` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that sends it to the device."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not pickled")


def read_secret(path: str, where: str) -> Secret:
    """The first line of the file. `where` names the option, for the message. Raises `OptionError`."""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise OptionError(f"{where} = {path!r}: cannot be read: {error.strerror}; the file holds the secret") from error
    line = raw.split(b"\n", 1)[0].rstrip(b"\r")
    if len(line) > MOST_BYTES:
        raise OptionError(f"{where} = {path!r}: its first line is longer than {MOST_BYTES} bytes")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise OptionError(f"{where} = {path!r}: not UTF-8 text; write the secret alone on the first line") from error
    if not text:
        raise OptionError(f"{where} = {path!r}: is empty; write the secret alone on the first line")
    return Secret(text)
