"""GET /rules, /rules/{name}; PUT and DELETE /rules/{name} (own rules) and /rules/{name}/settings; POST /rules/{name}/preview."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from collector.api.auth import admin, viewer
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.events import Severity
from collector.api.fields import IdQuery, Listing, Stamp, Text, TextQuery, example
from collector.api.rule_writing import Wish, book_of, previewed, remove_own, reset, store_setting, write_own
from collector.house import TheHouse
from collector.problems.rules import Rule, RuleBook
from collector.problems.tunable import keys_of, tunable
from collector.store import rule_settings as store
from collector.store.accounts import Caller
from protocols.clock import utc
from protocols.rules import duration_text

router = APIRouter(prefix="/rules", tags=["rules"], responses=ERRORS)
_OWN = {
    "metric": "host.temperature",
    "above": 60,
    "clear": 55,
    "for": "10m",
    "severity": "minor",
    "title": "{device} is {value} warm",
}
Name = Annotated[str, Path(max_length=80, pattern=r"^[^\x00]*$")]


class RuleShown(BaseModel):
    """A rule, as it is for the district."""

    model_config = example(
        name="host.disk.full", severity="minor", title="{device}: disk {label} is {value} full (limit {limit})",
        advice="Find what fills it.", enabled=True, during="always", kinds=[], own=False, settings=1, problems=4,
        table={"metric": "host.disk.utilization", "above": 90, "clear": 87, "for": "10m"},
        places=["building", "kind", "device"], keys=["above", "clear", "for", "severity", "during", "enabled"],
    )  # fmt: skip

    name: str
    severity: Severity
    title: str
    advice: str
    enabled: bool
    during: str = Field(description="When it judges: always, school, class, closed, night or lock-down.")
    kinds: list[str] = Field(description="The kinds of devices it is for; empty: all that have what it judges.")
    own: bool = Field(description="Written here, not shipped.")
    table: dict[str, Any] = Field(description="As it is written in a rules file, with the district's settings.")
    places: list[str] = Field(description="What it can be set for, besides the whole district: building, kind, device.")
    keys: list[str] = Field(description="Keys of its table that can be set.")
    settings: int = Field(description="How many settings there are.")
    problems: int = Field(description="Problems it opened in the last 30 days, without symptoms.")


class Rules(Listing[RuleShown]):
    """All of them, in one page."""

    refused: list[str] = Field(
        description="What cannot be used: rules files, rules of one's own and settings, one line each; the rest goes on. For admins"
        " of the whole district: the lines name places and files."
    )


class SettingShown(BaseModel):
    """What somebody has set."""

    building: int | None
    kind: str | None
    device: int | None
    changes: dict[str, Any]
    changed_by: str
    changed_at: Stamp


class RuleInFull(RuleShown):
    """A rule with its settings."""

    model_config = example(
        name="host.disk.full", severity="minor", title="{device}: disk {label} is {value} full (limit {limit})",
        advice="Find what fills it.", enabled=True, during="always", kinds=[], own=False, settings=0, problems=4,
        table={"metric": "host.disk.utilization", "above": 90, "clear": 87, "for": "10m"}, set=[],
        places=["building", "kind", "device"], keys=["above", "clear", "for", "severity", "during", "enabled"],
    )  # fmt: skip

    set: list[SettingShown]


class Asked(BaseModel):
    """What is to be otherwise, and where; no place: the whole district."""

    model_config = example(kind="printer", changes={"for": "30m", "severity": "info"}) | ConfigDict(extra="forbid")

    building: int | None = Field(None, ge=1, le=2**31 - 1)
    kind: Text | None = None
    device: int | None = Field(None, ge=1, le=2**31 - 1)
    changes: dict[str, Any] = Field(description="Keys of the rule's table: above, below, is, for, severity, during, …")

    def wish(self, name: str) -> Wish:
        """As it is stored and judged."""
        return Wish(store.Place(name, self.building, self.kind, self.device), self.changes)


class Tried(Asked):
    """What is to be tried, and on whose past: changes of a rule, or the whole table of a rule of one's own, new or written anew."""

    model_config = example(kind="printer", changes={"for": "30m", "severity": "info"}) | ConfigDict(extra="forbid")

    changes: dict[str, Any] = Field(
        default_factory=dict, description="Keys of the rule's table: above, below, is, for, severity, during, …"
    )
    table: dict[str, Any] | None = Field(
        None, description="A rule of one's own as a `[[rule]]` of a rules file without its name; then no changes."
    )

    def wish(self, name: str) -> Wish:
        """As it is judged."""
        if self.table is not None and self.changes:
            raise Refused(
                422,
                "body.table is the whole rule: write the changes into it, and leave body.changes out.",
                field="body.changes",
            )
        return super().wish(name)._replace(table=self.table)


class Opened(BaseModel):
    """A problem that there would have been."""

    subject: int = Field(
        description="The point's id, or the device's for rules without values; 0 for what is no device."
    )
    name: str
    opened: Stamp
    resolved: Stamp | None


class Side(BaseModel):
    """What one form of the rule would have opened."""

    problems: int
    by_device: dict[str, int]
    first: list[Opened] = Field(description="At most 100, the newest first.")


