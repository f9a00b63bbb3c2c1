"""One error type per boundary. Each says what, where and what to do, and whether trying again can help.

`permanent` is True when the same attempt cannot succeed later (a wrong option, a malformed message): the caller must not
retry. It is False when waiting may help (a device, broker or database out of reach).
"""


class FirstBellError(Exception):
    """The root of First Bell's errors; `permanent` tells the runner whether a retry can help."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class OptionError(FirstBellError):
    """An option is wrong: the program must not start. The message names file, key, value and the nearest valid key."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


class WireError(FirstBellError):
    """A message between agent and collector cannot be read; `reason` is a short stable word for counters."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}", permanent=True)
        self.reason = reason


class DeviceError(FirstBellError):
    """A device did not answer, or its answer makes no sense. Drivers raise it; the poller decides what follows."""


class BrokerError(FirstBellError):
    """The MQTT broker cannot be reached or refuses this client."""


class SpoolError(FirstBellError):
    """The agent's spool on disk cannot be read or written."""


class StoreError(FirstBellError):
    """The database cannot be reached, or refuses what was asked of it."""


class ChannelError(FirstBellError):
    """A notification channel refused or failed a delivery."""


class EnrolmentError(FirstBellError):
    """An agent could not get its identity from the collector."""


class StartError(FirstBellError):
    """A part of `firstbell up` cannot start here; the message is the one line a person sees."""
