"""An awkward device of another kind: @bacnet-js/client, without ReadPropertyMultiple and segmentation, as small controllers are.

It answers an unknown service with an Error where the standard wants a Reject.
"""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from protocols.drivers.bacnet.network import bind_socket

NODE = Path(sys.prefix) / "node"
pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (NODE / "node_modules/@bacnet-js/client").is_dir(),
    reason="needs node and the npm package @bacnet-js/client: make packages",
)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """The device, in its own process, at a free port."""
    program = Path(__file__).with_name("awkward.cjs")
    process = await asyncio.create_subprocess_exec("node", program, NODE, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    port = int(await asyncio.wait_for(process.stdout.readline(), 20))
    yield f"127.0.0.1:{port}"
    process.kill()
    await process.wait()


async def test_it_is_read_one_property_at_a_time_and_that_is_remembered(address: str, opener: Any) -> None:
    with bind_socket("127.0.0.1:0") as free:  # the library takes no request that comes from 47808 of its own machine
        port = free.getsockname()[1]
    session = await opener(address, timeout=3.0, cov=True, local_port=port)
    reading = await session.poll()
    values = {s.label: s.value for s in reading.samples if s.metric == "bacnet.value"}
    assert values == {f"analog-input,{n}": 50.0 + n for n in range(1, 13)}
    assert {s.label for s in reading.samples if s.metric == "bacnet.status" and s.value} == {"analog-input,3.fault"}
    assert (reading.attributes["name"], reading.attributes["vendor"]) == ("Boiler", "Awkward")
    assert not session._client.limits.multiple
    sent: list[str] = []
    request = session._network.application.request
    session._network.application.request = lambda apdu: (sent.append(type(apdu).__name__), request(apdu))[1]
    again = await session.poll()
    assert len([s for s in again.samples if s.metric == "bacnet.value"]) == 12
    assert set(sent) == {"ReadPropertyRequest"}
    assert len(sent) == 6 + 12 * 4  # the device object's state, and each object's four properties
