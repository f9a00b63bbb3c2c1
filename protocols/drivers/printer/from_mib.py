"""OID → value, as SNMP gave them, to what they say of the printer. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from protocols.drivers.printer import names, oids, status
from protocols.drivers.printer.conditions import of_alerts, of_bits
from protocols.drivers.printer.level import Level, left, room
from protocols.drivers.printer.seen import EMPTY, FULL, LOW, MISSING, Alert, Seen, Supply, Tray
from protocols.transports.snmp.values import Value, text
from protocols.wire.batch import Scalar

_OPEN = (3, 5)
"""PrtCoverStatusTC: coverOpen, interlockOpen."""
_PAGE_UNITS = (7, 8)
"""PrtMarkerCounterUnitTC: impressions, sheets."""
MOST_ROWS = 64
"""Most supplies, trays or alerts of one printer."""

Values = Mapping[str, Value]


class _Tables:
    """The values by column and row, of the one printer at this address (the lowest hrDeviceIndex that is one)."""

    def __init__(self, values: Values) -> None:
        self._columns: dict[str, dict[tuple[int, ...], Value]] = {}
        for oid, value in values.items():
            for column in (*oids.COLUMNS, *oids.IDENTITY, oids.ALERT_CODE, *oids.ALERT_DETAIL):
                if oid.startswith(column + "."):
                    row = tuple(int(part) for part in oid[len(column) + 1 :].split("."))
                    self._columns.setdefault(column, {})[row] = value
        printers = [row[0] for column in (oids.HR_PRINTER_STATUS, oids.CONFIG_CHANGES) for row in self.column(column)]
        others = [row[0] for column in (oids.SUPPLY_LEVEL, oids.INPUT_LEVEL) for row in self.column(column)]
        self.device = min(printers or others or [1])

    def column(self, oid: str) -> dict[tuple[int, ...], Value]:
        return self._columns.get(oid, {})

    def rows(self, oid: str) -> list[int]:
        """The rows' own indices, in a table whose index is hrDeviceIndex and one more."""
        return sorted(row[1] for row in self.column(oid) if len(row) == 2 and row[0] == self.device)[:MOST_ROWS]

    def number(self, oid: str, *row: int) -> int | None:
        value = self.column(oid).get((self.device, *row))
        return value if isinstance(value, int) else None

    def words(self, oid: str, *row: int) -> str:
        value = self.column(oid).get((self.device, *row))
        return text(value) if isinstance(value, bytes | str) else ""


def seen(values: Values, low: float) -> Seen:
    """What a printer said over SNMP. `low`: the percentage from which a supply or tray is low."""
    tables = _Tables(values)
    alerts = [*_alerts(tables, values)]
    pressing = [each for each in alerts if each.severity in ("critical", "warning")]
    sleeps = any(status.says_sleep(text(said)) for said in tables.column(oids.DISPLAY).values())
    return Seen(
        status=status.of_mib(
            tables.number(oids.HR_DEVICE_STATUS), tables.number(oids.HR_PRINTER_STATUS), sleeps, alerts
        ),
        conditions=_conditions(tables, pressing),
        supplies=_supplies(tables, low, pressing),
        trays=[_tray(tables, row, low, pressing) for row in tables.rows(oids.INPUT_LEVEL)],
        pages=_pages(tables),
        alerts=alerts,
        attributes=_attributes(tables, values),
    )


def _conditions(tables: _Tables, alerts: list[Alert]) -> frozenset[str] | None:
    bits = tables.column(oids.HR_ERROR_STATE).get((tables.device,))
    covers = tables.column(oids.COVER_STATUS)
    if not isinstance(bits, bytes) and not covers and not alerts:
        return None
    found = of_bits(bits) if isinstance(bits, bytes) else frozenset()
    if any(row[0] == tables.device and value in _OPEN for row, value in covers.items()):
        found |= {"door-open"}
    return found | of_alerts(alerts)


class _Columns(NamedTuple):
    """Where a table of supplies has what."""

    group: str
    supply_class: str
    kind: str
    description: str
    unit: str
    most: str
    level: str


_MARKER = _Columns(
    "markerSupplies", oids.SUPPLY_CLASS, oids.SUPPLY_TYPE, oids.SUPPLY_DESCRIPTION, oids.SUPPLY_UNIT, oids.SUPPLY_MOST,
    oids.SUPPLY_LEVEL,
)  # fmt: skip
_FINISHER = _Columns(
    "finSupply", oids.FINISHER_CLASS, oids.FINISHER_TYPE, oids.FINISHER_DESCRIPTION, oids.FINISHER_UNIT,
    oids.FINISHER_MOST, oids.FINISHER_LEVEL,
)  # fmt: skip


def _supplies(tables: _Tables, low: float, alerts: list[Alert]) -> list[Supply]:
    return [
        _supply(tables, columns, row, low, alerts)
        for columns in (_MARKER, _FINISHER)
        for row in tables.rows(columns.level)
    ]


def _supply(tables: _Tables, at: _Columns, row: int, low: float, alerts: list[Alert]) -> Supply:
    number = tables.number(at.kind, row) or 0
    kind = names.SUPPLY_TYPES[number] if 0 < number < len(names.SUPPLY_TYPES) else "unknown"
    filled = is_filled(tables.number(at.supply_class, row), kind)
    given = (tables.number(at.level, row), tables.number(at.most, row), tables.number(at.unit, row))
    level = (room if filled else left)(*given, low)
    colorant = tables.number(oids.SUPPLY_COLORANT, row) if at is _MARKER else None
    colour = tables.words(oids.COLORANT, colorant) if colorant else ""
    state = _alerted(level, at.group, row, alerts)
    return Supply(row, tables.words(at.description, row), kind, colour, filled, level.percent, state)


