"""What the switches see helps to find what moved: bounded, and forgotten when it is old."""

from agent.identity.surroundings import MOST, Surroundings
from protocols.driver import Neighbour

MAC = "00:1b:a9:00:00:03"


def test_what_is_seen_with_mac_and_address_is_kept_while_fresh() -> None:
    around = Surroundings()
    around.heard("core", [Neighbour("1", "arp", MAC, address="10.1.2.30")] * 9000, 0.0)
    assert set(around.addresses()) == {(MAC, "10.1.2.30")}
    assert len(list(around.addresses())) == MOST
    around.heard("core", [], 100.0)
    assert set(around.addresses()) == {(MAC, "10.1.2.30")}
    around.heard("edge", [Neighbour("1", "fdb", MAC)], 4000.0)
    assert list(around.addresses()) == []
