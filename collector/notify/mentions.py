"""What a device says of itself calls nobody in a chat: a printer that is named `@everyone` wakes no one. Pure.

Chats read a mention out of plain text, and Apprise makes more of it: it looks for mentions in what it is given and switches them on,
whether or not they are escaped.
"""

import re

_APART = "\N{ZERO WIDTH SPACE}"
_SPLIT = re.compile(r"(@(?=\S)|&(?=#?\w+;)|\](?=[(\[:]))")
"""`@everyone`, `@here`, `@room`, `@all`, `@**all**`, `<@U123>`, `<@&4>`; `&lt;`, which some services read as `<`; and the link
`[text](address)` of chats that read Markdown, also where it is written as `[text][1]` and `[1]: address`."""
_BRACKETS = str.maketrans(
    {"<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"}
)
"""`<!channel>`, `<!subteam^S1>`, `<#C1>`, `<at>`, `<users/all>`, `<https://x|text>`: all need both."""


def unmentioned(text: str) -> str:
    """The text as it reads, with nothing in it that a chat takes for a mention, a tag or a link with words of its own."""
    return _SPLIT.sub(r"\1" + _APART, text).translate(_BRACKETS)
