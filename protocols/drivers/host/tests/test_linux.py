"""Files of Linux that are read, and what is made of odd ones."""

import ctypes
from pathlib import Path

import pytest

from protocols.drivers.host import linux


def test_fstab_says_which_mounts_are_to_be_writable(tmp_path: Path) -> None:
    table = tmp_path / "fstab"
    table.write_text(
        "# /dev/sdz /old ext4 rw 0 0\nPARTUUID=1-02 / ext4 defaults,noatime 0 1\n"
        "/dev/sda1 /media ext4 ro,noexec 0 2\nproc /proc proc defaults 0 0\nbroken line\n"
    )
    assert linux.fstab_writable(table) == {"/", "/proc"}
    assert linux.fstab_writable(tmp_path / "absent") == set()


@pytest.mark.parametrize(
    ("answer", "bits"),
    [("throttled=0x50005\n", 0x50005), ("throttled=0x0", 0), ("error=1 error_msg", None), ("", None)],
)
def test_get_throttled(answer: str, bits: int | None) -> None:
    assert linux.parse_throttled(answer) == bits


@pytest.mark.parametrize("name", ["loop0", "zram0", "dm-0", "sr0", "mmcblk0boot0", "mmcblk0rpmb", "no-such-disk"])
def test_what_is_no_disk(name: str) -> None:
    assert not linux.is_whole_disk(name)


def test_text_drops_the_nul_of_a_device_tree(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\x00")
    assert linux.text(model) == "Raspberry Pi 5 Model B Rev 1.0"
    model.write_bytes(b"\x00\n")
    assert linux.text(model) is None
    assert linux.number(model) is None


def test_the_timex_structure_has_the_kernels_size() -> None:
    assert ctypes.sizeof(linux._Timex) == (208 if ctypes.sizeof(ctypes.c_long) == 8 else 128)


def test_a_sandbox_that_mounts_a_writable_disk_read_only_does_not_hide_that_it_is_writable(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "27 1 8:1 / / ro,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
        "28 27 8:2 / /my\\040disk rw,relatime - ext4 /dev/sda2 ro,emergency_ro\n"
        "broken line - \n"
    )
    assert linux.disk_options(table) == {"/": ["rw", "errors=remount-ro"], "/my disk": ["ro", "emergency_ro"]}
    assert linux.disk_options(tmp_path / "absent") == {}


def test_this_machines_root_is_in_the_table() -> None:
    assert {"rw", "ro"} & set(linux.disk_options()["/"])
