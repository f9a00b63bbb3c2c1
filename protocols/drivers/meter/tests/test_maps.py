"""Maps: those that come with the driver are sound, and every mistake in one's own is named."""

import re
from pathlib import Path

import pytest

from protocols.drivers.meter.grouping import Block, Span, blocks, halves, spans_of
from protocols.drivers.meter.register_map import load_map, names, read_map
from protocols.errors import OptionError

HEAD = 'name = "Own"\nsource = "its manual"\n'


@pytest.mark.parametrize("name", names())
def test_a_map_of_the_house_names_its_source_and_fits_its_requests(name: str) -> None:
    chosen = load_map(name, None, "test")
    assert chosen.source
    for block in blocks(spans_of(chosen.register), chosen.gap, chosen.most):
        assert 0 < block.size <= chosen.most
        assert block.start + block.size <= 65536


@pytest.mark.parametrize("name", [name for name in names() if name != "sunspec"])
def test_a_map_tells_the_figures_a_technician_looks_for(name: str) -> None:
    told = {(row.metric, row.label) for row in load_map(name, None, "test").register}
    assert {
        ("meter.power", "total"),
        ("meter.energy", "import"),
        ("meter.voltage", "L1"),
        ("meter.frequency", None),
    } <= told


WRONG = {
    '[[register]]\naddress = 1\ntype = "float31"\nmetric = "meter.power"\nlabel = "total"': "float31",
    '[[register]]\naddress = 70000\ntype = "int16"\nmetric = "meter.frequency"': "<= 65535",
    '[[register]]\naddress = 65535\ntype = "int32"\nmetric = "meter.frequency"': "beyond register 65535",
    '[[register]]\naddress = 1\ntype = "int16"\nmetric = "meter.powr"\nlabel = "total"': "metric = 'meter.powr': one of meter.current",
    '[[register]]\naddress = 1\ntype = "int16"\nmetric = "meter.power"': "needs a label",
    '[[register]]\naddress = 1\ntype = "int16"\nmetric = "meter.frequency"\nlabel = "x"': "has no label",
    '[[register]]\naddress = 1\ntype = "int16"': "either metric or attribute",
    '[[register]]\naddress = 1\ntype = "string"\nattribute = "serial"': "has a length",
    '[[register]]\naddress = 1\ntype = "string"\nlength = 4\nattribute = "owner"': "one of name, vendor",
    '[[register]]\naddress = 1\ntype = "int16"\nmetric = "meter.frequency"\nscale = 0.0': "scale = 0",
    '[[register]]\naddress = 1\ntype = "int16"\nmetric = "meter.frequency"\nscal = 0.1': "scal",
    '[[register]]\naddress = 1\ntype = "int16"\nmetric = "meter.frequency"\n[[register]]\naddress = 2\ntype = "int16"\n'
    'metric = "meter.frequency"': "told by register 1 already",
    '[[register]]\naddress = 1\ntype = "int16"\nmetric = "meter.frequency"\nmissing = [0x7FFFFFFF]': "values of 16 bits",
    "function = 6\n[[register]]\naddress = 1": "6",
    "most = 200": "<= 125",
    "": "0 \\[\\[register\\]\\] tables",
    "register = [": "Invalid",
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_named(text: str) -> None:
    with pytest.raises(OptionError, match=r"own\.toml") as caught:
        read_map(HEAD + text, "own.toml")
    assert re.search(WRONG[text], str(caught.value))


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    with pytest.raises(OptionError, match="cannot be read"):
        load_map("sunspec", str(file), "device 'm'")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(OptionError, match="not UTF-8"):
        load_map("sunspec", str(file), "device 'm'")
    file.write_text(
        HEAD + '[[register]]\naddress = 4\ntype = "uint32"\nmetric = "meter.volume"\nlabel = "gas"\nscale = 0.01\n'
    )
    assert load_map("sunspec", str(file), "device 'm'").register[0].metric == "meter.volume"
    with pytest.raises(OptionError, match="there is abb-b-series"):
        load_map("no-such", None, "device 'm'")


def test_requests_are_few_and_split_no_value() -> None:
    spans = [Span(0, 2), Span(2, 2), Span(10, 2), Span(40, 4)]
    assert blocks(spans, 6, 125) == [Block(0, 12, tuple(spans[:3])), Block(40, 4, (spans[3],))]
    assert [block.size for block in blocks(spans, 124, 11)] == [4, 2, 4]
    assert [block.start for half in halves(blocks(spans, 124, 125)[0]) for block in (half,)] == [0, 10]
    assert halves(Block(40, 4, (Span(40, 4),))) == []
    many = blocks([Span(each * 2, 2) for each in range(200)], 0, 125)
    assert [block.size for block in many] == [124, 124, 124, 28]
