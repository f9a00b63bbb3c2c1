"""What the list of problems was asked for, from an address or a form and back into one. Pure."""

from collections.abc import Mapping
from urllib.parse import urlencode

from collector.store.problem_list import SORTS, Wanted
from protocols.wire.batch import SEVERITIES

STATES = {
    "live": "Not over",
    "open": "Open",
    "acknowledged": "Somebody has it",
    "snoozed": "Put off",
    "resolved": "Resolved",
    "all": "All",
}
SORT_WORDS = {"open": "Open first, then the worst", "newest": "Newest first", "oldest": "Oldest first"}
_PAGES = 200


def asked(given: Mapping[str, str]) -> Wanted:
    """What is asked for; what cannot be read is left at its default."""
    state, sort, severity = given.get("state", ""), given.get("sort", ""), given.get("severity", "")
    return Wanted(
        state if state in STATES else "live",
        severity if severity in SEVERITIES else None,
        _number(given.get("building", "")),
        given.get("rule", "").replace("\0", "")[:80] or None,
        _number(given.get("device", "")),
        sort if sort in SORTS else "open",
        min(_number(given.get("page", "")) or 1, _PAGES),
    )


def address(wanted: Wanted, **other: str | int | None) -> str:
    """The address of this list with something otherwise."""
    plain = Wanted()._asdict()
    values = {**wanted._asdict(), **other}
    pairs = [(name, value) for name, value in values.items() if value is not None and value != plain.get(name)]
    return f"/problems?{urlencode(pairs)}" if pairs else "/problems"


def filtered(wanted: Wanted) -> bool:
    """Whether anything but the state was asked for."""
    return wanted._replace(state="live", page=1) != Wanted()


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:12]) < 2**31 else None
