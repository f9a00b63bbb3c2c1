"""Numbers of RFC 3805 (and of IANA-PRINTER-MIB, which continues it) as its names, which IPP uses as they are (PWG 5100.9, 5100.13)."""

SUPPLY_TYPES = (
    "", "other", "unknown", "toner", "wasteToner", "ink", "inkCartridge", "inkRibbon", "wasteInk", "opc", "developer",
    "fuserOil", "solidWax", "ribbonWax", "wasteWax", "fuser", "coronaWire", "fuserOilWick", "cleanerUnit",
    "fuserCleaningPad", "transferUnit", "tonerCartridge", "fuserOiler", "water", "wasteWater", "glueWaterAdditive",
    "wastePaper", "bindingSupply", "bandingSupply", "stitchingWire", "shrinkWrap", "paperWrap", "staples", "inserts",
    "covers", "matteToner", "matteInk",
)  # fmt: skip
"""PrtMarkerSuppliesTypeTC."""
WASTES = frozenset({"wasteToner", "wasteInk", "wasteWax", "wasteWater", "wastePaper"})
TONERS = frozenset(
    {"toner", "ink", "inkCartridge", "inkRibbon", "solidWax", "ribbonWax", "tonerCartridge", "matteToner", "matteInk"}
)
"""What marks the paper: of these the printer says low-toner and no-toner."""

FINISHING = frozenset(
    {
        "wastePaper", "bindingSupply", "bandingSupply", "stitchingWire", "shrinkWrap", "paperWrap", "staples", "inserts",
        "covers",
    }
)  # fmt: skip
"""What no toner condition is about."""

CONSUMED, FILLED = 3, 4
"""PrtMarkerSuppliesClassTC: supplyThatIsConsumed, receptacleThatIsFilled."""

WEARING = frozenset(
    {
        "opc", "developer", "fuser", "coronaWire", "cleanerUnit", "fuserCleaningPad", "transferUnit", "fuserOilWick",
        "fuserOiler",
    }
)  # fmt: skip
"""Parts whose level is what is left of a reckoned life: printers print on past it, sometimes for months."""

MANUAL = 5
"""PrtInputTypeTC: sheetFeedManual."""

GROUPS = {
    1: "other", 3: "hostResourcesMIBStorageTable", 4: "hostResourcesMIBDeviceTable", 5: "generalPrinter", 6: "cover",
    7: "localization", 8: "input", 9: "output", 10: "marker", 11: "markerSupplies", 12: "markerColorant",
    13: "mediaPath", 14: "channel", 15: "interpreter", 16: "consoleDisplayBuffer", 17: "consoleLights", 18: "alert",
    30: "finDevice", 31: "finSupply", 32: "finSupplyMediaInput", 33: "finAttribute",
}  # fmt: skip
"""PrtAlertGroupTC."""
SPEAKING_GROUPS = frozenset(
    {
        "hostResourcesMIBDeviceTable", "generalPrinter", "cover", "input", "output", "marker", "markerSupplies",
        "markerColorant", "mediaPath", "finDevice", "finSupply", "finSupplyMediaInput",
    }
)  # fmt: skip
"""Groups of hardware: only of these an alert's own text is kept. Those of channels, interpreters and consoles may name a job or a person."""

