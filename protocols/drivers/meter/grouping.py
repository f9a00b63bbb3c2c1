"""Which registers to ask for in one request. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from protocols.drivers.meter.register_map import Row


class Span(NamedTuple):
    """Registers that belong together: one value, or the exponent that scales others."""

    start: int
    size: int


class Block(NamedTuple):
    """One request: `size` registers from `start`, which hold `spans` and perhaps unused ones between them."""

    start: int
    size: int
    spans: tuple[Span, ...]


def spans_of(rows: Iterable[Row]) -> list[Span]:
    """What the rows need, each once, in order of address."""
    wanted = {Span(row.address, row.words) for row in rows}
    wanted |= {Span(row.scale_register, 1) for row in rows if row.scale_register is not None}
    return sorted(wanted)


def blocks(spans: Sequence[Span], gap: int, most: int) -> list[Block]:
    """Few requests of at most `most` registers, with at most `gap` unused ones in a row; no span is ever split."""
    found: list[Block] = []
    for span in sorted(spans):
        end = span.start + span.size
        last = found[-1] if found else None
        reach = max(end, last.start + last.size) if last else end
        if last and span.start - (last.start + last.size) <= gap and reach - last.start <= most:
            found[-1] = Block(last.start, reach - last.start, (*last.spans, span))
        else:
            found.append(Block(span.start, span.size, (span,)))
    return found


def halves(block: Block) -> list[Block]:
    """The block as two smaller ones without what lies between them; empty when it is a single span already."""
    if len(block.spans) < 2:
        return []
    middle = len(block.spans) // 2
    return [_of(block.spans[:middle]), _of(block.spans[middle:])]


def _of(spans: tuple[Span, ...]) -> Block:
    start = spans[0].start
    return Block(start, max(span.start + span.size for span in spans) - start, spans)
