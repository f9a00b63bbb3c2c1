"""IPP attributes to what they say of the printer. Pure.

RFC 8011 section 5.4, PWG 5100.9 (printer-alert, marker state), PWG 5100.13 (printer-supply, printer-input-tray,
identity), PWG 5100.22 (impressions); marker-* as CUPS and Apple define them. Scalar where several may stand, and the
other way round, are both taken.
"""

import re
from collections.abc import Iterator

from protocols.drivers.printer import names, status
from protocols.drivers.printer.conditions import bare, of_reasons
from protocols.drivers.printer.from_mib import MOST_ROWS, is_filled
from protocols.drivers.printer.ipp_message import Attributes, Ipp
from protocols.drivers.printer.level import PERCENT, Level, left, room
from protocols.drivers.printer.seen import UNKNOWN, Alert, Seen, Supply, Tray
from protocols.transports.snmp.values import text
from protocols.wire.batch import Scalar

_SEVERITIES = {"error": "critical", "warning": "warning"}
_KEYWORD = re.compile(r"[a-z0-9._-]{1,80}")
"""What a keyword may be (RFC 8011 section 5.1.4): no place for a name."""
_QUIET = ("none", "paused", "moving-to-paused")
_CLASSES = {"supplyThatIsConsumed": names.CONSUMED, "receptacleThatIsFilled": names.FILLED}
_MARKERS = {
    "waste-toner": "wasteToner", "waste-ink": "wasteInk", "waste-wax": "wasteWax", "waste-water": "wasteWater",
    "toner-cartridge": "tonerCartridge", "ink-cartridge": "inkCartridge", "ink-ribbon": "inkRibbon",
    "solid-wax": "solidWax", "fuser-oil": "fuserOil", "transfer-unit": "transferUnit", "cleaner-unit": "cleanerUnit",
}  # fmt: skip
"""marker-types, which are sometimes written with hyphens."""
_COLOURS = {
    "#000000": "black", "#00ffff": "cyan", "#ff00ff": "magenta", "#ffff00": "yellow", "#ff0000": "red",
    "#0000ff": "blue", "#00ff00": "green", "#ffffff": "white", "#808080": "gray",
}  # fmt: skip
"""marker-colors."""


def seen(attributes: Attributes, low: float) -> Seen:
    """What a printer said over IPP. `low`: the percentage from which a supply or tray is low."""
    reasons = [each for each in _strings(attributes, "printer-state-reasons") if each != "none"]
    return Seen(
        status=status.of_ipp(_number(attributes, "printer-state"), [bare(each)[0] for each in reasons]),
        conditions=_conditions(attributes, reasons),
        supplies=[*_supplies(attributes, low)] or [*_markers(attributes, low)],
        trays=[*_trays(attributes, low)],
        pages=_count(attributes, "printer-impressions-completed", "printer-media-sheets-completed"),
        impressions=_impressions(attributes),
        queued=_count(attributes, "queued-job-count"),
        alerts=[*_alerts(reasons)],
        attributes=_identity(attributes),
    )


def _conditions(attributes: Attributes, reasons: list[str]) -> frozenset[str] | None:
    if "printer-state-reasons" not in attributes:
        return None
    refuses = _all(attributes, "printer-is-accepting-jobs")[:1] == [False]
    return of_reasons(reasons) | ({"not-accepting"} if refuses else set())


def _all(attributes: Attributes, name: str) -> list[Ipp]:
    return [*attributes.get(name, ())][:MOST_ROWS]


def _strings(attributes: Attributes, name: str) -> list[str]:
    return [text(each) for each in _all(attributes, name) if isinstance(each, str | bytes)]


def _number(attributes: Attributes, name: str) -> int | None:
    found = next(iter(_all(attributes, name)), None)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _count(attributes: Attributes, *which: str) -> int | None:
    """The first of these attributes that is a count."""
    found = (_number(attributes, name) for name in which)
    return next((count for count in found if count is not None and count >= 0), None)


def _pairs(said: str, sign: str = "=") -> dict[str, str]:
    """`type=toner;level=80;` as a mapping; the first of two equal keys holds. An IEEE 1284 device id has `:` for a sign."""
    found: dict[str, str] = {}
    for part in said[:2000].split(";")[:40]:
        key, found_sign, value = part.partition(sign)
        if found_sign:
            found.setdefault(key.strip().lower(), value.strip())
    return found


def _whole(said: str | None) -> int | None:
    if said is None or len(said) > 11 or not said.removeprefix("-").isdecimal() or not said.isascii():
        return None
    return int(said)


