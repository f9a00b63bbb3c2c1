"""What a printer's driver reads, and where the printer says it."""

from protocols.driver import PointRow

POINTS = (
    PointRow("printer.status", "hrDeviceStatus with hrPrinterStatus, display; printer-state, printer-state-reasons"),
    PointRow(
        "printer.supply.level",
        "prtMarkerSuppliesLevel of prtMarkerSuppliesMaxCapacity, finSupplyCurrentLevel; printer-supply, marker-levels",
    ),
    PointRow("printer.supply.state", "the same with its class and special values, and the alert table"),
    PointRow("printer.tray.level", "prtInputCurrentLevel of prtInputMaxCapacity; printer-input-tray"),
    PointRow("printer.tray.state", "the same with its special values, and the alert table"),
    PointRow("printer.pages", "prtMarkerLifeCount; printer-impressions-completed, printer-media-sheets-completed"),
    PointRow("printer.impressions", "printer-impressions-completed-col"),
    PointRow("printer.error", "hrPrinterDetectedErrorState, prtCoverStatus, prtAlertTable; printer-state-reasons"),
    PointRow("printer.jobs.queued", "queued-job-count"),
)
