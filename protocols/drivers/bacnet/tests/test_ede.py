"""EDE files as integrators hand them over."""

from pathlib import Path

import pytest

from protocols.drivers.bacnet.ede import parse_ede, read_ede
from protocols.errors import OptionError

EDE = """# Engineering-Data-Exchange - B.I.G.-EU
PROJECT_NAME;Lincoln MS;;;
VERSION_OF_LAYOUT;2.3;;;
# mandatory;mandatory;mandatory;mandatory;mandatory;optional
# keyname;device obj.-instance;object-name;object-type;object-instance;description
A1;1001;AHU1_SAT;0;1;Supply air temperature
A2;1001;;19;1;Mode
A3;1001;broken;analog;x;
#A4;1001;comment;0;4;
short;1
"""


def test_names_by_object() -> None:
    assert parse_ede(EDE) == {(0, 1): "AHU1_SAT", (19, 1): "Mode"}


def test_commas_do_too() -> None:
    assert parse_ede("keyname,object-name,object-type,object-instance\nk,Fan,3,7\n") == {(3, 7): "Fan"}


def test_a_file_without_objects_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="No such file"):
        read_ede(str(tmp_path / "none.csv"))
    (tmp_path / "other.csv").write_bytes(b"\xff\xfea;b\n1;2\n")
    with pytest.raises(OptionError, match="object-instance"):
        read_ede(str(tmp_path / "other.csv"))
