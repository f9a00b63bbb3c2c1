"""What is remembered over a restart, forgotten on demand, and lost without harm."""

import logging
from pathlib import Path

import pytest

from agent.identity import file
from agent.identity.memory import Memory
from agent.identity.verdict import Known, Stranger
from agent.identity.who import Identity
from protocols.errors import SpoolError

PRINTER = Known(
    Identity("CNB1", "4509a320-00a0-008f-00b6-002507510eca", frozenset({"00:1b:a9:11:22:33"})),
    (Identity("OLD"),),
    Stranger(Identity("X"), 17),
    "10.1.2.9:161",
    "10.1.2.3:161",
    "00:1b:a9:11:22:33",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "devices.db"


async def kept(path: Path, **known: Known) -> Memory:
    memory = Memory(path, known)
    for key, row in known.items():
        memory.put(key, row)
    await memory.sync()
    return memory


async def again(path: Path, *keys: str) -> Memory:
    memory = Memory(path, keys)
    await memory.sync()
    return memory


async def test_a_restart_remembers_everything(path: Path) -> None:
    await kept(path, p=PRINTER)
    assert (await again(path, "p")).known("p") == PRINTER


async def test_devices_that_are_no_longer_configured_are_dropped(path: Path) -> None:
    await kept(path, p=PRINTER, q=PRINTER)
    assert (await again(path, "q")).known("p") == Known()
    assert list(file.look(path)) == ["q"]


async def test_what_another_process_forgets_is_forgotten_and_the_rest_stays(path: Path) -> None:
    memory = await kept(path, p=PRINTER, q=PRINTER)
    assert file.forget(path, "p")
    memory.put("q", Known(Identity("NEW")))
    await memory.sync()
    assert memory.known("p") == Known()
    assert memory.known("q") == Known(Identity("NEW"))
    assert (await again(path, "p", "q")).known("q") == Known(Identity("NEW"))


def test_to_forget_what_was_never_known_makes_no_file(path: Path) -> None:
    assert not file.forget(path, "p")
    assert not path.exists()


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b""])
async def test_a_damaged_file_begins_anew(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    await kept(path, p=PRINTER)
    assert (await again(path, "p")).known("p") == PRINTER


async def test_a_row_of_another_version_is_as_if_it_were_not(path: Path) -> None:
    await kept(path, p=PRINTER)
    with file._opened(path) as connection:
        connection.execute("update device set body = ?", (b'{"identity": 5}',))
    assert (await again(path, "p")).known("p") == Known()


async def test_a_disk_that_refuses_is_told_once_and_costs_only_the_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    memory = Memory(tmp_path / "missing" / "devices.db", ["p"])
    for _ in range(3):
        memory.put("p", PRINTER)
        with caplog.at_level(logging.WARNING):
            await memory.sync()
    assert memory.known("p") == PRINTER
    assert len(caplog.records) == 1
    (tmp_path / "missing").mkdir()
    await memory.sync()
    assert (await again(tmp_path / "missing" / "devices.db", "p")).known("p") == PRINTER


def test_the_error_names_the_file_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpoolError, match=r"missing/devices\.db: .*; correct its owner or free space"):
        file.write(tmp_path / "missing" / "devices.db", {"p": PRINTER})
