"""Every folder of cases: frames as they came, against what they mean for the network."""

import json
from pathlib import Path

import pytest

from protocols.drivers.lan.decode import Advertisement, Claim, Offer, decode
from protocols.drivers.lan.options import LanOptions
from protocols.drivers.lan.readings import Readings
from protocols.drivers.lan.watching import Segment

CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
async def test_case(name: str) -> None:
    given = json.loads((CASES / name / "input.json").read_bytes())
    segment, offers, now = Segment(), [], 0
    segment.look(1, 0)
    for at, text in given["frames"]:
        now = 1_000_000_000_000 + at * 1000
        segment.look(now, 0)
        seen = decode(bytes.fromhex(text.replace(" ", "")))
        if isinstance(seen, Claim):
            segment.claim(seen, now)
        elif isinstance(seen, Advertisement):
            segment.advertised(seen, now)
        elif isinstance(seen, Offer):
            offers.append(seen)
    segment.offered(offers)
    options = LanOptions(listen=True, dhcp=True, dhcp_servers=("10.20.0.2",), routers=("fe80::1",))
    reading = await Readings(segment, options).now(now, None)
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    assert [list(sample[:3]) for sample in reading.samples] == expected["samples"]
    assert [event.kind for event in reading.events] == expected["events"]
