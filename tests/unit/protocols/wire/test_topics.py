"""Topics, and who an agent may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import WireError
from protocols.wire.topics import AGENT_NAME, CHANNELS, data_filter, parse, status_filter, topic


@given(st.from_regex(AGENT_NAME, fullmatch=True), st.sampled_from(CHANNELS))
def test_a_topic_comes_back(agent: str, channel: str) -> None:
    assert parse(topic(agent, channel)) == (agent, channel)
    assert len(agent) <= 64


@given(st.text(max_size=60))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(WireError, match=r"^topic"):
        parse(text)


@pytest.mark.parametrize(
    "name",
    [
        "firstbell/v1/a/other",
        "firstbell/v2/a/data",
        "firstbell/v1/a/data/more",
        "firstbell/v1//data",
        "firstbell/v1/A/data",
        "firstbell/v1/+/data",
        "firstbell/v1/a#/data",
        "firstbell/v1/-a/data",
        "firstbell/v1/a-/data",
        "firstbell/v1/a\n/data",
        f"firstbell/v1/{'a' * 65}/data",
    ],
)
def test_near_misses_are_refused(name: str) -> None:
    with pytest.raises(WireError, match=r"^topic"):
        parse(name)


def test_filters() -> None:
    assert data_filter() == "firstbell/v1/+/data"
    assert data_filter(shared=True) == "$share/collector/firstbell/v1/+/data"
    assert status_filter() == "firstbell/v1/+/status"
