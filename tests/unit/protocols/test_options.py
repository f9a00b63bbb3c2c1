"""Options: what is wrong is named with its place, its value and the nearest valid key."""

from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import OptionError
from protocols.options import OptionRow, describe, nearest, read_options


def says(description: str) -> msgspec.Meta:
    return msgspec.Meta(extra_json_schema={"description": description})


class Options(msgspec.Struct, frozen=True):
    timeout: Annotated[float, msgspec.Meta(gt=0, le=60), says("Seconds to wait")] = 2.5
    community: Annotated[str, says("SNMP community")] = "public"
    retries: int = 1
    ports: tuple[int, ...] = (161,)
    names: list[str] = []


class Required(msgspec.Struct):
    url: Annotated[str, says("Where")]


def test_defaults_work() -> None:
    assert read_options({}, Options, "agent.toml") == Options()


def test_what_is_given_is_read() -> None:
    table = {"timeout": 5, "ports": [161, 1161], "names": ["a"]}
    assert read_options(table, Options, "agent.toml") == Options(timeout=5.0, ports=(161, 1161), names=["a"])


def test_texts_of_the_command_line_are_converted() -> None:
    assert read_options({"timeout": "5", "retries": "3"}, Options, "--option") == Options(timeout=5.0, retries=3)


def test_an_unknown_key_names_file_key_value_and_the_nearest() -> None:
    with pytest.raises(OptionError) as caught:
        read_options({"timout": 5}, Options, "agent.toml [[device]] 3")
    assert str(caught.value) == "agent.toml [[device]] 3: unknown key 'timout' = '5'; did you mean 'timeout'?"
    assert caught.value.permanent


def test_an_unknown_key_with_nothing_near_lists_the_valid_ones() -> None:
    with pytest.raises(OptionError, match="valid keys: community, names, ports, retries, timeout"):
        read_options({"zzz": 1}, Options, "agent.toml")


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"timeout": 0}, "timeout = '0'"),
        ({"timeout": 61}, "timeout = '61'"),
        ({"timeout": "soon"}, "timeout = 'soon'"),
        ({"retries": 1.5}, "retries = '1.5'"),
        ({"community": ["a"]}, "community = "),
        ({"ports": ["x"]}, "ports = "),
    ],
)
def test_a_wrong_value_names_file_key_and_value(table: dict[str, object], named: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_options(table, Options, "agent.toml")
    assert str(caught.value).startswith(f"agent.toml: {named}")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(OptionError, match=r"agent\.toml: .*`url`"):
        read_options({}, Required, "agent.toml")


def test_a_long_value_is_cut() -> None:
    with pytest.raises(OptionError) as caught:
        read_options({"timeout": "x" * 10_000}, Options, "agent.toml")
    assert len(str(caught.value)) < 300


def test_describe_lists_options_in_their_order() -> None:
    assert list(describe(Options)) == [
        OptionRow("timeout", "2.5", "Seconds to wait"),
        OptionRow("community", "'public'", "SNMP community"),
        OptionRow("retries", "1", ""),
        OptionRow("ports", "(161,)", ""),
        OptionRow("names", "[]", ""),
    ]
    assert list(describe(Required)) == [OptionRow("url", "required", "Where")]


@given(
    st.dictionaries(
        st.text(max_size=10), st.none() | st.integers() | st.text(max_size=9) | st.lists(st.none()), max_size=3
    )
)
def test_any_table_is_read_or_refused(table: dict[str, object]) -> None:
    try:
        assert isinstance(read_options(table, Options, "agent.toml"), Options)
    except OptionError as error:
        assert str(error).startswith("agent.toml: ")  # noqa: PT017


def test_nearest_of_nothing() -> None:
    assert nearest("a", []) == "; valid keys: none"


class Chosen(msgspec.Struct, frozen=True):
    """An option whose values are listed, two of them like numbers."""

    version: Annotated[Literal["1", "2c", "3"], msgspec.Meta(description="Version")] = "2c"


def test_a_number_means_the_text_that_is_written_like_it() -> None:
    assert read_options({"version": 3}, Chosen, "test").version == "3"


@pytest.mark.parametrize("value", [4, True, 3.5, "v3"])
def test_another_value_is_told_which_there_are(value: object) -> None:
    with pytest.raises(OptionError, match=r"version = .*: one of 1, 2c, 3"):
        read_options({"version": value}, Chosen, "test")


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        ({"timeout": "soon"}, "write a number"),
        ({"retries": "many"}, "write a whole number"),
        ({"names": 3}, "write a list"),
        ({"community": []}, "write a text in quotes"),
        ({"timeout": 61}, "<= 60"),
    ],
)
def test_what_to_write_instead_is_said_in_plain_words(table: dict[str, object], wanted: str) -> None:
    with pytest.raises(OptionError) as told:
        read_options(table, Options, "agent.toml")
    assert wanted in str(told.value)
