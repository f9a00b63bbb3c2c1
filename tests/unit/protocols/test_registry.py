"""The registry: folders are drivers, loaded when asked for, and what is missing is said."""

import subprocess
import sys

import pytest

from protocols import registry
from protocols.errors import OptionError


def test_kinds_are_the_folders() -> None:
    found = registry.kinds()
    assert "host" in found
    assert "tests" not in found
    assert list(found) == sorted(found)


def test_an_unknown_driver_names_the_nearest() -> None:
    with pytest.raises(OptionError, match="no driver is called 'hots'; did you mean 'host'"):
        registry.driver("hots")


@pytest.mark.parametrize("name", ["", "..", "host.client", "tests", "__pycache__"])
def test_what_is_no_folder_of_a_driver_is_refused(name: str) -> None:
    with pytest.raises(OptionError):
        registry.driver(name)


def test_asking_for_kinds_imports_no_driver() -> None:
    program = (
        "import sys; from protocols import registry; registry.kinds()\n"
        "sys.exit(any(n.startswith('protocols.drivers.') for n in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


def test_a_missing_package_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("protocols.drivers.host")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(OptionError, match=r"driver 'host' needs 'psutil': pip install 'firstbell\[agent\]'"):
        registry.driver("host")


def test_a_driver_is_the_same_object_each_time() -> None:
    assert registry.driver("host") is registry.driver("host")
