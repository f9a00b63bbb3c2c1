"""Which channels get the report, and of which buildings. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

LIKE_PAPER = frozenset(
    [
        "mailto",
        "mailtos",
        "sendgrid",
        "mailgun",
        "ses",
        "o365",
        "azure",
        "sparkpost",
        "smtp2go",
        "gchat",
        "msteams",
        "workflow",
        "workflows",
        "slack",
        "discord",
        "matrix",
        "matrixs",
        "mmost",
        "mmosts",
        "rocket",
        "rockets",
        "zulip",
        "wxteams",
        "webex",
        "nctalk",
        "nctalks",
        "guilded",
        "revolt",
    ]
)
"""Mail and chats: a page can be read there. A text message, a push or a program that is called gets it only when told so."""


def wants(channel: Mapping[str, Any]) -> bool:
    """Whether this channel (`scheme`, `enabled`, `wanted`) gets the report."""
    if not channel["enabled"]:
        return False
    wanted: bool | None = channel["wanted"]
    return channel["scheme"] in LIKE_PAPER if wanted is None else wanted


def buildings_of(channel: Mapping[str, Any], known: Sequence[int]) -> list[int]:
    """The buildings it looks after: those it names, all when it names none. Ones that are gone are passed over."""
    named = channel["buildings"]
    return [one for one in known if not named or one in named]