CODES = {
    1: "other", 2: "unknown", 3: "coverOpen", 4: "coverClosed", 5: "interlockOpen", 6: "interlockClosed",
    7: "configurationChange", 8: "jam", 9: "subunitMissing", 10: "subunitLifeAlmostOver", 11: "subunitLifeOver",
    12: "subunitAlmostEmpty", 13: "subunitEmpty", 14: "subunitAlmostFull", 15: "subunitFull", 16: "subunitNearLimit",
    17: "subunitAtLimit", 18: "subunitOpened", 19: "subunitClosed", 20: "subunitTurnedOn", 21: "subunitTurnedOff",
    22: "subunitOffline", 23: "subunitPowerSaver", 24: "subunitWarmingUp", 25: "subunitAdded", 26: "subunitRemoved",
    27: "subunitResourceAdded", 28: "subunitResourceRemoved", 29: "subunitRecoverableFailure",
    30: "subunitUnrecoverableFailure", 31: "subunitRecoverableStorageError", 32: "subunitUnrecoverableStorageError",
    33: "subunitMotorFailure", 34: "subunitMemoryExhausted", 35: "subunitUnderTemperature",
    36: "subunitOverTemperature", 37: "subunitTimingFailure", 38: "subunitThermistorFailure", 501: "doorOpen",
    502: "doorClosed", 503: "powerUp", 504: "powerDown", 505: "printerNMSReset", 506: "printerManualReset",
    507: "printerReadyToPrint", 801: "inputMediaTrayMissing", 802: "inputMediaSizeChange",
    803: "inputMediaWeightChange", 804: "inputMediaTypeChange", 805: "inputMediaColorChange",
    806: "inputMediaFormPartsChange", 807: "inputMediaSupplyLow", 808: "inputMediaSupplyEmpty",
    809: "inputMediaChangeRequest", 810: "inputManualInputRequest", 811: "inputTrayPositionFailure",
    812: "inputTrayElevationFailure", 813: "inputCannotFeedSizeSelected", 814: "inputMediaTrayFeedError",
    815: "inputMediaTrayJam", 816: "inputMediaTrayFailure", 817: "inputPickRollerLifeWarn",
    818: "inputPickRollerLifeOver", 819: "inputPickRollerFailure", 820: "inputPickRollerMissing",
    901: "outputMediaTrayMissing",
    902: "outputMediaTrayAlmostFull", 903: "outputMediaTrayFull", 904: "outputMailboxSelectFailure",
    905: "outputMediaTrayFeedError", 906: "outputMediaTrayJam", 907: "outputMediaTrayFailure",
    1001: "markerFuserUnderTemperature", 1002: "markerFuserOverTemperature", 1003: "markerFuserTimingFailure",
    1004: "markerFuserThermistorFailure", 1005: "markerAdjustingPrintQuality", 1101: "markerTonerEmpty",
    1102: "markerInkEmpty", 1103: "markerPrintRibbonEmpty", 1104: "markerTonerAlmostEmpty",
    1105: "markerInkAlmostEmpty", 1106: "markerPrintRibbonAlmostEmpty",
    1107: "markerWasteTonerReceptacleAlmostFull", 1108: "markerWasteInkReceptacleAlmostFull",
    1109: "markerWasteTonerReceptacleFull", 1110: "markerWasteInkReceptacleFull", 1111: "markerOpcLifeAlmostOver",
    1112: "markerOpcLifeOver", 1113: "markerDeveloperAlmostEmpty", 1114: "markerDeveloperEmpty",
    1115: "markerTonerCartridgeMissing", 1116: "markerCleanerMissing", 1117: "markerDeveloperMissing",
    1118: "markerFuserMissing", 1119: "markerInkMissing", 1120: "markerOpcMissing", 1121: "markerPrintRibbonMissing",
    1122: "markerSupplyAlmostEmpty", 1123: "markerSupplyEmpty", 1124: "markerSupplyMissing",
    1125: "markerWasteAlmostFull", 1126: "markerWasteFull", 1127: "markerWasteMissing",
    1128: "markerWasteInkReceptacleMissing", 1129: "markerWasteTonerReceptacleMissing", 1130: "markerTonerMissing",
    1301: "mediaPathMediaTrayMissing", 1302: "mediaPathMediaTrayAlmostFull",
    1303: "mediaPathMediaTrayFull", 1304: "mediaPathCannotDuplexMediaSelected", 1305: "mediaPathFailure",
    1306: "mediaPathJam", 1310: "mediaPathInputRequest", 1311: "mediaPathInputFeedError", 1312: "mediaPathInputJam",
    1321: "mediaPathOutputFeedError", 1322: "mediaPathOutputJam", 1323: "mediaPathOutputFull",
    1331: "mediaPathPickRollerLifeWarn", 1332: "mediaPathPickRollerLifeOver", 1333: "mediaPathPickRollerFailure",
    1334: "mediaPathPickRollerMissing", 1501: "interpreterMemoryIncrease",
    1502: "interpreterMemoryDecrease", 1503: "interpreterCartridgeAdded", 1504: "interpreterCartridgeDeleted",
    1505: "interpreterResourceAdded", 1506: "interpreterResourceDeleted", 1507: "interpreterResourceUnavailable",
    1509: "interpreterComplexPageEncountered", 1801: "alertRemovalOfBinaryChangeEntry",
}  # fmt: skip
"""PrtAlertCodeTC; from 814, 905, 1116 and 1305 on what IANA registered later (PWG 5107.3, PWG 5100.9 and its errata)."""

REQUESTS = frozenset({"inputMediaChangeRequest", "inputManualInputRequest", "mediaPathInputRequest"})
"""Alerts that a job is the reason of: their text is about it, and may bear its name."""

SEVERITIES = {3: "critical", 4: "warning", 5: "warningBinaryChangeEvent"}
"""PrtAlertSeverityLevelTC."""

VENDORS = {
    11: "HP", 186: "Toshiba", 236: "Samsung", 253: "Xerox", 297: "Fujifilm", 367: "Ricoh",
    641: "Lexmark", 674: "Dell", 1129: "Toshiba", 1248: "Epson", 1347: "Kyocera", 1602: "Canon", 2001: "Oki",
    2385: "Sharp", 2435: "Brother", 18334: "Konica Minolta", 40093: "Pantum",
}  # fmt: skip
"""IANA private enterprise numbers, as sysObjectID begins with them (1.3.6.1.4.1.n)."""


def name_of(names: dict[int, str], number: object) -> str:
    """The name of a number; "unknown" for what is none of them."""
    return names.get(number, "unknown") if isinstance(number, int) else "unknown"
