"""How much to ask a device for at once, learnt from what it refuses: pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from protocols.drivers.bacnet.decode import ObjectId, Ref

OBJECTS = 25
"""Most objects asked for in one request, however small their answers."""
LARGEST = 1416
"""Bytes of answer that fit into the largest APDU of BACnet/IP (1476), with room for what was estimated too low."""
SMALLEST = 40
"""Bytes of answer below which asking for several properties at once is pointless."""
_COST = {28: 60, 76: 9, 77: 48, 87: 60, 110: 200, 46: 24, 4: 24, 132: 24}
"""Bytes of answer to expect of a property (description, one of the object list, name, priority array, texts, reference)."""
_OTHER, _OBJECT = 9, 7
"""Bytes of any other property with its tags, and of an object's own identifier and brackets."""


@dataclass
class Limits:
    """What one device takes: `multiple` properties at all, `budget` bytes of answer, `objects` at once."""

    multiple: bool = True
    budget: int = LARGEST
    objects: int = OBJECTS
    fitted: int = 0
    """Most bytes of answer that were asked for and came."""
    together: int = 0
    """Most objects that were asked for at once and came."""

    def batches(self, wanted: Sequence[Ref]) -> Iterator[list[Ref]]:
        """What is wanted, in its order, in parts that the device takes."""
        batch: list[Ref] = []
        objects: set[ObjectId] = set()
        size = 0
        for ref in wanted:
            is_new = ref.object not in objects
            more = _COST.get(ref.property, _OTHER) + _OBJECT * is_new
            if batch and (size + more > self.budget or (is_new and len(objects) >= self.objects)):
                yield batch
                batch, objects, size = [], set(), 0
                more = _COST.get(ref.property, _OTHER) + _OBJECT
            batch.append(ref)
            objects.add(ref.object)
            size += more
        if batch:
            yield batch

    def allow(self, max_apdu: int) -> None:
        """The device says how large its APDUs are (max-apdu-length-accepted, 50 to 1476)."""
        if max_apdu >= 50:
            self.budget = min(self.budget, max(max_apdu - 60, 20))

    def took(self, batch: Sequence[Ref]) -> None:
        """The device answered this."""
        self.fitted = max(self.fitted, cost(batch))
        self.together = max(self.together, _objects(batch))

    def has_taken(self, batch: Sequence[Ref]) -> bool:
        """Whether as much as this was answered before."""
        return cost(batch) <= self.fitted and _objects(batch) <= self.together

    def less(self, batch: Sequence[Ref]) -> None:
        """This was too much: fewer objects where as many bytes did fit before, else fewer bytes, at last one by one."""
        objects, size = _objects(batch), cost(batch)
        if size <= self.fitted and objects > 1:
            self.objects = objects // 2
        else:
            self.budget = min(self.budget, size) // 2
            self.multiple = self.budget >= SMALLEST


def cost(batch: Sequence[Ref]) -> int:
    """Bytes of answer to expect."""
    return sum(_COST.get(ref.property, _OTHER) for ref in batch) + _OBJECT * _objects(batch)


def _objects(batch: Sequence[Ref]) -> int:
    return len({ref.object for ref in batch})
