"""What leaves is a DISCOVER and a question to a name server, and no REQUEST ever: captured at the simulated network."""

import ast
from pathlib import Path

from protocols.drivers.lan.simulator import FAULTS
from protocols.drivers.lan.tests.conftest import Watcher

FOLDER = Path(__file__).parents[1]


async def test_offers_are_never_taken(watcher: Watcher) -> None:
    for fault in sorted(set(FAULTS) - {"unreachable", "dns-down", "storm"}):
        await watcher.simulator.fault(fault)
        await watcher.look(60)
    network = watcher.simulator.network
    assert len(network.sent) >= 5
    assert set(network.sent) == {1}
    assert len(network.frames) == len(network.sent)


async def test_it_asks_no_more_often_than_told(watcher: Watcher) -> None:
    before = len(watcher.simulator.network.sent)
    for _ in range(6):
        await watcher.look(10)
    assert len(watcher.simulator.network.sent) - before <= 2


def test_the_places_that_send() -> None:
    """Each call that puts bytes on a wire, and what it is given."""
    calls = sorted(
        (path.name, node.func.attr, ast.unparse(node.args[0]))
        for path in FOLDER.glob("*.py")
        if path.name != "simulator.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("send", "sendto", "sendall", "sendmsg")
    )
    assert calls == [
        ("client.py", "send", "discover(self._dhcp.getsockname()[4], transaction)"),
        ("datagram.py", "sendto", "HELLO"),
        ("datagram.py", "sendto", "discover(MAC, transaction)"),
        ("dns.py", "sendto", "ear.question"),
        (
            "neighbours.py",
            "send",
            "_HEAD.pack(_HEAD.size + _NEIGHBOUR.size, _GET, _DUMP, 1, 0) + _NEIGHBOUR.pack(0, 0, 0, 0, 0, 0, 0)",
        ),
    ]
