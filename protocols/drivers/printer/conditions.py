"""The conditions of a printer, as labels of `printer.error`, from what either protocol says. Pure."""

from collections.abc import Iterable

from protocols.drivers.printer.seen import Alert

BITS = (
    "low-paper", "no-paper", "low-toner", "no-toner", "door-open", "jammed", "offline", "service-requested",
    "tray-missing", "output-missing", "supply-missing", "output-near-full", "output-full", "tray-empty",
    "maintenance-due",
)  # fmt: skip
"""hrPrinterDetectedErrorState (HOST-RESOURCES-MIB, RFC 2790; RFC 3805 section 2.2.13.2): bit 0 is the first octet's most significant."""
CONDITIONS = (*BITS, "waste-near-full", "waste-full", "paused", "spool-full", "not-accepting")
"""Every label of `printer.error`."""

_REASONS = {
    "media-low": "low-paper", "media-empty": "no-paper", "media-needed": "no-paper", "media-jam": "jammed",
    "toner-low": "low-toner", "toner-empty": "no-toner", "marker-supply-low": "low-toner",
    "marker-supply-empty": "no-toner", "cover-open": "door-open", "door-open": "door-open",
    "interlock-open": "door-open", "shutdown": "offline", "timed-out": "offline", "connecting-to-device": "offline",
    "offline": "offline", "input-tray-missing": "tray-missing", "output-tray-missing": "output-missing",
    "marker-supply-missing": "supply-missing", "cartridge-missing": "supply-missing",
    "output-area-almost-full": "output-near-full", "output-area-full": "output-full",
    "developer-low": "maintenance-due", "developer-empty": "maintenance-due", "opc-near-eol": "maintenance-due",
    "opc-life-over": "maintenance-due", "marker-waste-almost-full": "waste-near-full",
    "marker-waste-full": "waste-full", "paused": "paused", "moving-to-paused": "paused",
    "marker-waste-toner-receptacle-almost-full": "waste-near-full",
    "marker-waste-toner-receptacle-full": "waste-full",
    "marker-waste-ink-receptacle-almost-full": "waste-near-full",
    "marker-waste-ink-receptacle-full": "waste-full", "marker-ink-almost-empty": "low-toner",
    "marker-ink-empty": "no-toner", "marker-print-ribbon-almost-empty": "low-toner",
    "marker-print-ribbon-empty": "no-toner", "marker-supply-almost-empty": "low-toner",
    "toner-missing": "supply-missing", "marker-toner-missing": "supply-missing",
    "marker-toner-cartridge-missing": "supply-missing", "marker-ink-missing": "supply-missing",
    "input-media-tray-jam": "jammed", "output-media-tray-jam": "jammed", "media-path-jam": "jammed",
    "media-path-input-jam": "jammed", "media-path-output-jam": "jammed", "media-path-output-full": "output-full",
    "spool-area-full": "spool-full", "fuser-over-temp": "service-requested", "fuser-under-temp": "service-requested",
}  # fmt: skip
"""printer-state-reasons (RFC 8011 section 5.4.12, PWG 5100.9 table 2), without their suffix."""

