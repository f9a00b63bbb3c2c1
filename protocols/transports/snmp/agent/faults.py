"""How a simulated agent goes wrong."""

FAULTS = {
    "silent": "Answers nothing, as when switched off",
    "slow": "Answers a second late",
    "garbage": "Answers with bytes that are no SNMP",
    "truncated": "Answers with the first half of the message",
    "endless": "Walks never end: the same rows come again and again",
    "other-id": "Answers carry the id of another request",
    "no-bulk": "Ignores GETBULK, as some old devices do",
}


def spoiled(faults: set[str], said: bytes) -> bytes:
    """The answer as a faulty agent sends it."""
    if "garbage" in faults:
        return bytes(byte ^ 0x5A for byte in said)
    return said[: len(said) // 2] if "truncated" in faults else said
