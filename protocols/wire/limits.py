"""The limits of wire version 1; the decoder enforces every one before it allocates what they bound."""

VERSION = 1
MESSAGE_BYTES = 256 * 1024
INFLATED_BYTES = 1024 * 1024
SAMPLES = 10_000
POINTS = 2_000
DEVICES = 200
STRING_BYTES = 512
NESTING = 4
MAP_ENTRIES = 256
"""Entries of one map: the attributes of one fact, the details of one event."""
EARLIEST_MS = 1_577_836_800_000
"""2020-01-01T00:00:00Z: no agent existed before; an older stamp is a clock that was never set."""
FUTURE_MS = 10 * 60 * 1000
"""How far ahead of the collector's clock a stamp may lie."""
REACH = 2_000
EVENTS = 2_000
FACTS = 2_000
