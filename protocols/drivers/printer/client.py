"""One printer asked over both protocols; which of them answers is found out, remembered, and the other asked seldom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from protocols.clock import Clock
from protocols.drivers.printer.ipp import IppAnswer, RefusedError
from protocols.errors import DeviceError
from protocols.transports.snmp.values import Value, text

STRANGE = (900.0, 3600.0)
"""Seconds until one that never answered is asked again: at first, and at most; doubled with each silence."""
KNOWN = (60.0, 300.0)
"""The same for one that has answered before: a printer that sleeps may answer over the other alone."""

SnmpAnswer = Mapping[str, Value]


class Answers(NamedTuple):
    """What came. None: was not asked, or did not answer. `remarks` are attributes of the asking itself; None: nothing to remark."""

    snmp: SnmpAnswer | None
    ipp: IppAnswer | None
    remarks: Mapping[str, str | None]


class Source(Protocol):
    """One protocol's end."""

    async def read(self) -> SnmpAnswer | IppAnswer:
        """What the printer says. Raises `DeviceError`."""

    async def close(self) -> None:
        """Give up its sockets."""


@dataclass(slots=True)
class _Turn:
    """One source and how it fares."""

    name: str
    source: Source
    has_answered: bool = False
    silences: int = 0
    next_at: float = 0.0
    error: DeviceError | None = None

    async def ask(self, now: float) -> SnmpAnswer | IppAnswer | None:
        """The answer, or None with `error` set."""
        try:
            answer = await self.source.read()
        except DeviceError as error:
            first, most = KNOWN if self.has_answered else STRANGE
            self.error, self.next_at = error, now + min(first * 2.0**self.silences, most)
            self.silences = min(self.silences + 1, 16)
            return None
        self.has_answered, self.silences, self.next_at, self.error = True, 0, 0.0, None
        return answer


class Client:
    """`sources` by name, "SNMP" and "IPP" or one of them, asked in this order and one after the other."""

    def __init__(self, sources: Mapping[str, Source], clock: Clock) -> None:
        self._turns = [_Turn(name, source) for name, source in sources.items()]
        self._clock = clock

    async def read(self) -> Answers:
        """What those say that answer. Raises `DeviceError` with every reason when none does."""
        now = self._clock.monotonic()
        due = [turn for turn in self._turns if now >= turn.next_at]
        found = await _ask(due, now)
        if not found:  # a printer is not lost because part of it was not asked
            found = await _ask([turn for turn in self._turns if turn not in due], now)
        if not found:
            for turn in self._turns:
                turn.next_at = 0.0
            if not any(isinstance(turn.error, RefusedError) for turn in self._turns):
                raise self._lost()
        snmp, ipp = found.get("SNMP"), found.get("IPP")
        return Answers(
            None if isinstance(snmp, IppAnswer) else snmp,
            ipp if isinstance(ipp, IppAnswer) else None,
            {**self._remarks(), **_certificate(ipp)},
        )

    async def close(self) -> None:
        """Give up every socket."""
        for turn in self._turns:
            await turn.source.close()

    def _lost(self) -> DeviceError:
        reasons = [turn.error for turn in self._turns if turn.error is not None]
        if len(reasons) == 1:
            return DeviceError(str(reasons[0]))
        return DeviceError("neither SNMP nor IPP answers. " + ". ".join(str(reason) for reason in reasons))

    def _remarks(self) -> dict[str, str | None]:
        """Which protocols the printer speaks, and why another is not used: said while it never answered, or refuses the credential."""
        remarks: dict[str, str | None] = {
            "protocols": ", ".join(turn.name for turn in self._turns if turn.has_answered) or None
        }
        for turn in self._turns:
            told = turn.error is not None and (not turn.has_answered or isinstance(turn.error, RefusedError))
            remarks[f"{turn.name.lower()}.problem"] = text(str(turn.error)) if told else None
        return remarks


async def _ask(turns: Sequence[_Turn], now: float) -> dict[str, SnmpAnswer | IppAnswer]:
    answers = [(turn.name, await turn.ask(now)) for turn in turns]
    return {name: answer for name, answer in answers if answer is not None}


def _certificate(answer: SnmpAnswer | IppAnswer | None) -> dict[str, str | None]:
    """What is wrong with the certificate of IPP over TLS, which is accepted all the same: printers sign their own."""
    if not isinstance(answer, IppAnswer):
        return {}
    return {"ipp.certificate": f"{answer.problem}; accepted" if answer.problem else None}
