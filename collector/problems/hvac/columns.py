"""Arrays with a column for each equipment, which follow the layout. Pure numpy."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Columns(Protocol):
    """`COLUMNS` names the arrays whose last axis is equipment, and what stands for nothing known in each."""

    COLUMNS: Mapping[str, float]


def follow(owner: Columns, keep: NDArray[np.intp]) -> None:
    """New columns: each the old one of that number, or fresh where it is -1."""
    for name, nothing in owner.COLUMNS.items():
        before: NDArray[Any] = getattr(owner, name)
        made = np.full((*before.shape[:-1], len(keep)), nothing, before.dtype)
        made[..., keep >= 0] = before[..., keep[keep >= 0]]
        setattr(owner, name, made)