def _rows(attributes: Attributes, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a printer-supply or printer-input-tray, numbered as they stand where they bear no index."""
    for place, each in enumerate(_all(attributes, name), 1):
        if isinstance(each, str | bytes):
            pairs = _pairs(text(each, 2000))
            if pairs:
                index = _whole(pairs.get("index"))
                yield place if index is None else index, pairs


def _supplies(attributes: Attributes, low: float) -> Iterator[Supply]:
    told = _strings(attributes, "printer-supply-description")
    for place, (index, pairs) in enumerate(_rows(attributes, "printer-supply")):
        kind = pairs.get("type", "unknown")
        filled = is_filled(_CLASSES.get(pairs.get("class", "")), kind)
        unit = PERCENT if pairs.get("unit") == "percent" else None
        level = (room if filled else left)(_whole(pairs.get("level")), _whole(pairs.get("maxcapacity")), unit, low)
        colour = pairs.get("colorantname", "")
        description = told[place] if place < len(told) else ""
        yield Supply(index, description, kind, _colour(colour), filled, level.percent, level.state)


def _colour(said: str) -> str:
    return "" if said.lower() in ("unknown", "none", "other", "") else said


def _markers(attributes: Attributes, low: float) -> Iterator[Supply]:
    """marker-*: −1 and −2 unknown, −3 some; a low level that the printer names stands in for ours, as does a high one of a waste."""
    levels = [each if isinstance(each, int) else None for each in _all(attributes, "marker-levels")]
    kinds, colours = _strings(attributes, "marker-types"), _strings(attributes, "marker-colors")
    lows, highs = _all(attributes, "marker-low-levels"), _all(attributes, "marker-high-levels")
    for place, name in enumerate(_strings(attributes, "marker-names")):
        said = kinds[place] if place < len(kinds) else "unknown"
        kind = _MARKERS.get(said, said)
        filled = kind in names.WASTES
        bound = (highs if filled else lows)[place] if place < len(highs if filled else lows) else None
        own = (100.0 - bound if filled else float(bound)) if isinstance(bound, int) and 0 < bound < 100 else low
        level = levels[place] if place < len(levels) else None
        meant = Level(None, UNKNOWN) if level == -1 else (room if filled else left)(level, 100, PERCENT, own)
        colour = colours[place].lower() if place < len(colours) else ""
        yield Supply(place + 1, name, kind, _COLOURS.get(colour, ""), filled, meant.percent, meant.state)


def _trays(attributes: Attributes, low: float) -> Iterator[Tray]:
    for index, pairs in _rows(attributes, "printer-input-tray"):
        if pairs.get("name") == "auto":  # the choice between the trays, which is none
            continue
        unit = PERCENT if pairs.get("unit") == "percent" else None
        level = left(_whole(pairs.get("level")), _whole(pairs.get("maxcapacity")), unit, low)
        manual = pairs.get("type") == "sheetFeedManual"
        yield Tray(index, pairs.get("name", ""), manual, level.percent, level.state)


def _impressions(attributes: Attributes) -> dict[str, int]:
    """Colour and monochrome of printer-impressions-completed-col (PWG 5100.22): one-sided and two-sided together."""
    found = next(iter(_all(attributes, "printer-impressions-completed-col")), None)
    if not isinstance(found, dict):
        return {}
    sums: dict[str, int] = {}
    for name, values in found.items():
        kind = {"full-color": "color", "highlight-color": "color", "monochrome": "monochrome"}.get(
            name.removesuffix("-two-sided"), ""
        )
        count = values[0] if values else None
        if kind and isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            sums[kind] = sums.get(kind, 0) + count
    return sums


def _alerts(reasons: list[str]) -> Iterator[Alert]:
    """printer-state-reasons that are conditions, for printers that have no alert table."""
    for each in reasons:
        name, severity = bare(each)
        if name not in _QUIET and _KEYWORD.fullmatch(name):
            yield Alert(each, _SEVERITIES.get(severity, "other"), "", 0, name, "", None)


def _identity(attributes: Attributes) -> dict[str, Scalar]:
    def first(*which: str) -> str:
        found = (next(iter(_strings(attributes, name)), "") for name in which)
        return next((said for said in found if said), "")

    device = _pairs(first("printer-device-id"), ":")
    found = {
        "name": first("printer-dns-sd-name", "printer-info", "printer-name"),
        "vendor": device.get("mfg") or device.get("manufacturer", ""),
        "model": first("printer-make-and-model") or device.get("mdl") or device.get("model", ""),
        "serial": first("printer-serial-number") or device.get("sn") or device.get("serialnumber", ""),
        "firmware": first("printer-firmware-string-version"),
        "location": first("printer-location"),
        "uuid": first("printer-uuid").lower().removeprefix("urn:uuid:"),
    }
    return {name: said for name, said in found.items() if said}
