"""Causes in random graphs: every path of a symptom is down, a cause is never a symptom, rings survive."""

from hypothesis import given
from hypothesis import strategies as st

from collector.problems.topology.graph import POWER, UPLINK, Edge, graph_of
from collector.problems.topology.roots import Down, roots

LINKS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.sampled_from([UPLINK, POWER])), max_size=40)


@given(LINKS, st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_every_path_of_a_symptom_is_down_and_a_cause_is_no_symptom(links, gone, unwatched) -> None:
    graph = graph_of([Edge(*link) for link in links], {})
    down = {device: Down(device * 7 % 5) for device in gone}
    found = roots(graph, down, unwatched - gone)
    for device, root in found.items():
        assert root.device in down
        assert root.device not in found
        assert root.device != device
        assert root.path[0] == device
        assert root.path[-1] == root.device
        kinds = [[e.parent for e in graph.parents(device, kind)] for kind in (UPLINK, POWER)]
        assert any(above and all(p in gone or p in unwatched for p in above) for above in kinds)


def test_two_uplinks_are_down_only_together() -> None:
    graph = graph_of([Edge(1, 2), Edge(1, 3)], {})
    assert roots(graph, {1: Down(0), 2: Down(0)}) == {}
    assert roots(graph, {1: Down(0), 2: Down(5), 3: Down(3)})[1].device == 3


def test_the_highest_of_a_line_is_the_cause_and_an_unbroken_one() -> None:
    graph = graph_of([], {4: 3, 3: 2, 2: 1, 1: None})
    assert {each: root.device for each, root in roots(graph, dict.fromkeys((4, 3, 2), Down(0))).items()} == {4: 2, 3: 2}
    assert roots(graph, dict.fromkeys((4, 2), Down(0))) == {}
    found = roots(graph, dict.fromkeys((4, 2), Down(0)), [3])
    assert found[4].device == 2
    assert found[4].path == (4, 3, 2)


def test_a_ring_has_one_cause_the_first_that_fell() -> None:
    graph = graph_of([Edge(1, 2), Edge(2, 3), Edge(3, 1), Edge(4, 3)], {})
    found = roots(graph, {1: Down(9), 2: Down(4), 3: Down(6), 4: Down(1)})
    assert {each: root.device for each, root in found.items()} == {1: 2, 3: 2, 4: 2}


def test_power_explains_though_the_switch_answers() -> None:
    graph = graph_of([Edge(1, 2, UPLINK), Edge(1, 3, POWER)], {})
    assert roots(graph, {1: Down(0), 3: Down(0)})[1].device == 3


def test_what_two_causes_explain_has_the_one_that_deviates_more_on_its_paths() -> None:
    graph = graph_of([Edge(1, 2), Edge(1, 3), Edge(1, 4), Edge(2, 5), Edge(3, 5), Edge(4, 6)], {})
    assert roots(graph, {each: Down(each, 100.0) for each in range(1, 7)})[1].device == 5
