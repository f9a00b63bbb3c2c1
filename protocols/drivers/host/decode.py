"""A snapshot, and the one before it, to a reading. Pure: all that a host's figures mean is decided here."""

from collections.abc import Iterator

from protocols.driver import Reading, Sample
from protocols.drivers.host.snapshot import FileSystem, Interface, SmartDisk, Snapshot, Upkeep

THROTTLED = {0: "under-voltage", 1: "capped", 2: "throttled", 3: "soft-limit"}
"""Bits of `vcgencmd get_throttled` now; the same 16 higher: since boot.
https://www.raspberrypi.com/documentation/computers/os.html#get_throttled"""
_SINCE_BOOT = 16
_EMMC_LIFE = 11
"""JEDEC eMMC 5.0 DEVICE_LIFE_TIME_EST: 1 is 0–10 % used, 10 is 90–100 %, 11 more than its life, 0 not defined."""


def decode(previous: Snapshot | None, current: Snapshot) -> Reading:
    """The reading of `current`; rates need a `previous` of the same boot, the first reading has none."""
    if previous is not None and (current.uptime < previous.uptime or current.at <= previous.at):
        previous = None
    samples = [
        *_processor(previous, current),
        *_memory(current),
        *_file_systems(current),
        *_disks(previous, current),
        *_network(previous, current),
        *_machine(current),
        *_clock(current),
        *_upkeep(current.upkeep),
    ]
    said = {f"smart.{disk.name}": disk.message for disk in current.upkeep.smart if disk.message}
    return Reading(samples=samples, attributes={**current.attributes, **said})


def rate(before: int, after: int, seconds: float) -> float | None:
    """Growth of a counter a second; None when it was reset or wrapped, so that no reset ever shows as a peak."""
    return (after - before) / seconds if after >= before and seconds > 0 else None


def share(part: float, whole: float) -> float | None:
    """`part` of `whole` in %, within 0 to 100; None of nothing."""
    return min(100.0, max(0.0, 100.0 * part / whole)) if whole > 0 else None


def _some(metric: str, label: str | None, value: float | None) -> Iterator[Sample]:
    if value is not None:
        yield Sample(metric, label, float(value))


def _processor(previous: Snapshot | None, current: Snapshot) -> Iterator[Sample]:
    busy = current.cpu.percent
    if previous is not None:
        busy = share(current.cpu.busy - previous.cpu.busy, current.cpu.total - previous.cpu.total)
    yield from _some("host.cpu.utilization", None, busy)
    for window, value in zip(("1m", "5m", "15m"), current.load or (), strict=False):
        yield Sample("host.load", window, value)


def _memory(current: Snapshot) -> Iterator[Sample]:
    memory = current.memory
    yield from _some("host.memory.utilization", None, share(memory.total - memory.available, memory.total))
    yield Sample("host.memory.available", None, float(memory.available))
    yield from _some("host.swap.utilization", None, share(memory.swap_used, memory.swap_total))


def _file_systems(current: Snapshot) -> Iterator[Sample]:
    for each in current.file_systems:
        yield from _space(each)
        yield Sample("host.disk.readonly", each.mount, float(each.readonly and each.expected_writable))
        yield from _some("host.disk.errors", each.mount, each.errors)
        yield from _some("host.disk.lifetime.written", each.device, each.lifetime_written)


def _space(each: FileSystem) -> Iterator[Sample]:
    # As df: of what ordinary users may use, so that blocks kept for root do not hide a full disk.
    yield from _some("host.disk.utilization", each.mount, share(each.used, each.used + each.free))
    yield Sample("host.disk.free", each.mount, float(each.free))
    yield from _some("host.disk.inodes.utilization", each.mount, share(each.inodes - each.inodes_free, each.inodes))


def _disks(previous: Snapshot | None, current: Snapshot) -> Iterator[Sample]:
    before = {disk.name: disk for disk in previous.disks} if previous is not None else {}
    seconds = current.at - previous.at if previous is not None else 0.0
    for disk in current.disks:
        last = before.get(disk.name)
        if last is not None:
            yield from _some("host.disk.read.rate", disk.name, rate(last.read, disk.read, seconds))
            yield from _some("host.disk.write.rate", disk.name, rate(last.written, disk.written, seconds))
        yield Sample("host.disk.written", disk.name, float(disk.written))
        life = max(disk.life_time, default=0)
        if 0 < life <= _EMMC_LIFE:
            yield Sample("host.disk.wear", disk.name, min(100.0, 10.0 * life))


def _network(previous: Snapshot | None, current: Snapshot) -> Iterator[Sample]:
    before = {each.name: each for each in previous.interfaces} if previous is not None else {}
    seconds = current.at - previous.at if previous is not None else 0.0
    for each in current.interfaces:
        yield Sample("host.network.state", each.name, float(each.up))
        last = before.get(each.name)
        if last is not None:
            yield from _traffic(last, each, seconds)


def _traffic(last: Interface, each: Interface, seconds: float) -> Iterator[Sample]:
    yield from _some("host.network.receive.rate", each.name, rate(8 * last.received, 8 * each.received, seconds))
    yield from _some("host.network.transmit.rate", each.name, rate(8 * last.sent, 8 * each.sent, seconds))
    yield from _some("host.network.errors.rate", each.name, rate(last.errors, each.errors, seconds))


def _machine(current: Snapshot) -> Iterator[Sample]:
    for sensor, celsius in current.temperatures.items():
        yield Sample("host.temperature", sensor, celsius)
    if current.battery is not None:
        mains = current.battery.mains
        yield Sample("host.battery.charge", None, min(100.0, max(0.0, current.battery.percent)))
        yield Sample("host.battery.source", None, 2.0 if mains is None else float(mains))
    yield Sample("host.uptime", None, current.uptime)
    yield Sample("host.process.count", None, float(current.process_count))
    for name, running in current.processes.items():
        yield Sample("host.process.state", name, float(running))
    yield from _some("host.reboot.required", None, current.reboot_required)
    if current.throttled is not None:
        for bit, flag in THROTTLED.items():
            yield Sample("host.throttled", flag, float(current.throttled >> bit & 1))
            yield Sample("host.throttled", f"{flag}-since-boot", float(current.throttled >> bit + _SINCE_BOOT & 1))


def _clock(current: Snapshot) -> Iterator[Sample]:
    if current.clock is not None:
        yield Sample("host.clock.synchronised", None, float(current.clock.synchronised))
        if (
            current.clock.synchronised
        ):  # without a source the kernel's estimate is its constant 16 s, which says nothing
            yield Sample("host.clock.offset", None, current.clock.error)


def _upkeep(upkeep: Upkeep) -> Iterator[Sample]:
    yield from _some("host.updates.pending", None, upkeep.updates)
    yield from _some("host.updates.security", None, upkeep.security)
    for disk in upkeep.smart:
        yield from _smart(disk)


def _smart(disk: SmartDisk) -> Iterator[Sample]:
    yield Sample("host.disk.health", disk.name, 2.0 if disk.passed is None else float(not disk.passed))
    yield from _some("host.disk.temperature", disk.name, disk.temperature)
    yield from _some("host.disk.wear", disk.name, disk.wear)
    yield from _some("host.disk.lifetime.written", disk.name, disk.lifetime_written)
