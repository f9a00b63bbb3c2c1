"""Pages: every row once and in order, whatever the page size, and while rows come in."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.store.devices import DeviceFilter, devices
from collector.store.events import EventFilter, events
from collector.store.paging import decode, encode
from protocols.clock import utc


async def whole_list(ask):
    """Every item of a list, page by page."""
    items, cursor = [], None
    while True:
        page = await ask(cursor)
        items += page.items
        cursor = page.next
        if cursor is None:
            return items


async def test_every_row_once_whatever_the_page_size(database, school):
    everything = (await devices(database, None, DeviceFilter(), None, 1000)).items
    happened = (await events(database, None, EventFilter(), None, 1000)).items
    for limit in range(1, 10):
        assert await whole_list(lambda c, n=limit: devices(database, None, DeviceFilter(), c, n)) == everything
        assert await whole_list(lambda c, n=limit: events(database, None, EventFilter(), c, n)) == happened
    assert [row["time"] for row in happened] == sorted((row["time"] for row in happened), reverse=True)


async def test_rows_that_come_in_meanwhile_move_nothing(database, school, clock):
    before = (await events(database, None, EventFilter(), None, 1000)).items
    first = await events(database, None, EventFilter(), None, 3)
    await database.execute(
        "insert into event (device_id, time, kind, severity) values (%s, %s, 'door.forced', 'major')",
        [school["east.ahu-1"], utc(clock.now_ms()) + timedelta(hours=1)],
    )
    rest = await whole_list(lambda c: events(database, None, EventFilter(), c or first.next, 3))
    assert first.items + rest == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.lists(
        st.one_of(st.integers(0, 2**31), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50)),
        min_size=1,
        max_size=3,
    )
)
def test_a_cursor_comes_back_as_it_was(parts):
    assert decode(encode(tuple(parts)), tuple(type(part)() for part in parts)) == tuple(parts)


async def test_pages_over_http_end_with_null(client, school):
    viewer = await client()
    seen, cursor = [], ""
    while cursor is not None:
        answer = (await viewer.get(f"/api/v1/points?limit=5{cursor and '&cursor=' + cursor}")).json()
        seen += [point["id"] for point in answer["items"]]
        cursor = answer["next"]
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 12
