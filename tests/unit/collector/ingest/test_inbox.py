"""What waits is bounded, in order, and not for long."""

import asyncio

from collector.ingest.inbox import OVERHEAD, Inbox
from protocols.mqtt import Message
from protocols.wire.topics import topic


def message(payload: bytes) -> Message:
    return Message(topic("lincoln", "data"), payload, None, retained=False)


async def test_the_inbox_is_bounded_and_hands_over_in_order() -> None:
    each = 20 + OVERHEAD
    inbox = Inbox(capacity=5 * each, enough=2 * each, window=0.01)
    sent = [message(bytes([number]) * 20) for number in range(6)]
    assert [inbox.put(one) for one in sent] == [True] * 5 + [False]
    groups = [await inbox.take(), await inbox.take(), await inbox.take()]
    assert [len(group) for group in groups] == [2, 2, 1]
    assert [one for group in groups for one in group] == sent[:5]
    assert (len(inbox), inbox.size) == (0, 0)


async def test_empty_messages_take_room_too() -> None:
    inbox = Inbox(capacity=100 * OVERHEAD)
    assert [inbox.put(message(b"")) for _ in range(101)].count(False) == 1


async def test_the_inbox_waits_for_company_no_longer_than_its_window() -> None:
    inbox = Inbox(window=0.05)
    taking = asyncio.create_task(inbox.take())
    await asyncio.sleep(0)
    inbox.put(message(b"one"))
    await asyncio.sleep(0.01)
    inbox.put(message(b"two"))
    assert [one.payload for one in await taking] == [b"one", b"two"]
