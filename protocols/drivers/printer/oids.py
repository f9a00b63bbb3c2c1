"""Which objects of a printer are read over SNMP; no other is ever asked for.

SNMPv2-MIB (RFC 3418), IF-MIB (RFC 2863), HOST-RESOURCES-MIB (RFC 2790), Printer-MIB (RFC 3805). Left alone on purpose:
sysContact, prtGeneralCurrentOperator and prtGeneralServicePerson, which are people, and the job tables.
"""

SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0"
SYS_NAME, SYS_LOCATION = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0"
SYSTEM = (SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME, SYS_LOCATION)

IF_PHYS_ADDRESS = "1.3.6.1.2.1.2.2.1.6"
HR_DEVICE_DESCR, HR_DEVICE_STATUS = "1.3.6.1.2.1.25.3.2.1.3", "1.3.6.1.2.1.25.3.2.1.5"
HR_PRINTER_STATUS, HR_ERROR_STATE = "1.3.6.1.2.1.25.3.5.1.1", "1.3.6.1.2.1.25.3.5.1.2"

PRINTER_MIB = "1.3.6.1.2.1.43"
CONFIG_CHANGES, SERIAL = f"{PRINTER_MIB}.5.1.1.1", f"{PRINTER_MIB}.5.1.1.17"
PRINTER_NAME = f"{PRINTER_MIB}.5.1.1.16"
"""prtGeneralConfigChanges counts: another figure means other rows."""
COVER_STATUS = f"{PRINTER_MIB}.6.1.1.3"
INPUT, SUPPLY = f"{PRINTER_MIB}.8.2.1", f"{PRINTER_MIB}.11.1.1"
INPUT_TYPE, INPUT_UNIT, INPUT_MOST, INPUT_LEVEL = (f"{INPUT}.{column}" for column in (2, 8, 9, 10))
INPUT_NAME, INPUT_DESCRIPTION = f"{INPUT}.13", f"{INPUT}.18"
MARKER_UNIT, MARKER_COUNT = f"{PRINTER_MIB}.10.2.1.3", f"{PRINTER_MIB}.10.2.1.4"
SUPPLY_COLORANT, SUPPLY_CLASS, SUPPLY_TYPE, SUPPLY_DESCRIPTION, SUPPLY_UNIT, SUPPLY_MOST, SUPPLY_LEVEL = (
    f"{SUPPLY}.{column}" for column in (3, 4, 5, 6, 7, 8, 9)
)
COLORANT = f"{PRINTER_MIB}.12.1.1.4"
DISPLAY = f"{PRINTER_MIB}.16.5.1.2"
ALERT = f"{PRINTER_MIB}.18.1.1"
ALERT_SEVERITY, ALERT_GROUP, ALERT_GROUP_INDEX, ALERT_CODE, ALERT_TEXT, ALERT_TIME = (
    f"{ALERT}.{column}" for column in (2, 4, 5, 7, 8, 9)
)

COLUMNS = (
    HR_DEVICE_STATUS, HR_PRINTER_STATUS, HR_ERROR_STATE, CONFIG_CHANGES, COVER_STATUS, INPUT_TYPE, INPUT_UNIT,
    INPUT_MOST, INPUT_LEVEL, INPUT_NAME, INPUT_DESCRIPTION, MARKER_UNIT, MARKER_COUNT, SUPPLY_COLORANT, SUPPLY_CLASS,
    SUPPLY_TYPE, SUPPLY_DESCRIPTION, SUPPLY_UNIT, SUPPLY_MOST, SUPPLY_LEVEL, COLORANT, DISPLAY,
)  # fmt: skip
"""Columns whose rows stay: walked at first, then asked for by their instances."""
IDENTITY = (HR_DEVICE_DESCR, SERIAL, PRINTER_NAME, IF_PHYS_ADDRESS)
"""Columns that are walked with every look at the rows and kept in between."""
ALERT_DETAIL = (ALERT_SEVERITY, ALERT_GROUP, ALERT_GROUP_INDEX, ALERT_TEXT, ALERT_TIME)
"""Asked once for each alert that appears; ALERT_CODE is walked in every poll, because alerts come and go."""
