"""`agent.toml`: what is right is read whole, what is wrong is named with file, section, key, value and the fix."""

import dataclasses
import re
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from agent.config import AgentOptions, CollectorOptions, DeviceOptions, read_config
from protocols.driver import Driver
from protocols.errors import OptionError
from protocols.options import describe

README = Path(__file__).parents[3] / "agent" / "README.md"


class Options(msgspec.Struct):
    """Options of a driver that exists in these tests alone."""

    port: Annotated[int, Meta(ge=1, le=65535)] = 47808


async def unopened(target: object, options: object, clock: object) -> None:
    raise AssertionError("validation connects nowhere")


def find(kind: str) -> Driver:
    if kind not in ("host", "bacnet"):
        raise OptionError(f"no driver is called {kind!r}; did you mean 'bacnet'?")
    return Driver(kind, "hvac", "bacnet", 60.0, Options, (), unopened)


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "agent.toml"
        path.write_text(text)
        return path

    return write


def test_the_interval_is_the_devices_own_then_the_addresss_then_the_drivers(write) -> None:
    def by_address(kind: str) -> Driver:
        return dataclasses.replace(
            find(kind), interval_of=lambda address: 30.0 if address.startswith("icmp:") else 120.0
        )

    rows = "".join(
        f'[[device]]\nkind = "host"\naddress = "{address}"\n{more}\n'
        for address, more in (("icmp://a", ""), ("ntp://a", ""), ("ntp://b", "interval = 45"))
    )
    text = write(f'[agent]\nid = "a"\n[collector]\nbroker = "127.0.0.1:1883"\n{rows}')
    assert [device.interval for device in read_config(text, by_address).devices] == [30, 120, 45]
    assert [device.interval for device in read_config(text, find).devices] == [60, 60, 45]


def test_a_whole_file_is_read(write, tmp_path: Path) -> None:
    for name in ("ca.pem", "agent.pem", "agent.key"):
        (tmp_path / name).write_text("")
    config = read_config(
        write(f"""
        [agent]
        id = "lincoln-ms"
        state = "/var/lib/x"
        [collector]
        broker = "collector.example:8883"
        ca = "{tmp_path}/ca.pem"
        certificate = "{tmp_path}/agent.pem"
        key = "{tmp_path}/agent.key"
        [[device]]
        kind = "bacnet"
        address = "10.1.2.3"
        key = "ahu-1"
        name = "AHU 1"
        room = "Roof"
        interval = 30
        options = {{ port = 47809 }}
        [[device]]
        kind = "bacnet"
        address = "10.1.2.4"
        parent = "ahu-1"
        """),
        find,
    )
    first, second = config.devices
    assert config.broker == ("collector.example", 8883)
    assert (first.key, first.interval, first.options.port) == ("ahu-1", 30.0, 47809)
    assert first.facts == {"name": "AHU 1", "room": "Roof", "address": "10.1.2.3"}
    assert (second.key, second.interval, second.timeout) == ("bacnet:10.1.2.4", 60.0, 60.0)
    assert second.facts["parent"] == "ahu-1"
    assert config.spool_file == Path("/var/lib/x/spool.db")


def test_without_devices_the_agent_watches_its_own_machine(write) -> None:
    config = read_config(write('[agent]\nid = "a"\n'), find, broker="127.0.0.1:2883")
    assert [(device.key, device.address) for device in config.devices] == [("host", "local")]
    assert config.broker == ("127.0.0.1", 2883)


GOOD = '[agent]\nid = "a"\n'
WRONG = {
    "no id": ("[agent]\n", ["[agent]", "id"]),
    "bad id": ('[agent]\nid = "Lincoln MS"\n', ["id = 'Lincoln MS'", "a-z"]),
    "near key": (GOOD + 'sate = "/x"\n', ["[agent]", "'sate' = '/x'", "did you mean 'state'?"]),
    "section": (GOOD + "[colector]\n", ["unknown section 'colector'", "did you mean 'collector'?"]),
    "no section": ('agent = "a"\n', ["should be a section [agent]"]),
    "spool": (GOOD + "spool_bytes = 5\n", ["spool_bytes = '5'", "1048576"]),
    "log": (GOOD + 'log = "loud"\n', ["log = 'loud'", "info"]),
    "broker": (GOOD + '[collector]\nbroker = "host"\n', ["[collector]", "broker = 'host'", "host:port"]),
    "port": (GOOD + '[collector]\nbroker = "host:99999"\n', ["broker = 'host:99999'"]),
    "plain": (GOOD + '[collector]\nbroker = "10.0.0.1:1883"\n', ["another machine", "set ca"]),
    "half": (GOOD + '[collector]\nkey = "/k"\n', ["certificate and key go together"]),
    "no file": (GOOD + '[collector]\nca = "/nowhere/ca.pem"\n', ["ca = '/nowhere/ca.pem'", "no such file"]),
    "kind": (GOOD + '[[device]]\nkind = "bacent"\n', ["[[device]] 1", "kind = 'bacent'", "did you mean 'bacnet'?"]),
    "no kind": (GOOD + '[[device]]\naddress = "x"\n', ["[[device]] 1", "kind"]),
    "one bracket": (GOOD + '[device]\nkind = "host"\n', ["[[device]]", "two brackets"]),
    "interval": (GOOD + '[[device]]\nkind = "host"\ninterval = 0\n', ["interval = '0'", ">= 1"]),
    "option": (
        GOOD + '[[device]]\nkind = "host"\noptions = { prt = 1 }\n',
        ["[[device]] 1 options", "'prt'", "did you mean 'port'?"],
    ),
    "option value": (
        GOOD + '[[device]]\nkind = "host"\noptions = { port = 0 }\n',
        ["[[device]] 1 options", "port = '0'"],
    ),
    "twice": (GOOD + '[[device]]\nkind = "host"\n[[device]]\nkind = "host"\n', ["[[device]] 2", "key = 'host'"]),
    "parent": (
        GOOD + '[[device]]\nkind = "host"\nkey = "b"\nparent = "ahu"\n[[device]]\nkind = "host"\nkey = "ahu1"\n',
        ["parent = 'ahu'", "did you mean 'ahu1'?"],
    ),
    "own parent": (GOOD + '[[device]]\nkind = "host"\nkey = "b"\nparent = "b"\n', ["parent = 'b'"]),
    "not toml": ("[agent\n", ["not TOML"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_one_line_that_says_what_and_where(write, name: str) -> None:
    text, says = WRONG[name]
    path = write(text)
    with pytest.raises(OptionError) as caught:
        read_config(path, find)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for part in says:
        assert part in message


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="no such file; write one"):
        read_config(tmp_path / "agent.toml", find)


@pytest.mark.parametrize("kind", [AgentOptions, CollectorOptions, DeviceOptions])
def test_the_readme_has_every_option_with_its_default(kind: type[msgspec.Struct]) -> None:
    text = re.sub(r" +", " ", README.read_text())
    for row in describe(kind):
        line = (
            f"| `{row.name}` | {'required' if row.default == 'required' else f'`{row.default}`'} | {row.description} |"
        )
        assert line in text, f"agent/README.md lacks: {line}"
