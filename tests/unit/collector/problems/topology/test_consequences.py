"""What one fault brings about: which row holds where, and when a fault is its own."""

from collections.abc import Collection

import pytest

from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.rules import load
from collector.problems.topology.consequences import HEAT_MS, NEAR_MS, NIGHT_MS, ROWS, STORM, Consequences, lasts
from collector.problems.topology.graph import PLANT, POWER, UPLINK, Edge, graph_of

START = 1_000_000_000
BOILER, AHU, OTHER_AHU, BOX, ROOM, ELSEWHERE = 1, 2, 3, 4, 5, 6
BUILDING = {BOILER: 1, AHU: 1, OTHER_AHU: 1, BOX: 1, ROOM: 1, ELSEWHERE: 2}
DEVICES = {each: Device(each, "lincoln", None, True, 0, "ok", building) for each, building in BUILDING.items()}
PIPES = [Edge(AHU, BOILER, PLANT), Edge(BOX, AHU, PLANT), Edge(BOILER, BOX, PLANT)]
"""From the boiler to the box, and a ring that somebody drew by mistake."""


def fault(rule: str, device: int | None, since: int = 0, label: str | None = None, **more) -> Finding:
    subject = f"{rule}:{device}:{label}"
    return Finding(
        Key(rule, subject), START + since, more.pop("agent", "lincoln"), device, evidence={"label": label}, **more
    )


def cause(of: Finding, *others: Finding, edges: Collection[Edge] = (), told: Collection[Key] = ()) -> Key | None:
    """What brought it about, among the others."""
    found = {each.key: each for each in (of, *others)}
    return Consequences(found, DEVICES, graph_of(edges, {}), told).of(of)


def test_a_full_port_loses_what_goes_through_that_port() -> None:
    full = fault("network.interface.full", AHU, label="1")
    assert cause(fault("network.interface.discards", AHU, label="1"), full) == full.key
    assert cause(fault("network.interface.discards", AHU, label="2"), full) is None
    assert cause(fault("network.interface.discards", BOX, label="1"), full) is None


def test_a_flood_fills_its_own_firewall_and_slows_the_services_of_its_building() -> None:
    flood = fault("network.sessions.flood", AHU)
    assert cause(fault("network.cpu.high", AHU), flood) == flood.key
    assert cause(fault("network.cpu.high", BOX), flood) is None
    assert cause(fault("probe.loss", BOX), flood) == flood.key
    assert cause(fault("probe.loss", ELSEWHERE), flood) is None


@pytest.mark.parametrize("kind", [UPLINK, POWER])
def test_a_dark_supply_darkens_what_hangs_on_it(kind: str) -> None:
    dark = fault("network.poe.unit", AHU)
    assert cause(fault("device.unreachable", BOX), dark, edges=[Edge(BOX, AHU, kind)]) == dark.key
    assert cause(fault("device.unreachable", BOX), dark, edges=[Edge(BOX, OTHER_AHU, kind)]) is None


def test_of_a_storm_at_many_ports_the_worst_is_named_and_the_one_that_was_told_stays() -> None:
    ports = [fault(STORM, device, value=value) for device, value in ((AHU, 10.0), (BOX, 90.0), (ROOM, 50.0))]
    assert [cause(each, *ports) for each in ports] == [ports[1].key, None, ports[1].key]
    told = {ports[0].key}
    assert [cause(each, *ports, told=told) for each in ports] == [None, ports[0].key, ports[0].key]


def test_what_was_there_before_is_no_consequence() -> None:
    flood = fault("network.sessions.flood", AHU, NEAR_MS)
    assert cause(fault("network.cpu.high", AHU), flood) == flood.key
    assert cause(fault("network.cpu.high", AHU, -1), flood) is None


def test_a_boiler_chills_what_it_serves_through_its_air_handlers() -> None:
    boiler = fault("hvac.boiler.failed", BOILER)
    for cold in (fault("bacnet.zone.cold", BOX), fault("hvac.supply-temperature", AHU)):
        assert cause(cold, boiler, edges=PIPES) == boiler.key
    assert cause(fault("bacnet.zone.cold", OTHER_AHU), boiler, edges=[*PIPES, Edge(OTHER_AHU, ROOM, PLANT)]) is None


def test_where_nobody_drew_the_plant_it_serves_its_building() -> None:
    boiler = fault("hvac.boiler.failed", BOILER)
    assert cause(fault("bacnet.zone.cold", ROOM), boiler, edges=PIPES) == boiler.key
    assert cause(fault("bacnet.zone.cold", ELSEWHERE), boiler) is None
    for rule, near in (("bacnet.zone.cold", NIGHT_MS), ("hvac.supply-temperature", HEAT_MS)):
        assert cause(fault(rule, ROOM, -near), boiler) == boiler.key
        assert cause(fault(rule, ROOM, -near - 1), boiler) is None


