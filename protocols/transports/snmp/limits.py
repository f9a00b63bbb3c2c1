"""How much is asked of a device at once: grows while it answers, halves when it cannot, and is remembered. Pure."""

MOST_OIDS = 24
"""Most OIDs in one GET: their answer fits an Ethernet frame, mostly."""
FIRST_OIDS = 8
MOST_ROWS = 50
"""Most rows asked for by one GETBULK."""
FIRST_ROWS = 10


class Limits:
    """What one device can take: OIDs in a GET, rows in a GETBULK, and whether it has GETBULK at all."""

    def __init__(self, has_bulk: bool) -> None:
        self.has_bulk = has_bulk
        self.oids, self.rows = FIRST_OIDS, FIRST_ROWS
        self._most_oids, self._most_rows = MOST_OIDS, MOST_ROWS
        self._took_oids, self._took_rows = 0, 0

    def took_oids(self, count: int) -> None:
        """A GET of as many was answered in full."""
        self._took_oids = max(self._took_oids, count)
        if count >= self.oids:
            self.oids = min(self.oids * 2, self._most_oids)

    def took_rows(self, count: int) -> None:
        """A GETBULK for as many was answered."""
        self._took_rows = max(self._took_rows, count)
        if count >= self.rows:
            self.rows = min(self.rows * 2, self._most_rows)

    def has_taken_oids(self, count: int) -> bool:
        """Whether a GET of as many was answered before: its loss is not its size's fault."""
        return count <= self._took_oids

    def has_taken_rows(self, count: int) -> bool:
        """Whether a GETBULK for as many was answered before."""
        return count <= self._took_rows

    def fewer_oids(self, count: int) -> None:
        """A GET of `count` was too much: half of it is the most from now on."""
        self.oids = self._most_oids = max(1, count // 2)
        self._took_oids = min(self._took_oids, self.oids)

    def fewer_rows(self, count: int) -> None:
        """A GETBULK for `count` was too much: half of it is the most, and one is tried first where none was ever answered.

        One that fails means that there is no GETBULK.
        """
        if count <= 1:
            self.has_bulk = False
        self._most_rows = max(1, count // 2)
        self.rows = self._most_rows if self._took_rows else 1
        self._took_rows = min(self._took_rows, self.rows)
