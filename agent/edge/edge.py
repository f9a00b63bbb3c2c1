"""Every second: can the collector be reached, what stands, what follows; and the messages out, way by way."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path

from agent.draft import Clocking, Draft, clean
from agent.edge import book as books
from agent.edge import decide
from agent.edge.book import BUILDING, Book, Message
from agent.edge.cold import Cold
from agent.edge.contact import Contact
from agent.edge.decide import OUT_OF_REACH, Now
from agent.edge.events import Events
from agent.edge.folding import Folding
from agent.edge.judge import Judge, Key, Standing
from agent.edge.listening import Listening
from agent.edge.options import EdgeConfig
from agent.edge.rules import COLD_STORAGE
from agent.edge.ways import Notice, Way
from agent.edge.words import Words
from agent.kinds import Kinds
from agent.publisher import Publisher
from agent.watched import Receiver
from protocols.clock import Clock
from protocols.errors import ChannelError, SpoolError
from protocols.wire.batch import Scalar

log = logging.getLogger(__name__)
TICK_S = 1.0
TELL_S = 90.0
"""A way may take so long for one message."""
AGAIN_MS = (15_000, 30_000, 60_000, 120_000, 300_000, 900_000)
"""How long after an attempt that failed the next one follows."""
JUST_MS = 30_000
"""The collector judges what it heard; who was not heard for this long when a condition fired is silent to it."""
EVENT = "edge.told"


@dataclass
class Edge:
    """`path` is where the book is. `publisher` says whether the collector hears us, its spool carries what it is to know."""

    config: EdgeConfig
    path: Path
    publisher: Publisher
    kinds: Kinds
    devices: dict[str, str]
    """Key of each device watched, and what its driver calls such devices."""
    clock: Clock
    agent: str
    judge: Judge = field(init=False)
    events: Events = field(init=False)
    cold: Cold | None = field(init=False)
    words: Words = field(init=False)
    contact: Contact = field(init=False)
    folding: Folding = field(default_factory=Folding)
    book: Book = field(default_factory=Book)
    failing: dict[str, str] = field(default_factory=dict)
    """Ways that did not take their last message, and why."""
    _saved: bytes = b""
    _refused: bool = False
    _stating: asyncio.Lock = field(default_factory=asyncio.Lock)
    _saving: asyncio.Lock = field(default_factory=asyncio.Lock)
    _generation: int = 0

    def __post_init__(self) -> None:
        rules = self.config.rules.rules
        self.judge, self.events = Judge(rules, self.config.night), Events(rules, self.config.night)
        self.cold = Cold() if COLD_STORAGE in rules else None
        self.words = Words(self.agent, {rule.name: rule for rule in rules}, self.config.night)
        self.contact = Contact(self.config.after_ms, self.clock.now_ms())

    def before(self, receiver: Receiver) -> Receiver:
        """The receiver with those who judge before it."""
        return Listening(receiver, self.judge, self.events, self.cold, self.words, self.clock)

    async def start(self) -> None:
        """Read the book and go on where the last run ended. A damaged one is set aside: better told twice than never."""
        for line in self.config.rules.refused:
            log.error("rule refused: %s", line)
        try:
            self.book = await asyncio.to_thread(books.read, self.path)
        except SpoolError as error:
            log.error("%s; a new one begins, and what stands may be told again", error)
        self._saved = books.encode(self.book)
        if self.cold is not None:
            self.cold.points = {
                (each.device, each.label): each for each in self.book.cold if each.device in self.devices
            }
            for point in self.cold.points.values():
                self.judge.watch(point.rule(), point.device, point.label)
        known = self.book.conditions
        self.book.conditions = [c for c in known if c.key == OUT_OF_REACH or self._watched(c.key)]
        for condition in self.book.conditions:
            if condition.key == OUT_OF_REACH:
                self.contact.heard_ms = condition.since
            self.judge.seed(condition.key, condition.since)
        for stood in self.book.events:
            self.events.seed(stood)
        self.publisher.put_first({m.batch for m in self.book.messages if m.batch is not None and not m.known})
        self._generation = self.publisher.spool.generation

    async def run(self) -> None:
        """Judge and tell, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._judging())
            for way in self.config.ways:
                group.create_task(self._telling(way))

    async def _judging(self) -> None:
        while True:
            try:
                await self.tick()
                self._refused = False
            except SpoolError as error:
                self._disk(error)
            await self.clock.sleep(TICK_S)

    def _disk(self, error: SpoolError) -> None:
        """A disk that refuses is logged once; it keeps nothing from being told: better twice than never."""
        if not self._refused:
            log.error("%s; what the building itself tells may be told again after a restart", error)
        self._refused = True

    async def tick(self) -> None:
        """Judge once, and put down what follows. Raises `SpoolError`."""
        now, publisher = self.clock.now_ms(), self.publisher
        waiting = bool(publisher.window.sent) or not publisher.client.connected.is_set()
        self.contact.observe(
            now, self.clock.monotonic(), publisher.acknowledged, waiting=waiting and publisher.barred is None
        )
        known = {condition.key for condition in self.book.conditions}
        events = self.events.standing(now)
        self.book.cold = [] if self.cold is None else list(self.cold.points.values())
        self.book.events = self.events.kept()
        standing = self.folding.own(self.judge.standing(now) | events, known, now)
        cut = self.contact.cut(now)
        if cut:
            heard = self.contact.heard_ms
            standing[OUT_OF_REACH] = Standing(self._since(OUT_OF_REACH, heard), heard, heard, 1.0, None)
        has = await self._arrived(standing)
        self.words.now = now
        decide.decide(self.book, standing, Now(now, cut, lambda found: found in has), self.words)
        if publisher.spool.generation != self._generation:  # a damaged spool was replaced: what lay in it is said again
            self._generation = publisher.spool.generation
            for message in self.book.messages:
                message.batch = message.batch if message.known else None
        decide.acknowledged(self.book, publisher.first)
        decide.forget(self.book, frozenset(way.name for way in self.config.ways), now)
        await self._save()
        await self._state(now)

    async def _arrived(self, standing: dict[Key, Standing]) -> set[Standing]:
        """Of what stands and is not in the book, what the collector has had and could judge."""
        known = {condition.key for condition in self.book.conditions}
        new = [found for key, found in standing.items() if key not in known and key != OUT_OF_REACH]
        heard = [found for found in new if self.contact.heard_ms >= found.fired - JUST_MS]
        try:
            return {found for found in heard if await self.publisher.spool.arrived(found.by)}
        except SpoolError as error:
            self._disk(error)
            return set()

    async def _state(self, now: int) -> None:
        """Say to the collector what was told, before anything else that it is sent."""
        async with self._stating:
            for message in decide.unstated(self.book):
                clocking = self.publisher.time.state()
                message.batch = await self.publisher.spool.put(self._draft(message, clocking, now))
                self.publisher.put_first({message.batch})
                await self._save()

    def _draft(self, message: Message, clocking: Clocking, now: int) -> Draft:
        rule, device, metric, label = message.key
        kind = self.kinds.of(device, self.devices.get(device, "host"))
        detail: dict[str, Scalar] = {
            "rule": rule, "metric": metric, "label": label, "since": message.since, "change": message.change,
            "ways": ", ".join(message.ways), "title": clean(message.title),
        }  # fmt: skip
        draft = Draft(clocking)
        told = message.told if message.told is not None else now
        draft.put_event((device, kind), min(told, now), EVENT, message.severity, detail)
        return draft

    async def _telling(self, way: Way) -> None:
        """One way's messages, one after the other, for ever."""
        while True:
            message = decide.due(self.book, way.name, self.clock.now_ms())
            if message is None:
                await self.clock.sleep(TICK_S)
                continue
            await self._keep()
            if message in self.book.messages:
                await self._tell(way, message)

    async def _keep(self) -> None:
        """What is about to be told is on the disk first, where the disk takes it."""
        try:
            await self._save()
        except SpoolError as error:
            self._disk(error)

    async def _tell(self, way: Way, message: Message) -> None:
        notice = Notice(
            f"{self.agent}.{message.made}.{message.id}", message.severity, message.title, message.body, message.made
        )
        try:
            async with asyncio.timeout(TELL_S):
                await way.tell(notice)
        except (ChannelError, TimeoutError) as error:
            why = str(error) or f"no answer in {TELL_S:g} s"
            log.log(
                logging.DEBUG if way.name in self.failing else logging.WARNING, "cannot tell by %s: %s", way.name, why
            )
            self.failing[way.name] = why
            tried = message.attempts[way.name] = message.attempts.get(way.name, 0) + 1
            message.again[way.name] = self.clock.now_ms() + AGAIN_MS[min(tried, len(AGAIN_MS)) - 1]
            return
        self.failing.pop(way.name, None)
        now = self.clock.now_ms()
        log.warning("told by %s: %s", way.name, message.title)
        message.ways.append(way.name)
        message.told = message.told or now
        if message not in self.book.messages:  # withdrawn while it was under way: it was told all the same
            self.book.messages.append(message)
        try:
            await self._save()
            await self._state(now)
        except SpoolError as error:
            self._disk(error)

    async def _save(self) -> None:
        """Put the book on disk where it has changed. Raises `SpoolError`."""
        async with self._saving:
            body = books.encode(self.book)
            if body != self._saved:
                await asyncio.to_thread(books.write, self.path, body)
                self._saved = body

    def _since(self, key: Key, otherwise: int) -> int:
        return next((c.since for c in self.book.conditions if c.key == key and c.owner == BUILDING), otherwise)

    def _watched(self, key: Key) -> bool:
        return key.device in self.devices and (self.judge.knows(key) or self.events.knows(key))
