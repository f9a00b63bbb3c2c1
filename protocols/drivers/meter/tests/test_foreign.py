"""Peers that are not ours: pymodbus and modbus-serial (npm) as meters, pymodbus and pysunspec2 as the simulator's controllers."""

import asyncio
import json
import shutil
import struct
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from protocols.clock import ManualClock
from protocols.drivers.meter.register_map import RegisterMap, load_map, names
from protocols.drivers.meter.simulator import simulate
from protocols.drivers.meter.simulator.figures import figures

pymodbus = pytest.importorskip("pymodbus.client", reason="needs the package pymodbus")
NODE = Path(sys.prefix) / "node"
MAKERS = [name for name in names() if name != "sunspec"]
needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (NODE / "node_modules/modbus-serial").is_dir(),
    reason="needs node and the npm package modbus-serial: make packages",
)


def measured(chosen: RegisterMap) -> dict[tuple[str, str | None], float]:
    said = figures(0, 40_000_000, 45_000.0, None)
    return {(row.metric, row.label): said[row.metric, row.label] for row in chosen.register if row.metric is not None}


def encoded(chosen: RegisterMap) -> dict[int, int]:
    """The figures as pymodbus writes numbers into registers."""
    kinds, found = pymodbus.AsyncModbusTcpClient.DATATYPE, {}
    for row in chosen.register:
        value = measured(chosen)[row.metric, row.label] / row.scale
        held = value if row.type.startswith("float") else round(value)
        words = pymodbus.AsyncModbusTcpClient.convert_to_registers(held, kinds[row.type.upper()], chosen.word_order)
        found |= {row.address + place: word for place, word in enumerate(words)}
    return found


def agrees(chosen: RegisterMap, reading: Any) -> None:
    wanted = measured(chosen)
    got = {(sample.metric, sample.label): sample.value for sample in reading.samples if sample.metric != "meter.phase"}
    assert set(got) == set(wanted)
    for key, value in got.items():
        row = next(row for row in chosen.register if (row.metric, row.label) == key)
        assert value == pytest.approx(
            wanted[key], rel=1e-6, abs=0 if row.type.startswith("float") else row.scale / 2 + 1e-9
        )


@pytest.fixture
async def node() -> AsyncIterator[Any]:
    """Starts modbus-serial with registers; its address and what it was asked so far (a file)."""
    running: list[asyncio.subprocess.Process] = []

    async def start(registers: dict[int, int]) -> str:
        program = Path(__file__).with_name("modbus_peer.cjs")
        process = await asyncio.create_subprocess_exec(
            "node", program, NODE, json.dumps(registers), stdout=asyncio.subprocess.PIPE
        )
        running.append(process)
        assert process.stdout is not None
        return f"127.0.0.1:{int(await asyncio.wait_for(process.stdout.readline(), 20))}"

    yield start
    for process in running:
        process.kill()
        await process.communicate()


@needs_node
@pytest.mark.parametrize("name", MAKERS)
async def test_modbus_serial_is_read_as_a_meter_of_every_map(opener: Any, node: Any, name: str) -> None:
    """It has exactly the map's registers: all that lies between them is refused with exception 2."""
    chosen = load_map(name, None, "test")
    session = await opener(await node(encoded(chosen)), map=name)
    agrees(chosen, await session.poll())
    agrees(chosen, await session.poll())


@pytest.fixture
async def pymodbus_server() -> AsyncIterator[Any]:
    """Starts pymodbus's server with registers behind unit 3; its address and the functions it was asked."""
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    running: list[Any] = []
    asked: list[int] = []

    def note(sending: bool, pdu: Any) -> Any:
        if not sending:
            asked.append(pdu.function_code)
        return pdu

    async def start(registers: dict[int, int]) -> tuple[str, list[int]]:
        data = [SimData(at, values=[word], datatype=DataType.REGISTERS) for at, word in sorted(registers.items())]
        server = ModbusTcpServer(SimDevice(3, data), address=("127.0.0.1", 0), trace_pdu=note)
        await server.serve_forever(background=True)
        running.append(server)
        return f"127.0.0.1:{server.transport.sockets[0].getsockname()[1]}", asked

    yield start
    for server in running:
        await server.shutdown()


