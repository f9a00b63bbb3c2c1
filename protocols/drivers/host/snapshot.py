"""What a machine says of itself at one moment, before any meaning is made of it. A case's input is one of these as JSON.

Sizes in bytes, times in seconds, temperatures in °C; None (or an empty list) where the machine has no such thing.
"""

import msgspec


class Cpu(msgspec.Struct, frozen=True):
    """Processor time since boot, all cores added up; `percent` only where the source measured a first figure itself."""

    busy: float
    total: float
    percent: float | None = None


class Memory(msgspec.Struct, frozen=True):
    """Main memory and swap."""

    total: int
    available: int
    swap_total: int = 0
    swap_used: int = 0


class FileSystem(msgspec.Struct, frozen=True):
    """One mounted file system of a real disk.

    `free` is what ordinary users can still write. `expected_writable` is True when fstab says so or it was writable
    before. `errors` and `lifetime_written` are ext4's errors_count and lifetime_write_kbytes × 1024.
    """

    mount: str
    device: str
    type: str
    used: int
    free: int
    readonly: bool = False
    expected_writable: bool = False
    inodes: int = 0
    inodes_free: int = 0
    errors: int | None = None
    lifetime_written: int | None = None


class DiskTraffic(msgspec.Struct, frozen=True):
    """One whole disk: bytes since boot; `life_time` are the eMMC's two estimates, 1 (0–10 % used) to 11 (exceeded)."""

    name: str
    read: int
    written: int
    life_time: list[int] = []


class Interface(msgspec.Struct, frozen=True):
    """One network interface: bytes since it came up, errors and drops of both ways added up."""

    name: str
    up: bool
    received: int = 0
    sent: int = 0
    errors: int = 0


class Battery(msgspec.Struct, frozen=True):
    """Charge in %, and whether mains power is there (None: the machine cannot tell)."""

    percent: float
    mains: bool | None


class ClockState(msgspec.Struct, frozen=True):
    """What adjtimex(2) says; `error` is the remaining offset plus the estimated error, in seconds."""

    synchronised: bool
    error: float


class SmartDisk(msgspec.Struct, frozen=True):
    """SMART of one drive; `passed` None when the drive or our rights gave no verdict, `message` says why."""

    name: str
    passed: bool | None = None
    temperature: float | None = None
    wear: float | None = None
    lifetime_written: int | None = None
    message: str | None = None


class Upkeep(msgspec.Struct, frozen=True):
    """What is asked rarely because it costs: pending updates and SMART."""

    updates: int | None = None
    security: int | None = None
    smart: list[SmartDisk] = []


class Snapshot(msgspec.Struct, frozen=True):
    """One look at the machine. `at` is monotonic seconds; `throttled` the Raspberry Pi firmware's word of bits."""

    at: float
    uptime: float
    cpu: Cpu
    memory: Memory
    load: tuple[float, float, float] | None = None
    file_systems: list[FileSystem] = []
    disks: list[DiskTraffic] = []
    interfaces: list[Interface] = []
    temperatures: dict[str, float] = {}
    battery: Battery | None = None
    process_count: int = 0
    processes: dict[str, bool] = {}
    reboot_required: bool | None = None
    throttled: int | None = None
    clock: ClockState | None = None
    attributes: dict[str, str] = {}
    upkeep: Upkeep = Upkeep()