def test_a_fan_is_missed_by_the_boxes_of_its_own_air_handler() -> None:
    fan = fault("hvac.fan.failed", AHU)
    assert cause(fault("bacnet.zone.warm", BOX), fan, edges=[Edge(BOX, AHU, PLANT)]) == fan.key
    assert cause(fault("bacnet.zone.warm", ROOM), fan, edges=[Edge(ROOM, OTHER_AHU, PLANT)]) is None
    assert cause(fault("hvac.ventilation", AHU), fan, edges=[Edge(AHU, BOILER, PLANT)]) == fan.key


def test_a_plant_that_is_down_is_its_buildings() -> None:
    plant = fault("hvac.plant", None, building=1)
    cold = fault("bacnet.zone.cold", ROOM)
    assert cause(cold, plant) == plant.key
    assert cause(fault("bacnet.zone.cold", ELSEWHERE), plant) is None


def test_an_agent_that_is_refused_sends_nothing_and_another_is_another() -> None:
    barred = fault("agent.barred", None)
    assert cause(fault("agent.no-data", None), barred) == barred.key
    assert cause(fault("agent.no-data", None, agent="north"), barred) is None
    mute = fault("agent.no-data", None)
    assert cause(fault("agent.spool.growing", None), mute) == mute.key


def test_every_row_names_rules_that_there_are() -> None:
    known = set(load().rules)
    assert {row.cause for row in ROWS} <= known
    assert {rule for row in ROWS for rule in row.effects} <= known


def test_what_an_agents_own_machine_has_is_the_agents_no_other_machines() -> None:
    own = Device(7, "lincoln", None, True, 0, "ok", 1, "host", address="local")
    server = Device(8, "lincoln", None, True, 0, "ok", 1, "host", address="10.1.0.9")
    devices = {7: own, 8: server}
    agent = Finding(Key("agent.clock.wrong", "agent:lincoln"), START, "lincoln")
    for device, expected in ((7, "host.clock.wrong:7:None"), (8, None)):
        clock = fault("host.clock.wrong", device)
        found = Consequences({each.key: each for each in (agent, clock)}, devices, graph_of([], {}), ()).of(agent)
        assert (found and found.subject) == expected
    other = Finding(Key("agent.clock.wrong", "agent:hoover"), START, "hoover")
    clock = fault("host.clock.wrong", 7)
    assert Consequences({each.key: each for each in (other, clock)}, devices, graph_of([], {}), ()).of(other) is None


def test_what_is_unusual_about_an_air_handler_is_its_faults_though_it_was_seen_before() -> None:
    unusual, low = fault("hvac.unusual", AHU), fault("hvac.duct-static", AHU, since=30 * 60_000)
    assert cause(unusual, low) == low.key
    assert cause(fault("hvac.unusual", OTHER_AHU), low) is None


@pytest.mark.parametrize("effect", ["printer.supply.plunged", "printer.supply.falling"])
def test_a_supply_that_went_into_pages_is_those_pages(effect: str) -> None:
    pages = fault("printer.pages.odd-hours", BOX)
    assert cause(fault(effect, BOX), pages) == pages.key
    assert cause(fault(effect, ROOM), pages) is None
    assert lasts(pages.key.rule, effect) == 24 * 3_600_000  # it is counted over a day


def test_what_is_unusual_about_an_air_handler_is_over_a_while_after_its_fault() -> None:
    assert lasts("hvac.duct-static", "hvac.unusual") == 3_600_000


def test_what_a_controller_does_not_tell_of_its_doors_is_one_message() -> None:
    doors = [fault("door.unknown", AHU, label=f"Door {number:02}") for number in range(20)]
    locks = [fault("door.lock.unknown", AHU, label=f"Door {number:02}") for number in range(20)]
    assert [cause(each, *doors, *locks) for each in (*doors, *locks)] == [None, *[doors[0].key] * 39]
    assert [cause(each, *locks) for each in locks] == [None, *[locks[0].key] * 19]
    other = fault("door.unknown", BOX, label="Door 01")
    assert cause(other, *doors) is None


def test_what_is_wrong_with_the_controller_or_the_door_explains_what_it_does_not_tell() -> None:
    door, far = fault("door.unknown", AHU, label="Gym"), fault("door.unknown", AHU, label="Office")
    for rule in ("door.login.refused", "door.power.failing"):
        failing = fault(rule, AHU, label="controller")
        assert {cause(each, door, far, failing) for each in (door, far)} == {failing.key}
    for rule in ("door.faulty", "door.sensor.flapping"):
        broken = fault(rule, AHU, label="Gym")
        assert cause(door, broken) == broken.key
        assert cause(far, broken) is None
