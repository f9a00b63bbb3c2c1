"""Text from devices as a terminal may see it: no control characters, no marks that turn the direction of writing. Pure."""

import unicodedata

_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def plain(text: object) -> str:
    """The text on one line with what could steer a terminal replaced by U+FFFD."""
    return "".join("\ufffd" if unicodedata.category(sign) in _UNSAFE else sign for sign in str(text))


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows as columns that line up; every cell made plain."""
    cells = [[plain(cell) for cell in row] for row in rows]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(max(map(len, cells), default=0))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in cells
    )
