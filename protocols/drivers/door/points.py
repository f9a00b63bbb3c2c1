"""The points of doors: metric, and where the device says it."""

from protocols.driver import PointRow

POINTS = (
    PointRow("door.position", "ONVIF DoorPhysicalState; OSDP ISTATR, the input of position_input"),
    PointRow("door.lock", "ONVIF LockPhysicalState, DoubleLockPhysicalState"),
    PointRow("door.secured", "made of ONVIF DoorPhysicalState, LockPhysicalState and Alarm"),
    PointRow("door.alarm", "ONVIF Alarm"),
    PointRow("door.mode", "ONVIF DoorMode"),
    PointRow("door.tamper", "ONVIF Tamper/State; OSDP LSTATR, first octet"),
    PointRow("door.fault", "ONVIF Fault/State"),
    PointRow("door.power", "OSDP LSTATR, second octet; ONVIF event Device/HardwareFailure/PowerSupplyFailure"),
    PointRow("door.battery", "ONVIF events whose topic ends in what names a battery"),
    PointRow("door.reader", "ONVIF AccessPointState/Enabled; OSDP RSTATR"),
    PointRow(
        "door.events", "ONVIF events AccessControl/AccessGranted, AccessControl/Denied; OSDP RAW, FMT, XRD, counted"
    ),
    PointRow("door.denied", "ONVIF events AccessControl/Denied, counted"),
    PointRow("door.login.state", "ONVIF: whether operations that need a sign-in are answered"),
    PointRow("door.encryption", "OSDP: whether a secure channel is in use"),
    PointRow("door.input", "OSDP ISTATR"),
    PointRow("door.output", "OSDP OSTATR"),
    PointRow("door.service", "closed panel: whether a TCP port answers, and with what"),
    PointRow("probe.certificate.remaining", "closed panel: notAfter of the certificate at its HTTPS port"),
    PointRow("network.uptime", "closed panel: sysUpTime (1.3.6.1.2.1.1.3.0)"),
)
