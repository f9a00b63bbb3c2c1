"""The points of a UPS: metric, and where the UPS says it (UPS-MIB; PowerNet-MIB of APC; XUPS-MIB of Eaton; NUT's variable)."""

from protocols.driver import PointRow

POINTS = (
    PointRow("ups.source", "upsOutputSource; upsBasicOutputStatus; xupsOutputSource; ups.status OL, OB, BYPASS, TRIM, BOOST, OFF"),
    PointRow("ups.battery.charge", "upsEstimatedChargeRemaining; upsHighPrecBatteryCapacity; xupsBatCapacity; battery.charge"),
    PointRow("ups.runtime", "upsEstimatedMinutesRemaining; upsAdvBatteryRunTimeRemaining; xupsBatTimeRemaining; battery.runtime"),
    PointRow("ups.load", "upsOutputPercentLoad; upsHighPrecOutputLoad; xupsOutputLoad; ups.load"),
    PointRow("ups.battery.state", "upsBatteryStatus, upsAlarmBatteryBad; upsBasicBatteryStatus, upsAdvBatteryReplaceIndicator; xupsBatteryAbmStatus; ups.status LB, RB"),
    PointRow("ups.battery.time", "upsSecondsOnBattery; upsBasicBatteryTimeOnBattery"),
    PointRow("ups.battery.temperature", "upsBatteryTemperature; upsHighPrecBatteryTemperature; battery.temperature"),
    PointRow("ups.battery.voltage", "upsBatteryVoltage; upsHighPrecBatteryActualVoltage; xupsBatVoltage; battery.voltage"),
    PointRow("ups.battery.age", "upsBasicBatteryLastReplaceDate; battery.date"),
    PointRow("ups.battery.due", "upsAdvBatteryRecommendedReplaceDate; battery.date.maintenance"),
    PointRow("ups.input.voltage", "upsInputVoltage; upsHighPrecInputLineVoltage; xupsInputVoltage; input.voltage"),
    PointRow("ups.input.frequency", "upsInputFrequency; upsHighPrecInputFrequency; xupsInputFrequency; input.frequency"),
    PointRow("ups.output.voltage", "upsOutputVoltage; upsHighPrecOutputVoltage; xupsOutputVoltage; output.voltage"),
    PointRow("ups.output.power", "upsOutputPower; upsAdvOutputActivePower; xupsOutputWatts; ups.realpower"),
    PointRow("ups.test.result", "upsTestResultsSummary; upsAdvTestDiagnosticsResults; xupsTestBatteryStatus; ups.test.result"),
    PointRow("ups.test.age", "upsTestStartTime against sysUpTime; upsAdvTestLastDiagnosticsDate; ups.test.date"),
    PointRow("ups.alarms", "upsAlarmsPresent; flags of upsBasicStateOutputState; xupsAlarms; tokens of ups.status"),
    PointRow("ups.alarm", "upsAlarmDescr; flags of upsBasicStateOutputState; xupsAlarmDescr; tokens of ups.status"),
)  # fmt: skip