def is_filled(supply_class: int | None, kind: str) -> bool:
    """Whether it is a container that fills up: by its class; its type where the class says neither."""
    if supply_class in (names.CONSUMED, names.FILLED):
        return supply_class == names.FILLED
    return kind in names.WASTES


def _tray(tables: _Tables, row: int, low: float, alerts: list[Alert]) -> Tray:
    level = left(
        tables.number(oids.INPUT_LEVEL, row),
        tables.number(oids.INPUT_MOST, row),
        tables.number(oids.INPUT_UNIT, row),
        low,
    )
    name = tables.words(oids.INPUT_NAME, row) or tables.words(oids.INPUT_DESCRIPTION, row)
    manual = tables.number(oids.INPUT_TYPE, row) == names.MANUAL
    return Tray(row, name, manual, level.percent, _alerted(level, "input", row, alerts))


_ALERTED = {
    "inputMediaSupplyLow": LOW, "inputMediaSupplyEmpty": EMPTY,
    "markerTonerEmpty": EMPTY, "markerInkEmpty": EMPTY, "markerPrintRibbonEmpty": EMPTY, "markerTonerAlmostEmpty": LOW,
    "markerInkAlmostEmpty": LOW, "markerPrintRibbonAlmostEmpty": LOW, "markerWasteTonerReceptacleAlmostFull": LOW,
    "markerWasteInkReceptacleAlmostFull": LOW, "markerWasteTonerReceptacleFull": FULL,
    "markerWasteInkReceptacleFull": FULL, "markerWasteAlmostFull": LOW, "markerWasteFull": FULL,
    "markerSupplyAlmostEmpty": LOW, "markerSupplyEmpty": EMPTY, "markerOpcLifeAlmostOver": LOW, "markerOpcLifeOver": EMPTY,
    "markerDeveloperAlmostEmpty": LOW, "markerDeveloperEmpty": EMPTY, "subunitLifeAlmostOver": LOW,
    "subunitLifeOver": EMPTY, "subunitAlmostEmpty": LOW, "subunitEmpty": EMPTY, "subunitAlmostFull": LOW,
    "subunitFull": FULL,
}  # fmt: skip
"""What an alert about one row (prtAlertGroup, prtAlertGroupIndex) says of its state, which the printer knows better than a threshold."""


def _alerted(level: Level, group: str, row: int, alerts: list[Alert]) -> int:
    codes = {each.code for each in alerts if each.group == group and each.group_index == row}
    if group == "input" and codes & {"inputMediaTrayMissing", "subunitMissing"}:
        return MISSING
    said = {_ALERTED[code] for code in codes if code in _ALERTED}
    return next((state for state in (FULL, EMPTY, LOW) if state in said), level.state)


def _pages(tables: _Tables) -> int | None:
    """The life count; of several markers the highest: a sheet that passes two of them is one page."""
    counts = [
        count
        for row in tables.rows(oids.MARKER_COUNT)
        if (count := tables.number(oids.MARKER_COUNT, row)) is not None
        and count >= 0
        and tables.number(oids.MARKER_UNIT, row) in (*_PAGE_UNITS, None)
    ]
    return max(counts, default=None)


def _alerts(tables: _Tables, values: Values) -> Iterator[Alert]:
    uptime = values.get(oids.SYS_UPTIME)
    for row in tables.rows(oids.ALERT_CODE):
        code, group = tables.number(oids.ALERT_CODE, row), tables.number(oids.ALERT_GROUP, row)
        named, coded = names.name_of(names.GROUPS, group), names.name_of(names.CODES, code)
        speaks = named in names.SPEAKING_GROUPS and coded not in names.REQUESTS
        at = tables.number(oids.ALERT_TIME, row)
        known = isinstance(uptime, int) and at is not None and 0 < at <= uptime
        yield Alert(
            key=f"{row}.{code}",
            severity=names.name_of(names.SEVERITIES, tables.number(oids.ALERT_SEVERITY, row)),
            group=named,
            group_index=tables.number(oids.ALERT_GROUP_INDEX, row) or 0,
            code=coded,
            text=tables.words(oids.ALERT_TEXT, row) if speaks else "",
            age=(uptime - at) / 100 if known and isinstance(uptime, int) and at is not None else None,
        )


def _attributes(tables: _Tables, values: Values) -> dict[str, Scalar]:
    object_id = values.get(oids.SYS_OBJECT_ID)
    found = {
        "name": text(values.get(oids.SYS_NAME)) or tables.words(oids.PRINTER_NAME),
        "vendor": _vendor(object_id) if isinstance(object_id, str) else "",
        "model": tables.words(oids.HR_DEVICE_DESCR),
        "serial": tables.words(oids.SERIAL),
        "location": text(values.get(oids.SYS_LOCATION)),
        "description": text(values.get(oids.SYS_DESCR)),
        "mac": _mac(tables.column(oids.IF_PHYS_ADDRESS).values()),
    }
    return {name: said for name, said in found.items() if said}


def _vendor(object_id: str) -> str:
    """By the enterprise number; sysObjectID of anything else names none."""
    parts = object_id.removeprefix("1.3.6.1.4.1.").split(".")
    if not object_id.startswith("1.3.6.1.4.1.") or not parts[0].isdigit():
        return ""
    return names.VENDORS.get(int(parts[0]), "")


def _mac(addresses: Iterable[Value]) -> str:
    """Hardware addresses that are some, in order, lower-case with colons."""
    said = [each for each in addresses if isinstance(each, bytes) and len(each) == 6 and any(each)]
    return ",".join(dict.fromkeys(each.hex(":") for each in said if not each[0] & 1))
