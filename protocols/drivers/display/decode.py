"""Answers to PJLink queries → reading. Pure; whatever an answer says, it is a figure, `unknown`, or left out."""

import unicodedata
from collections.abc import Iterator, Mapping

from protocols.driver import PointInfo, Reading, Sample
from protocols.drivers.display.points import ATTRIBUTES, PARTS
from protocols.metrics.display import SOURCES

UNKNOWN = 255.0
ERRORS = frozenset({"ERR1", "ERR2", "ERR3", "ERR4"})
NOT_NOW = "ERR3"
"""Unavailable in the display's present state."""
MOST_LAMPS = 8
MOST_TEXT = 128
_MUTE = {"30": 0.0, "11": 1.0, "21": 2.0, "31": 3.0}
_FREEZE = {"0": 0.0, "1": 1.0}


def decode(answers: Mapping[str, str]) -> Reading:
    """`answers`: query → what the display answered, its parameter or ERR1 to ERR4; a query that was not asked is absent."""
    reading = Reading(attributes=dict(_attributes(answers)))
    said = {query: answer.strip().upper() for query, answer in answers.items()}
    if "POWR" in said:
        reading.samples.append(Sample("display.power", None, _state(said["POWR"], "0123")))
        failed = "ERR4" in said.values()
        reading.samples.append(Sample("display.failure", None, float(failed)))
    if "ERST" in said:
        reading.samples += _errors(said["ERST"])
    reading.samples += _lamps(said.get("LAMP", "ERR1"))
    reading.samples += _others(said)
    if said.get("INST", "ERR1") not in ERRORS:
        names = {code: name for each in said["INST"].split()[:50] if (found := source(each)) for code, name in (found,)}
        reading.points.append(PointInfo("display.input", None, "Input", names | {int(UNKNOWN): "unknown"}))
    return reading


def source(text: str) -> tuple[int, str] | None:
    """An input as PJLink writes it, 31 or 3A → its number and name; letters (class 2) are 310 (A) to 335 (Z)."""
    if len(text) != 2 or not text.isascii() or not text.isalnum() or text[0] not in "123456" or text[1] == "0":
        return None
    number = int(text[1], 36)
    return int(text[0]) * (10 if number < 10 else 100) + number, f"{SOURCES[int(text[0])]} {text[1].upper()}"


def clean(text: str) -> str:
    """A text for people: of at most 128 characters, without control and formatting characters."""
    kept = "".join(sign for sign in text[: 4 * MOST_TEXT] if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co"))
    return " ".join(kept.split())[:MOST_TEXT]


def _attributes(answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for query, name in ATTRIBUTES.items():
        answer = answers.get(query, "")
        if answer.strip().upper() not in ERRORS and (text := clean(answer)):
            yield name, text


def _state(answer: str, digits: str) -> float:
    return float(answer) if len(answer) == 1 and answer in digits else UNKNOWN


def _errors(answer: str) -> Iterator[Sample]:
    digits = answer if len(answer) == len(PARTS) else "-" * len(PARTS)
    for part, digit in zip(PARTS, digits, strict=True):
        yield Sample("display.error", part, _state(digit, "012"))


def _lamps(answer: str) -> Iterator[Sample]:
    """Pairs of hours and lit: `1200 1 800 0`. ERR1: it has no lamp (a laser, a flat panel)."""
    words = answer.split()
    if answer in ERRORS or len(words) % 2 or not 0 < len(words) <= 2 * MOST_LAMPS:
        return
    for lamp, (hours, lit) in enumerate(zip(words[::2], words[1::2], strict=True), 1):
        if (burned := _hours(hours)) is not None:
            yield Sample("display.lamp.hours", str(lamp), burned)
        yield Sample("display.lamp.state", str(lamp), _state(lit, "01"))


def _hours(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _others(said: Mapping[str, str]) -> Iterator[Sample]:
    """What a display may not have (ERR1: left out) or cannot tell now (unknown)."""
    shown = source(said.get("INPT", ""))
    meanings: dict[str, tuple[str, float | None]] = {
        "INPT": ("display.input", float(shown[0]) if shown else None),
        "IRES": ("display.signal", _signal(said.get("IRES", ""))),
        "AVMT": ("display.mute", _MUTE.get(said.get("AVMT", ""))),
        "FREZ": ("display.freeze", _FREEZE.get(said.get("FREZ", ""))),
    }
    for query, (metric, value) in meanings.items():
        if said.get(query, "ERR1") != "ERR1":
            yield Sample(metric, None, UNKNOWN if value is None else value)
    filtered = _hours(said.get("FILT", ""))
    if filtered is not None:
        yield Sample("display.filter.hours", None, filtered)


def _signal(answer: str) -> float | None:
    if answer in ("-", "*"):
        return 0.0 if answer == "-" else 2.0
    width, sign, height = answer.partition("X")
    return 1.0 if sign and width.isdigit() and height.isdigit() else None
