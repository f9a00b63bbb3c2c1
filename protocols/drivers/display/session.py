"""One display: a connection for each poll, since most serve only one at a time, and identity asked seldom."""

from protocols.address import Place
from protocols.driver import Reading, Sample
from protocols.drivers.display.client import Link, connected
from protocols.drivers.display.decode import ERRORS, NOT_NOW, UNKNOWN, decode
from protocols.drivers.display.options import DisplayOptions
from protocols.drivers.display.points import BOTH, CLASS_2, FIGURES, FIGURES_2, IDENTITY, IDENTITY_2
from protocols.errors import DeviceError
from protocols.metrics.display import METRICS
from protocols.secret import Secret

SELDOM = 60
"""Polls between two looks at what seldom changes."""
HELD = ("LAMP", "FILT")
"""Hours that do not grow while a display is in standby and will not tell them: as last told."""


class DisplaySession:
    """Remembers which queries the display does not have or never answers, and its hours."""

    def __init__(self, place: Place, password: Secret | None, options: DisplayOptions) -> None:
        self.place = place
        self._password, self._options = password, options
        self._second = False
        self._missing: set[str] = set()
        self._held: dict[str, str] = {}
        self._inputs_1: set[str] = set()
        self._polls = 0
        self._told: list[Sample] = []
        self._untold: set[str] = set()

    async def poll(self) -> Reading:
        """One reading. Raises `DeviceError` when the display does not answer, refuses, or makes no sense."""
        answers: dict[str, str] = {}
        try:
            async with connected(self.place, self._password, self._options.timeout) as link:
                await self._ask(link, answers)
        except DeviceError as error:
            if "POWR" in answers:
                raise
            if self._options.standby_unreachable and isinstance(error.__cause__, OSError):  # TimeoutError is one
                return self._asleep()
            raise
        self._polls += 1
        reading = decode(answers)
        self._told = reading.samples
        return reading

    async def close(self) -> None:
        """Nothing stays open between polls."""

    def _asleep(self) -> Reading:
        """Switched off with its network, for all that anybody can tell: states are unknown, hours as last told."""
        states = {metric.name for metric in METRICS if metric.kind == "state"}
        told = [s._replace(value=UNKNOWN) if s.metric in states else s for s in self._told]
        return Reading(told or [Sample("display.power", None, UNKNOWN)])

    async def _ask(self, link: Link, answers: dict[str, str]) -> None:
        if self._polls % SELDOM == 0:
            self._missing.clear()  # another display may stand there now
            self._inputs_1.clear()
            answers["CLSS"] = await link.ask("CLSS")
            self._second = answers["CLSS"].strip() == "2"
        due = self._due()
        for place, query in enumerate(due):
            answer = await self._one(link, query)
            if answer is None:
                self._untold |= set(due[place:]) & {*IDENTITY, *IDENTITY_2}
                break
            self._learn(query, answer.strip().upper())
            answers[query] = answer
        for query in HELD:
            if answers.get(query, NOT_NOW) not in ERRORS:
                self._held[query] = answers[query]
            elif query in self._held and answers.get(query, NOT_NOW) == NOT_NOW:
                answers[query] = self._held[query]

    @property
    def _inputs_2(self) -> set[str]:
        """Questions of both classes that are asked in class 2."""
        return set(BOTH) - self._inputs_1 if self._second else set()

    def _due(self) -> list[str]:
        seldom = self._polls % SELDOM == 0
        identity = (*IDENTITY, *IDENTITY_2) if seldom else tuple(self._untold)
        queries = (*FIGURES, *(query for query in identity if query in IDENTITY), *FIGURES_2, *IDENTITY_2)
        wanted = {*FIGURES, *FIGURES_2, *identity} - self._missing
        return [q for q in queries if q in wanted and (q not in CLASS_2 or self._second)]

    async def _one(self, link: Link, query: str) -> str | None:
        """The answer; None when the display falls silent at a question of class 2, which is then asked no more."""
        level = 2 if query in CLASS_2 or query in self._inputs_2 else 1
        try:
            answer = await link.ask(query, level)
            if answer.strip().upper() == "ERR1" and query in self._inputs_2:
                return await link.ask(query)
        except DeviceError:
            if level == 1:
                raise
            (self._missing if query in CLASS_2 else self._inputs_1).add(query)
            return None
        return answer

    def _learn(self, query: str, answer: str) -> None:
        if answer == NOT_NOW and query in (*IDENTITY, *IDENTITY_2):
            self._untold.add(query)
        else:
            self._untold.discard(query)
        if answer == "ERR1" and query != "POWR":
            self._missing.add(query)
