"""Rules set by people: what they want is read as a file would be, and refused with the same words; then stored, or tried on the past."""

import asyncio
import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

from collector.api.errors import Refused, not_found
from collector.api.rule_preview import Outcome, Past, preview
from collector.house import House
from collector.problems.fleet import Device
from collector.problems.rules import RuleBook, own_rule
from collector.problems.tunable import refusal
from collector.problems.tuning import Scope, Setting, changed
from collector.store import buildings, rule_history
from collector.store import rule_settings as store
from collector.store.accounts import Caller
from protocols.clock import utc
from protocols.errors import OptionError

_trying = asyncio.Semaphore(1)


class Wish(NamedTuple):
    """What is to be otherwise, and where; or with `table` a rule of one's own, whole, and where to try it."""

    place: store.Place
    changes: Mapping[str, Any]
    table: Mapping[str, Any] | None = None


async def book_of(house: House, more: Wish | None = None) -> RuleBook:
    """The rules as they are now set in the database; with `more` as they would be."""
    book = copy.copy(house.problems.book)
    rows = await store.settings(house.database)
    chosen = {(row["rule"], row["building"], row["kind"], row["device"]): row["changes"] for row in rows}
    own = await store.own_rules(house.database)
    if more is not None and more.table is not None:
        own = [table for table in own if table["name"] != more.place.rule] + [{**more.table, "name": more.place.rule}]
    elif more is not None:
        chosen[more.place.rule, more.place.building, more.place.kind, more.place.device] = more.changes
    made = [Setting(place[0], Scope(*place[1:]), changes) for place, changes in chosen.items()]
    book.refused = [*book.refused, *book.tune(made, own)]
    return book


async def check(house: House, caller: Caller, wish: Wish) -> None:
    """Raise `Refused` when it cannot be, or is not this caller's to set."""
    place = wish.place
    book = await book_of(house)
    if place.rule not in book.rules:
        raise not_found("rule", place.rule)
    await _reaches(house, caller, place)
    if not wish.changes:
        raise Refused(
            422, "body.changes is empty: name what is to be otherwise, or DELETE the setting.", field="body.changes"
        )
    rule = book.rules[place.rule]
    try:
        changed(rule, wish.changes, "changes")
    except OptionError as error:
        raise Refused(422, f"Correct and send again: {error}", field="body.changes") from error
    named = Scope(place.building, place.kind, place.device).places
    if (lacking := refusal(rule, named, wish.changes)) is not None:
        raise Refused(422, lacking[1], field=f"body.{lacking[0]}")
    devices = {
        row["id"]: Device(row["id"], row["agent_id"], None, None, 0, "", row["building_id"], row["kind"])
        for row in await rule_history.devices(house.database)
    }
    new = (await book_of(house, wish)).clashes(place.rule, devices) - book.clashes(place.rule, devices)
    if new:
        raise Refused(422, f"Correct and send again: {min(new)}", field="body.changes")


async def _reaches(house: House, caller: Caller, place: store.Place) -> None:
    if place.device is not None and (place.building is not None or place.kind is not None):
        raise Refused(
            422, "body.device: a device says its building and kind itself: leave these out.", field="body.device"
        )
    building = place.building
    if place.device is not None:
        rows = {row["id"]: row["building_id"] for row in await rule_history.devices(house.database)}
        building = rows.get(place.device)
        if building is None:
            raise not_found("device", place.device)
    elif building is not None and await buildings.building(house.database, caller.scope, building) is None:
        raise not_found("building", building)
    if caller.scope is not None and building not in caller.scope:
        raise (
            not_found("building", building)
            if building
            else Refused(403, "This credential is for some buildings: name one of them in body.building.")
        )


async def store_setting(house: House, caller: Caller, wish: Wish) -> None:
    """Set it."""
    await check(house, caller, wish)
    await store.put_setting(house.database, wish.place, wish.changes, caller.name, utc(house.clock.now_ms()))


async def reset(house: House, caller: Caller, place: store.Place) -> None:
    """Take a setting away."""
    await _reaches(house, caller, place)
    if not await store.put_setting(house.database, place, None, caller.name, utc(house.clock.now_ms())):
        raise not_found("setting of", place.words)


def _check_own(house: House, caller: Caller, name: str, table: Mapping[str, Any], field: str) -> None:
    if caller.scope is not None:
        raise Refused(403, "A rule of one's own is the district's: this credential is for some buildings.")
    shipped = {rule.name: rule for rule in house.problems.book.rules.values() if not rule.own}
    try:
        own_rule({**table, "name": name}, shipped)
    except OptionError as error:
        raise Refused(422, f"Correct and send again: {error}", field=field) from error


async def write_own(house: House, caller: Caller, name: str, table: Mapping[str, Any]) -> None:
    """Write a rule of one's own."""
    _check_own(house, caller, name, table, "body")
    await store.put_own_rule(house.database, name, {**table, "name": name}, caller.name, utc(house.clock.now_ms()))


async def remove_own(house: House, caller: Caller, name: str) -> None:
    """Take it away."""
    if caller.scope is not None:
        raise Refused(403, "A rule of one's own is the district's: this credential is for some buildings.")
    if not await store.put_own_rule(house.database, name, None, caller.name, utc(house.clock.now_ms())):
        raise not_found("own rule", name)


async def previewed(house: House, caller: Caller, wish: Wish) -> Outcome | None:
    """What it would have done, in the buildings of the caller; None while another one is worked out."""
    if wish.table is not None:
        _check_own(house, caller, wish.place.rule, wish.table, "body.table")
        await _reaches(house, caller, wish.place)
    else:
        await check(house, caller, wish)
    if _trying.locked():
        return None
    async with _trying:
        place = wish.place
        past = Past(Scope(place.building, place.kind, place.device), caller.scope, wish.changes)
        return await preview(house, await book_of(house), await book_of(house, wish), place.rule, past)
