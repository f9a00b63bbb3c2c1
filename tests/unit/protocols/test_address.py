"""Addresses as people write them."""

import pytest

from protocols.address import Place, read_place
from protocols.errors import OptionError


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("10.1.2.3", Place("10.1.2.3", 161)),
        (" printer.school.example ", Place("printer.school.example", 161)),
        ("10.1.2.3:1161", Place("10.1.2.3", 1161)),
        ("[fd00::1]:1161", Place("fd00::1", 1161)),
        ("[fd00::1]", Place("fd00::1", 161)),
        ("fd00::1", Place("fd00::1", 161)),
    ],
)
def test_is_read(text: str, place: Place) -> None:
    assert read_place(text, 161, "device 'p'") == place
    assert read_place(str(place), 161, "device 'p'") == place


@pytest.mark.parametrize(
    "text", ["", ":161", "10.1.2.3:0", "10.1.2.3:65536", "10.1.2.3:x", "[fd00::1", "a b", "http://a", "a@b", "[::1]x"]
)
def test_what_is_no_address_is_refused_with_the_fix(text: str) -> None:
    with pytest.raises(OptionError, match="device 'p': address"):
        read_place(text, 161, "device 'p'")
