"""Text from devices, made fit to be shown: cut, on one line, unable to reorder or hide what stands around it; and sorted."""

import re
import unicodedata

from markupsafe import Markup, escape

LIMIT = 80
_TITLE_LIMIT = 400


def plain(text: object, limit: int = LIMIT) -> str:
    """`text` on one line, at most `limit` characters; control, bidirectional and invisible characters become U+FFFD.

    Letters of every script stay as they are. Not escaped: that is the template's part.
    """
    raw = str(text)[: limit + 1]
    if raw.isprintable() and len(raw) <= limit:
        return raw
    shown = "".join(_visible(character) for character in raw)
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def device_text(text: object, limit: int = LIMIT) -> Markup:
    """`text` as an isolated run (`<bdi>`), so that right-to-left letters cannot move its neighbours; its length on hover."""
    shown = escape(plain(text, limit))
    if len(str(text)) <= limit:
        return Markup(f"<bdi>{shown}</bdi>")  # noqa: S704 (escaped above)
    return Markup(f'<bdi title="{escape(plain(text, _TITLE_LIMIT))}">{shown}</bdi>')  # noqa: S704 (escaped)


def with_code(text: object, limit: int = LIMIT) -> Markup:
    """`text` as `device_text` gives it, with what stands between backticks as code: a command to type."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(device_text(text, limit))))  # noqa: S704 (escaped above)


def natural(text: str) -> list[tuple[int, int, str]]:
    """The key that sorts names with their numbers as numbers: Camera 2 before Camera 10."""
    parts = re.findall(r"[0-9]{1,9}|[^0-9]+", text.casefold())
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts]


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\t\n\r\v\f" or category in ("Zl", "Zp"):
        return " "
    return "\ufffd" if category in ("Cc", "Cf", "Cs", "Co", "Cn") else character
