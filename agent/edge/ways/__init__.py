"""The ways out of a building that need no collector; each a `Way`."""

from typing import NamedTuple, Protocol


class Notice(NamedTuple):
    """What is to be told. `id` is the same at each attempt, so that who gets it twice can tell; `made` in ms."""

    id: str
    severity: str
    title: str
    body: str
    made: int


class Way(Protocol):
    """One way out. `name` is a short word that stays the same: what was told by it is remembered so."""

    @property
    def name(self) -> str: ...

    async def tell(self, notice: Notice) -> None:
        """Hand it over: when this returns, the far end has taken it. Raises `ChannelError`; bounded by the caller's timeout."""
