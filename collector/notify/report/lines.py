"""One line of the report in a colleague's words. Pure; times are ms (UTC), shown by the building's clock."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from collector.problems.forecast.forecasts import in_words
from collector.problems.lifecycle import FLAPPING
from collector.problems.titles import plain

Facts = Mapping[str, Any]
_THINGS = {
    "printer.supply.level": "{name}",
    "host.disk.utilization": "Disk {name}",
    "host.disk.inodes.utilization": "Disk {name} (number of files)",
    "host.disk.wear": "Wear of {name}",
    "ups.runtime": "UPS battery",
    "ups.battery.charge": "UPS battery",
    "ups.battery.due": "UPS battery (due)",
    "ups.battery.age": "UPS battery (age)",
    "probe.certificate.remaining": "Certificate {name}",
    "probe.expiry.remaining": "{name}",
    "lan.dhcp.scope.utilization": "DHCP scope {name}",
}
_CHANGED = {
    "routes": "the routes", "rule": "rule {target}", "channel": "channel {target}", "person": "who is told",
    "schedule": "the school calendar", "silence": "a silence", "heartbeat": "heartbeat {target}",
    "report": "the report’s settings", "device": "the roles of a device’s points", "devices": "{target} from a list",
}  # fmt: skip
_VERBS = {
    "add": "added",
    "create": "added",
    "begin": "began",
    "import": "imported",
    "remove": "removed",
    "delete": "removed",
    "end": "ended",
}


class Line(NamedTuple):
    """What is said, details in a softer voice, the console's page of it (empty: none), and its severity's mark."""

    text: str
    more: str = ""
    link: str = ""
    severity: str = ""


class Here(NamedTuple):
    """Where and when it is read: the moment of the report, the building's zone, its name and whether it must be said."""

    now: int
    zone: tzinfo
    building: str | None = None
    named: bool = False


def line(found: Facts, here: Here) -> Line:
    """The line of one entry of a report's section."""
    return _WORDS[found["kind"]](found, here)


def clock(at: int, now: int, zone: tzinfo) -> str:
    """`07:19` today, `yesterday 16:02`, `Mon 16:02` within six days, else `3 Oct 16:02`, with the year when it is another."""
    local, today = _local(at, zone), _local(now, zone).date()
    days = (today - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if days == 1:
        return f"yesterday {local:%H:%M}"
    if 1 < days < 7:
        return f"{local:%a %H:%M}"
    return f"{local.day} {local:%b %H:%M}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def lasted(ms: int) -> str:
    """`40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    seconds = max(0, ms) // 1000
    for size, unit, next_size, next_unit in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if seconds >= size:
            rest = seconds % size // next_size
            return f"{seconds // size} {unit}" + (f" {rest} {next_unit}" if rest else "")
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"


def bare(title: str, here: Here) -> str:
    """A problem's title; without the building in front where all lines are of one."""
    text = plain_text(title, 200)
    if here.building and not here.named:
        text = text.removeprefix(f"{plain(here.building)}: ")
    return text


def plain_text(text: object, limit: int = 80) -> str:
    """Somebody else's text on one line, cut, without what does not print."""
    kept = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def _problem(found: Facts, here: Here) -> Line:
    if found["resolved"] is not None and found["state"] == "resolved":
        more = [
            f"{clock(found['opened'], here.now, here.zone)} to {clock(found['resolved'], here.now, here.zone)}",
            lasted(found["resolved"] - found["opened"]),
        ]
    else:
        more = [f"since {clock(found['opened'], here.now, here.zone)}"]
    behind = found["behind"]
    if behind:
        state = "not known" if found["unheard"] else "out of reach"
        more.append(f"{behind} device{'' if behind == 1 else 's'} behind it {state}")
    if found["reopened"] >= FLAPPING:
        more.append(f"it came back {found['reopened']} times")
    elif found["reopened"]:
        more.append("it came back once" if found["reopened"] == 1 else "it came back twice")
    if found["by"]:
        more.append(f"{plain_text(found['by'], 40)} is on it")
    more += ["put off"] if found["state"] == "snoozed" else []
    more += ["silenced: nobody was told"] if found["silenced"] and found["state"] != "resolved" else []
    return Line(bare(found["title"], here), " · ".join(more), f"/p/{found['id']}", found["severity"])


def _runs_out(found: Facts, here: Here) -> Line:
    thing = _THINGS.get(found["metric"], "{name}").format(name=plain_text(found["name"] or "", 60)).strip()
    where = plain_text(found["device"], 60)
    room = f" ({plain_text(found['room'], 40)})" if found["room"] and found["room"] not in found["device"] else ""
    days = in_words(found["days"], found["low"], found["high"])
    left = f"{days} {found['unit']} left" if round(found["days"]) > 0 else "less than a day left"
    local = _local(found["at"], here.zone)
    more = f"until about {local:%a} {local.day} {local:%b}" if round(found["days"]) > 0 else ""
    return Line(_at(f"{thing or 'A supply'}, {where}{room}: {left}", here), more, f"/d/{found['device_id']}")


def _beat(found: Facts, here: Here) -> Line:
    times = "failed" if found["times"] == 1 else f"failed {found['times']} times, the last"
    after = "it has worked since" if found["fine"] else "it has not worked since"
    return Line(_at(f"{plain_text(found['name'])} {times} at {clock(found['at'], here.now, here.zone)}", here), after)


def _attribute(found: Facts, here: Here) -> Line:
    device, name = plain_text(found["device"], 60), found["name"]
    change = f"{plain_text(found['before'], 60)} → {plain_text(found['value'], 60)}"
    said = {
        "firmware": f"{device} has other firmware",
        "version": f"{device} has another version",
        "os": f"{device} has another operating system",
        "serial": f"{device} was replaced: another serial number",
        "model": f"{device} is another model",
        "name": f"{device} was renamed",
        "location": f"{device} says it was moved",
        "address": f"{device} has another address",
    }
    return Line(_at(said.get(name, f"{device}: {name}"), here), change, f"/d/{found['device_id']}")


def _devices(found: Facts, here: Here) -> Line:
    names = ", ".join(plain_text(name, 40) for name in found["names"][:3])
    if found["count"] <= 3:
        link = f"/d/{found['ids'][0]}" if found["count"] == 1 else ""
        return Line(_at(f"New ({found['of']}): {names}", here), "", link)
    return Line(_at(f"{found['count']} new devices ({found['of']})", here), f"{names}, …")


def _agent(found: Facts, here: Here) -> Line:
    return Line(_at(f"New agent: {plain_text(found['name'])}", here))


def _audit(found: Facts, here: Here) -> Line:
    what, _, verb = found["action"].partition(".")
    thing = _CHANGED.get(what, what).format(target=plain_text(found["target"], 60))
    times = "" if found["times"] == 1 else f" ({found['times']} times)"
    said = f"{plain_text(found['who'], 40)} {_VERBS.get(verb, 'changed')} {thing}{times}"
    return Line(_at(said, here), clock(found["at"], here.now, here.zone))


_WORDS = {
    "problem": _problem, "runs_out": _runs_out, "beat": _beat, "attribute": _attribute, "devices": _devices,
    "agent": _agent, "audit": _audit,
}  # fmt: skip


def _at(text: str, here: Here) -> str:
    return f"{plain_text(here.building, 60)}: {text}" if here.named and here.building else text


def _local(at: int, zone: tzinfo) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).astimezone(zone)
