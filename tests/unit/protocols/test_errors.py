"""Errors say whether a retry can help."""

import pytest

from protocols import errors


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (errors.OptionError("x"), True),
        (errors.WireError("size", "x"), True),
        (errors.DeviceError("x"), False),
        (errors.DeviceError("x", permanent=True), True),
        (errors.BrokerError("x"), False),
        (errors.StoreError("x"), False),
    ],
)
def test_permanent(error: errors.FirstBellError, permanent: bool) -> None:
    assert error.permanent is permanent


def test_a_wire_error_begins_with_its_reason() -> None:
    error = errors.WireError("time", "in the future")
    assert (str(error), error.reason) == ("time: in the future", "time")
