"""Times as people read them: in the building's local time, the zone on hover, ages in one unit. All pure; `now` is given."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo

from markupsafe import Markup, escape

from collector.calendar.zones import zone

_DAY_ENDS_HOUR = 16
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def district_zone(names: Iterable[str]) -> tzinfo:
    """The zone of most buildings, of which these are the zones' names: the one in which the district as a whole speaks."""
    common = Counter(names).most_common(1)
    return zone(common[0][0] if common else "UTC")


def age(seconds: float) -> str:
    """How long, in one unit, rounded down: `8 s`, `6 min`, `3 h`, `12 d`. Below zero counts as nothing."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def clock_time(at: datetime, now: datetime, where: tzinfo) -> str:
    """`07:19` today, `yesterday 16:02`, `Mon 16:02` within six days, else `3 Oct 16:02`, with the year when it is another."""
    local, today = at.astimezone(where), now.astimezone(where).date()
    days = (today - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if days == 1:
        return f"yesterday {local:%H:%M}"
    if 1 < days < 7:
        return f"{local:%a %H:%M}"
    return f"{local.day} {local:%b %H:%M}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def in_full(at: datetime, where: tzinfo) -> str:
    """Everything about a moment, for the hover: `Tuesday 3 March 2026, 07:19:04 EST`."""
    local = at.astimezone(where)
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S %Z}"


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_tag(at: datetime, now: datetime, where: tzinfo) -> Markup:
    """`<time>` with the local clock time, the zone on hover."""
    title, shown = escape(in_full(at, where)), escape(clock_time(at, now, where))
    return Markup(f'<time datetime="{stamp(at)}" title="{title}">{shown}</time>')  # noqa: S704 (escaped above)


def day_tag(at: datetime, where: tzinfo) -> Markup:
    """`<time>` with the day and the local clock time: `Tuesday 3 March, 07:25`; the zone on hover."""
    local = at.astimezone(where)
    shown = f"{local:%A} {local.day} {local:%B, %H:%M}"
    return Markup(f'<time datetime="{stamp(at)}" title="{escape(in_full(at, where))}">{shown}</time>')  # noqa: S704


def age_tag(at: datetime, now: datetime, where: tzinfo, stale_after: float | None = None) -> Markup:
    """`<time>` with the age, which the page's script keeps up; older than `stale_after` seconds it says `stale` too."""
    seconds = (now - at).total_seconds()
    stale = stale_after is not None and seconds > stale_after
    limit = f' data-stale-after="{round(stale_after)}"' if stale_after is not None else ""
    words = f"{'stale, ' if stale else ''}{age(seconds)} ago"
    return Markup(  # noqa: S704 (its parts are figures, or escaped)
        f'<time class="age{" stale" if stale else ""}" datetime="{stamp(at)}" title="{escape(in_full(at, where))}"'
        f" data-age{limit}>{words}</time>"
    )


def last_school_day(now: datetime, where: tzinfo) -> datetime:
    """When the last school day before today ended: 16:00 local of the weekday before."""
    local = now.astimezone(where)
    day = local.date() - timedelta(days=1)
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    return datetime(day.year, day.month, day.day, _DAY_ENDS_HOUR, tzinfo=where)
