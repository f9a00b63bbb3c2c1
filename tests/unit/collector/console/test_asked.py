"""What a list of problems is asked for, by its address."""

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from collector.console.asked import SORT_WORDS, STATES, address, asked, filtered
from collector.store.problem_list import SORTS, Wanted

NAMES = ("state", "severity", "building", "rule", "device", "sort", "page")


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=12) | st.sampled_from(["all", "major", "7", "newest"])))
def test_whatever_is_asked_is_a_list_and_its_address_asks_the_same(query: dict[str, str]) -> None:
    wanted = asked(query)
    assert wanted.state in STATES
    assert 1 <= wanted.page <= 200
    again = dict(parse_qsl(urlsplit(address(wanted)).query, keep_blank_values=True))
    assert asked(again) == wanted


def test_the_plain_list_has_the_plain_address() -> None:
    assert address(Wanted()) == "/problems"
    assert address(Wanted(rule="a&b"), page=2) == "/problems?rule=a%26b&page=2"
    assert not filtered(Wanted(state="all", page=3))
    assert filtered(Wanted(severity="major"))
    assert set(SORT_WORDS) == set(SORTS)