class Preview(BaseModel):
    """The rule as it is, and as it would be, on the past."""

    model_config = example(
        since="2026-08-02T12:00:00.000Z", by="samples", now={"problems": 11, "by_device": {"Copier": 11}, "first": []},
        then={"problems": 3, "by_device": {"Copier": 3}, "first": []}, says="It would have opened 3 problems instead of 11.",
    )  # fmt: skip

    since: Stamp = Field(description="From when on it was judged.")
    by: str = Field(
        description="samples, events, reach, or problems: then only what it opened is known, not what it might have."
    )
    now: Side
    then: Side
    says: str


def _shown(book: RuleBook, rule: Rule, noise: dict[str, int], settings: int) -> dict[str, Any]:
    now = book.of(rule.name)
    table = {
        key: value for key, value in now.row.items() if key not in ("name", "watch", "title", "advice", "severity")
    }
    keys = keys_of(now)
    return {
        "name": rule.name, "severity": now.severity, "title": now.title, "advice": now.advice, "enabled": now.enabled,
        "during": now.during, "kinds": list(now.kinds), "own": now.own, "settings": settings,
        "problems": noise.get(rule.name, 0), "table": table | ({"for": duration_text(now.for_ms)} if "for" in keys else {}),
        "places": list(tunable(now).places), "keys": keys,
    }  # fmt: skip


def refused_for(caller: Caller, book: RuleBook) -> list[str]:
    """The lines of what cannot be used, for who can mend it anywhere; they name places and files."""
    return book.refused if caller.may("admin") and caller.scope is None else []


@router.get("")
async def list_rules(house: TheHouse, caller: Annotated[Caller, Depends(viewer)], q: TextQuery = None) -> Rules:
    """Every rule, by name; `q`: those whose name, title or metric has this in it. They come in one page."""
    book = await book_of(house)
    noise = await store.noise(house.database, utc(house.clock.now_ms()))
    rows = await store.settings(house.database)
    word = (q or "").lower()
    found = [
        r for r in sorted(book.rules.values(), key=lambda r: r.name) if word in f"{r.name} {r.title} {r.metric}".lower()
    ]
    items = [RuleShown(**_shown(book, rule, noise, sum(r["rule"] == rule.name for r in rows))) for rule in found]
    return Rules(items=items, next=None, refused=refused_for(caller, book))


@router.get("/{name}")
async def get_rule(house: TheHouse, caller: Annotated[Caller, Depends(viewer)], name: Name) -> RuleInFull:
    """One rule with its settings."""
    book = await book_of(house)
    if name not in book.rules:
        raise not_found("rule", name)
    rows = await store.settings(house.database, name)
    noise = await store.noise(house.database, utc(house.clock.now_ms()))
    shown = [SettingShown(**row) for row in rows if caller.scope is None or row["building"] in (None, *caller.scope)]
    return RuleInFull(**_shown(book, book.rules[name], noise, len(rows)), set=shown)


@router.put("/{name}/settings")
async def set_rule(house: TheHouse, caller: Annotated[Caller, Depends(admin)], name: Name, asked: Asked) -> RuleInFull:
    """Set it for a place: the most specific says (device, building and kind, building, kind, district). From the next second on."""
    await store_setting(house, caller, asked.wish(name))
    return await get_rule(house, caller, name)


@router.delete("/{name}/settings")
async def reset_rule(
    house: TheHouse,
    caller: Annotated[Caller, Depends(admin)],
    name: Name,
    building: IdQuery = None,
    kind: Annotated[Text | None, Query()] = None,
    device: IdQuery = None,
) -> RuleInFull:
    """Take what was set for this place away."""
    await reset(house, caller, store.Place(name, building, kind, device))
    return await get_rule(house, caller, name)


@router.put("/{name}")
async def write_rule(
    house: TheHouse,
    caller: Annotated[Caller, Depends(admin)],
    name: Name,
    table: Annotated[dict[str, Any], Body(examples=[_OWN])],
) -> RuleInFull:
    """Write a rule of one's own, as a `[[rule]]` of a rules file without its name."""
    await write_own(house, caller, name, table)
    return await get_rule(house, caller, name)


@router.delete("/{name}", status_code=204)
async def remove_rule(house: TheHouse, caller: Annotated[Caller, Depends(admin)], name: Name) -> None:
    """Take a rule of one's own away, with its settings."""
    await remove_own(house, caller, name)


@router.post("/{name}/preview")
async def preview_rule(house: TheHouse, caller: Annotated[Caller, Depends(admin)], name: Name, asked: Tried) -> Preview:
    """What it would have done in the last 30 days with this setting, and what it would have done as it is; or what a rule of one's own,
    not yet written, would have. Changes nothing."""
    found = await previewed(house, caller, asked.wish(name))
    if found is None:
        raise Refused(429, "Another preview is being worked out: try again in a few seconds.", {"Retry-After": "5"})
    sides = {}
    for side, episodes in (("now", found.now), ("then", found.then)):
        named = [found.names.get(each.subject, "the district") for each in episodes]
        first = [
            Opened(
                subject=max(e.subject, 0),
                name=n,
                opened=utc(e.opened),
                resolved=None if e.over is None else utc(e.over),
            )
            for e, n in list(zip(episodes, named, strict=True))[:-101:-1]
        ]
        sides[side] = Side(
            problems=len(episodes), by_device={n: named.count(n) for n in sorted(set(named))}, first=first
        )
    says = f"Would have opened {len(found.then)} problems instead of {len(found.now)}."
    if found.unjudged:
        says += f" What {' and '.join(found.unjudged)} would have changed is not in it: the problems that there were do not tell."
    return Preview(since=utc(found.since), by=found.by, says=says, **sides)