@pytest.mark.parametrize("name", ["eastron-sdm630", "carlo-gavazzi-em24", "abb-b-series"])
async def test_pymodbus_is_read_as_a_meter_and_asked_only_for_registers(
    opener: Any, pymodbus_server: Any, name: str
) -> None:
    chosen = load_map(name, None, "test")
    address, asked = await pymodbus_server(encoded(chosen))
    agrees(chosen, await (await opener(address, map=name, unit=3)).poll())
    assert set(asked) == {chosen.function}


@pytest.mark.parametrize("name", names())
async def test_pymodbus_reads_the_simulator(clock: ManualClock, name: str) -> None:
    async with simulate("127.0.0.1:0", clock, name) as simulator:
        host, _, port = simulator.address.rpartition(":")
        held = simulator.meter.registers()
        start = min(held)
        async with pymodbus.AsyncModbusTcpClient(host, port=int(port)) as client:
            read = client.read_holding_registers if simulator.meter.map.function == 3 else client.read_input_registers
            answer = await read(start, count=2, device_id=simulator.meter.unit)
            assert not answer.isError()
            assert answer.registers == [held[start], held[start + 1]]
            written = await client.write_register(start, 1, device_id=simulator.meter.unit)
            assert written.exception_code == 1


async def test_pysunspec2_finds_the_same_meter_in_the_simulator(clock: ManualClock, opener: Any) -> None:
    """The SunSpec Alliance's own client, with its own model definitions."""
    modbus = pytest.importorskip("sunspec2.modbus.client", reason="needs the package pysunspec2")
    async with simulate("127.0.0.1:0", clock) as simulator:
        host, _, port = simulator.address.rpartition(":")

        def scan() -> Any:
            device = modbus.SunSpecModbusClientDeviceTCP(slave_id=1, ipaddr=host, ipport=int(port), timeout=5)
            device.scan()
            device.close()
            return device

        device = await asyncio.to_thread(scan)
        reading = await (await opener(simulator.address)).poll()
    common, meter = device.models[1][0], device.models[203][0]
    said = {(sample.metric, sample.label): sample.value for sample in reading.samples}
    assert (common.Mn.value, common.SN.value) == (reading.attributes["vendor"], reading.attributes["serial"])
    points = {
        ("meter.power", "total"): meter.W, ("meter.power", "L2"): meter.WphB, ("meter.voltage", "L3"): meter.PhVphC,
        ("meter.current", "L1"): meter.AphA, ("meter.frequency", None): meter.Hz,
        ("meter.power.apparent", "total"): meter.VA, ("meter.power.reactive", "total"): meter.VAR,
    }  # fmt: skip
    assert {key: point.cvalue for key, point in points.items()} == pytest.approx({key: said[key] for key in points})
    assert meter.PF.cvalue / 100 == pytest.approx(said["meter.power.factor", "total"])
    assert meter.TotWhImp.cvalue / 1000 == pytest.approx(said["meter.energy", "import"])


def test_the_map_of_sunspec_agrees_with_the_alliances_definitions() -> None:
    """Each row's address, type and scale register, against the published models."""
    definitions = pytest.importorskip("sunspec2.file.client", reason="needs the package pysunspec2")
    folder = Path(definitions.__file__).parents[1] / "models/json"
    kinds = {"acc32": "uint32", "float32": "float32", "int16": "int16", "string": "string"}
    for block in load_map("sunspec", None, "test").sunspec:
        for model in block.models:
            places, at = {}, 0
            points = json.loads((folder / f"model_{model}.json").read_text())["group"]["points"]
            for point in points:
                places[at] = point
                at += point["size"]
            names_at = {point["name"]: offset for offset, point in places.items()}
            for row in block.register:
                point = places[row.address]
                assert kinds[point["type"]] == row.type, (model, row)
                assert names_at.get(point.get("sf")) == row.scale_register, (model, row)
                assert point["size"] == row.words, (model, row)


def test_the_encoder_of_the_peer_is_not_ours() -> None:
    """230.2 V in two registers, high word first: worked out by hand."""
    kinds = pymodbus.AsyncModbusTcpClient.DATATYPE
    assert pymodbus.AsyncModbusTcpClient.convert_to_registers(230.2, kinds.FLOAT32, "big") == [0x4366, 0x3333]
    assert struct.pack(">f", 230.2) == bytes.fromhex("43663333")
