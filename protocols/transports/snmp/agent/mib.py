"""What a simulated agent has: OID → value, which may be changed while it runs, in the order of a walk."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, MutableMapping

from protocols.transports.snmp.values import Typed, Value, order, typed

Content = Typed | Value | Callable[[], Typed | Value]
"""A typed value, a bare one (number: INTEGER, text or bytes: OCTET STRING), or what gives one when asked."""


class Mib(MutableMapping[str, Content]):
    """A mapping whose next OID can be asked for."""

    def __init__(self, values: MutableMapping[str, Content] | None = None) -> None:
        self._values: dict[str, Content] = dict(values or {})
        self._order: list[tuple[tuple[int, ...], str]] | None = None

    def __getitem__(self, oid: str) -> Content:
        return self._values[oid]

    def __setitem__(self, oid: str, value: Content) -> None:
        if oid not in self._values:
            self._order = None
        self._values[oid] = value

    def __delitem__(self, oid: str) -> None:
        del self._values[oid]
        self._order = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def now(self, oid: str) -> Typed:
        """The value as it is now. Raises `KeyError`."""
        value = self._values[oid]
        return typed(value() if callable(value) else value)

    def following(self, oid: str, count: int) -> list[str]:
        """The OIDs behind this one, at most `count`."""
        if self._order is None:
            self._order = sorted((order(each), each) for each in self._values)
        at = bisect_right(self._order, order(oid), key=lambda row: row[0])
        return [each for _, each in self._order[at : at + count]]
