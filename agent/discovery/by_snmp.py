"""One SNMP sweep for every kind that is read over SNMP: who answers is read once, by the driver whose MIB it has."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from agent.discovery.asking import Asking
from protocols.clock import Clock
from protocols.driver import Found
from protocols.options import read_options
from protocols.transports.snmp.options import SnmpOptions
from protocols.transports.snmp.sweep import Heard, sweep
from protocols.transports.snmp.values import Value, text
from protocols.wire.batch import Scalar

SYS_DESCR, SYS_OBJECT_ID, SYS_NAME, SYS_LOCATION = (f"1.3.6.1.2.1.1.{number}.0" for number in (1, 2, 5, 6))
"""SNMPv2-MIB, system."""
SIGNS: Mapping[str, tuple[str, ...]] = {
    "printer": ("1.3.6.1.2.1.43.5.1.1.1.1", "1.3.6.1.2.1.43.5.1.1.17.1"),
    "ups": ("1.3.6.1.2.1.33.1.1.2.0", "1.3.6.1.2.1.33.1.2.1.0", "1.3.6.1.4.1.318.1.1.1.1.1.1.0"),
    "network": ("1.3.6.1.2.1.2.1.0",),
}
"""What an agent of a kind has: Printer-MIB prtGeneralConfigChanges, prtGeneralSerialNumber; UPS-MIB upsIdentModel,
upsBatteryStatus, PowerNet-MIB upsBasicIdentModel; IF-MIB ifNumber, which all have: the last resort."""
OIDS = (SYS_OBJECT_ID, SYS_DESCR, SYS_NAME, SYS_LOCATION, *(oid for oids in SIGNS.values() for oid in oids))


def kind_of(values: Mapping[str, Value]) -> str:
    """The kind whose MIB answered; "" when it only answers SNMP."""
    return next((kind for kind, oids in SIGNS.items() if any(oid in values for oid in oids)), "")


async def by_snmp(
    asking: Asking,
    hosts: Sequence[str],
    options: Mapping[str, Scalar],
    clock: Clock,
    rate: float,
    told: Callable[[str, int], None],
) -> AsyncIterator[Found]:
    """The things at these hosts that answer SNMP, with what their own driver says of them."""
    asked = read_options({"timeout": 1.0, "retries": 0, **options}, SnmpOptions, "--snmp-range")
    async for heard in sweep(hosts, OIDS, asked, clock, rate, told):
        found = described(heard, options)
        reading = await asking.read(found) if found.kind else None
        if reading is not None:
            name = reading.attributes.get("name") or found.name
            found = found._replace(name=str(name or "") or None, attributes={**found.attributes, **reading.attributes})
        yield found


def described(heard: Heard, options: Mapping[str, Scalar]) -> Found:
    """What the sweep alone knows of a thing."""
    says = {"location": SYS_LOCATION, "description": SYS_DESCR}
    attributes: dict[str, Scalar] = {
        name: said for name, oid in says.items() if oid in heard.values and (said := text(heard.values[oid]))
    }
    name = text(heard.values[SYS_NAME]) if SYS_NAME in heard.values else ""
    return Found(kind_of(heard.values), heard.address, name or None, dict(options), attributes)