_CODES = {
    "jam": "jammed", "inputMediaTrayJam": "jammed", "outputMediaTrayJam": "jammed", "mediaPathJam": "jammed",
    "mediaPathInputJam": "jammed", "mediaPathOutputJam": "jammed", "mediaPathOutputFull": "output-full",
    "markerSupplyMissing": "supply-missing",
    "markerTonerMissing": "supply-missing", "markerInkMissing": "supply-missing",
    "markerPrintRibbonMissing": "supply-missing", "markerWasteAlmostFull": "waste-near-full",
    "markerWasteFull": "waste-full", "coverOpen": "door-open", "interlockOpen": "door-open", "doorOpen": "door-open",
    "inputMediaTrayMissing": "tray-missing", "inputMediaSupplyLow": "low-paper", "inputMediaSupplyEmpty": "tray-empty",
    "inputMediaChangeRequest": "no-paper", "outputMediaTrayMissing": "output-missing",
    "outputMediaTrayAlmostFull": "output-near-full", "outputMediaTrayFull": "output-full",
    "markerTonerEmpty": "no-toner", "markerInkEmpty": "no-toner", "markerPrintRibbonEmpty": "no-toner",
    "markerTonerAlmostEmpty": "low-toner", "markerInkAlmostEmpty": "low-toner",
    "markerPrintRibbonAlmostEmpty": "low-toner", "markerWasteTonerReceptacleAlmostFull": "waste-near-full",
    "markerWasteInkReceptacleAlmostFull": "waste-near-full", "markerWasteTonerReceptacleFull": "waste-full",
    "markerWasteInkReceptacleFull": "waste-full", "markerOpcLifeAlmostOver": "maintenance-due",
    "markerOpcLifeOver": "maintenance-due", "markerDeveloperAlmostEmpty": "maintenance-due",
    "markerDeveloperEmpty": "maintenance-due", "markerTonerCartridgeMissing": "supply-missing",
    "subunitUnrecoverableFailure": "service-requested", "subunitMotorFailure": "service-requested",
    "subunitThermistorFailure": "service-requested",
}  # fmt: skip
"""prtAlertCode, whatever its group."""
_SUBUNITS = {
    ("input", "subunitMissing"): "tray-missing", ("input", "subunitAlmostEmpty"): "low-paper",
    ("input", "subunitEmpty"): "tray-empty", ("output", "subunitMissing"): "output-missing",
    ("output", "subunitAlmostFull"): "output-near-full", ("output", "subunitFull"): "output-full",
    ("markerSupplies", "subunitMissing"): "supply-missing", ("markerSupplies", "subunitAlmostFull"): "waste-near-full",
    ("markerSupplies", "subunitFull"): "waste-full", ("generalPrinter", "subunitOffline"): "offline",
}  # fmt: skip
"""prtAlertCode of RFC 3805's general kind, whose meaning depends on prtAlertGroup."""


STOPS = frozenset({"no-paper", "no-toner", "door-open", "jammed", "output-full", "waste-full"})
"""What stops a printer and is told by a name of its own."""
_EXPLAINED = {
    "door-open": frozenset({"jammed"}),
    "offline": STOPS,
    "service-requested": STOPS,
    "not-accepting": STOPS | {"offline", "paused", "spool-full"},
}
"""Condition → what it is only a part of: many printers are offline for every stop, ask for service, or take no jobs until it is over."""


def unexplained(conditions: frozenset[str], reasons: frozenset[str]) -> frozenset[str]:
    """Those that stand for themselves, so that one jam is one condition. `reasons`: those of them that are told."""
    return frozenset(name for name in conditions if not _EXPLAINED.get(name, frozenset()) & reasons)


def of_bits(octets: bytes) -> frozenset[str]:
    """hrPrinterDetectedErrorState of any length: an octet that is not sent has no bit set."""
    return frozenset(
        name for bit, name in enumerate(BITS) if bit // 8 < len(octets) and octets[bit // 8] >> (7 - bit % 8) & 1
    )


def bare(reason: str) -> tuple[str, str]:
    """A printer-state-reason and its severity: `toner-low-report` → ("toner-low", "report"); without a suffix it is an error."""
    for suffix in ("report", "warning", "error"):
        if reason.endswith("-" + suffix):
            return reason.removesuffix("-" + suffix), suffix
    return reason, "error"


def of_reasons(reasons: Iterable[str]) -> frozenset[str]:
    """printer-state-reasons. A tray that ran out without stopping the printer is `tray-empty`, not `no-paper`."""
    found = set()
    for name, severity in map(bare, reasons):
        if name == "media-empty" and severity != "error":
            found.add("tray-empty")
        elif name in _REASONS:
            found.add(_REASONS[name])
    return frozenset(found)


def of_alerts(alerts: Iterable[Alert]) -> frozenset[str]:
    """The alert table. What is of a supply or tray that has a row of its own is judged there, too."""
    named = (_CODES.get(each.code) or _SUBUNITS.get((each.group, each.code)) for each in alerts)
    return frozenset(name for name in named if name)
