"""Answers of real arrangements, and the things that they are."""

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.discovery.merge import Sighting, Thing, merge
from protocols.driver import Found

MAC, OTHER = "00:1b:a9:11:22:33", "00:1b:a9:44:55:66"


def seen(
    means: str, kind: str, address: str, name: str | None = None, instance: int | None = None, **said: Any
) -> Sighting:
    return Sighting(means, Found(kind, address, name, {} if instance is None else {"instance": instance}, said))


PRINTER = [
    seen("printer", "printer", "10.1.2.3", "Library", uuid="4509a320-00a0-008f-00b6-002507510eca", model="LaserJet"),
    seen("snmp", "printer", "10.1.2.3", "NPI112233", serial="CNB1234567", mac=MAC),
    seen("wsd", "", "http://10.1.2.3:5357/x", None, uuid="11111111-2222-3333-4444-555555555555", mac=MAC),
]


def whole(things: list[Thing]) -> list[tuple[Any, ...]]:
    return [(each.key, each.first.address, tuple(each.seen_by), tuple(each.notes)) for each in things]


def test_a_printer_seen_by_three_means_is_one_in_whatever_order() -> None:
    for order in itertools.permutations(PRINTER):
        [thing] = merge(order)
        assert thing.kind == "printer"
        assert thing.key == "printer-cnb1234567"
        assert thing.seen_by == ["printer", "snmp", "wsd"]
        assert thing.name in ("Library", "NPI112233")
        assert thing.attributes["model"] == "LaserJet"
        assert thing.attributes["serial"] == "CNB1234567"


def test_two_things_behind_one_nat_address_stay_two() -> None:
    things = merge(
        [
            seen("camera", "camera", "http://10.1.2.3:8001/onvif", "A", mac=MAC),
            seen("camera", "camera", "http://10.1.2.3:8002/onvif", "B", mac=MAC),
        ]
    )
    assert sorted(each.name for each in things) == ["A", "B"]
    assert [len(each.notes) for each in things] == [1, 1]


def test_two_serials_at_one_address_stay_two_and_what_says_nothing_joins_the_first() -> None:
    things = merge(
        [
            seen("snmp", "printer", "10.1.2.3", serial="AAA111"),
            seen("snmp", "printer", "10.1.2.3:1161", serial="BBB222"),
            seen("wsd", "", "10.1.2.3"),
        ]
    )
    assert [(each.key, len(each.sightings)) for each in things] == [("printer-aaa111", 2), ("printer-bbb222", 1)]


def test_conflicting_serials_with_one_mac_are_two_and_said() -> None:
    things = merge(
        [
            seen("snmp", "network", "10.1.2.3", serial="AAA111", mac=MAC),
            seen("mdns", "network", "10.1.2.4", serial="BBB222", mac=MAC),
        ]
    )
    assert [each.key for each in things] == ["network-aaa111", "network-bbb222"]
    assert things[0].notes == [f"shares {MAC} with 10.1.2.4"]


def test_devices_behind_a_bacnet_router_stay_apart() -> None:
    things = merge([seen("bacnet", "bacnet", "10.1.2.3:47808", f"VAV {number}", number) for number in (7, 8)])
    assert [each.key for each in things] == ["bacnet-7", "bacnet-8"]


def test_one_thing_at_two_addresses_is_one() -> None:
    [thing] = merge(
        [seen("mdns", "printer", "10.1.2.3", serial="AAA111"), seen("mdns", "printer", "10.9.9.3", serial="aaa111")]
    )
    assert thing.first.address == "10.1.2.3"


def test_a_cameras_network_card_makes_no_switch_of_it() -> None:
    [thing] = merge(
        [
            seen("snmp", "network", "10.1.2.3", "cam-7", mac=MAC),
            seen("camera", "camera", "10.1.2.3", None, serial="C1234"),
        ]
    )
    assert thing.kind == "camera"
    assert thing.name == "cam-7"


def test_a_service_that_is_checked_is_not_the_machine_it_runs_on() -> None:
    things = merge(
        [seen("probe", "probe", "icmp://10.1.2.1", "Default gateway"), seen("snmp", "network", "10.1.2.1", "core")]
    )
    assert [each.kind for each in things] == ["network", "probe"]


def test_the_same_answer_twice_is_one() -> None:
    [thing] = merge([seen("snmp", "ups", "10.1.2.3"), seen("snmp", "ups", "10.1.2.3")])
    assert len(thing.sightings) == 1


STRANGE = st.builds(
    seen,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["printer", "network", ""]),
    st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.2:80", "", "[::1]:5"]),
    serial=st.sampled_from(["", "AAA111", "BBB222", "0"]),
    mac=st.sampled_from(["", MAC, OTHER]),
)


@given(st.lists(STRANGE, max_size=8), st.randoms())
def test_nothing_is_lost_no_two_serials_are_joined_and_order_does_not_matter(
    sightings: list[Sighting], random: Any
) -> None:
    things = merge(sightings)
    for thing in things:
        assert len({each.identity.serial for each in thing.sightings} - {""}) <= 1
    assert {id(type(each)) for each in sightings} <= {id(Sighting)}
    assert {each.found.address for each in sightings} == {
        each.found.address for thing in things for each in thing.sightings
    }
    random.shuffle(sightings)
    assert whole(merge(sightings)) == whole(things)
