"""The kernel's neighbour table, IPv4 and IPv6, over rtnetlink (rtnetlink(7)): who answered this machine lately. Needs no rights."""

import ipaddress
import os
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from protocols.drivers.lan.decode import mac_text

_HEAD = struct.Struct("=IHHII")
_NEIGHBOUR = struct.Struct("=BBHiHBB")
_NEW, _GET, _DONE, _ERROR = 28, 30, 3, 2
_DUMP = 0x301
_ALIVE = 0x02 | 0x04 | 0x08 | 0x10
"""Reachable, stale, delayed, probed: it has answered; not incomplete, failed or permanent."""
_REACHABLE = 0x02
_DST, _LLADDR = 1, 2
_MOST_READS = 400


class Entry(NamedTuple):
    """A neighbour: its address and MAC. `is_sure`: it has confirmed that within half a minute or so; else it may have moved on."""

    address: str
    mac: str
    is_sure: bool


def neighbours(interface: str) -> list[Entry]:
    """Those behind an interface. Blocks for milliseconds. Raises `OSError` where the system has no such table."""
    index = socket.if_nametoindex(interface)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        link.settimeout(2.0)
        link.send(_HEAD.pack(_HEAD.size + _NEIGHBOUR.size, _GET, _DUMP, 1, 0) + _NEIGHBOUR.pack(0, 0, 0, 0, 0, 0, 0))
        found: list[Entry] = []
        for _ in range(_MOST_READS):
            entries, is_done = parse(link.recv(65536), index)
            found += entries
            if is_done:
                break
    return found


def parse(answer: bytes, index: int) -> tuple[list[Entry], bool]:
    """The neighbours of interface `index` in one answer, and whether it is the last. Raises `OSError` for a refusal."""
    found: list[Entry] = []
    at = 0
    while at + _HEAD.size <= len(answer):
        length, kind, *_ = _HEAD.unpack_from(answer, at)
        if kind == _DONE or length < _HEAD.size:
            return found, True
        if kind == _ERROR:
            code = -struct.unpack_from("=i", answer, at + _HEAD.size)[0] if len(answer) >= at + _HEAD.size + 4 else 0
            raise OSError(code, os.strerror(code))
        body = answer[at + _HEAD.size : at + length]
        if kind == _NEW and len(body) >= _NEIGHBOUR.size:
            found += _entry(body, index)
        at += (length + 3) & ~3
    return found, False


def _entry(body: bytes, index: int) -> Iterator[Entry]:
    _, _, _, interface, state, _, _ = _NEIGHBOUR.unpack_from(body)
    said = dict(_attributes(body[_NEIGHBOUR.size :]))
    address, mac = said.get(_DST, b""), said.get(_LLADDR, b"")
    if (
        interface == index
        and state & _ALIVE
        and len(address) in (4, 16)
        and len(mac) == 6
        and any(mac)
        and not mac[0] & 1
    ):
        yield Entry(str(ipaddress.ip_address(address)), mac_text(mac), bool(state & _REACHABLE))


def _attributes(field: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(field):
        length, kind = struct.unpack_from("=HH", field, at)
        if length < 4:
            return
        yield kind, field[at + 4 : at + length]
        at += (length + 3) & ~3
