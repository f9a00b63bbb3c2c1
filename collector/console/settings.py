"""`/settings`: what can be set, one line each."""

from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from collector.console.page import Page, SignedIn, render

router = APIRouter(include_in_schema=False, route_class=Page)


class Entry(NamedTuple):
    """A page under `/settings`, and what a person does there."""

    name: str
    title: str
    what: str


ENTRIES = (
    Entry("channels", "Channels", "Where messages go: e-mail, phones, Teams, Slack, webhooks. Tried with one tap."),
    Entry("routes", "Routes and people", "Who is told what, when; quiet hours; who is next when nobody has it."),
    Entry("heartbeats", "Heartbeats", "Exports, backups and scripts that report in, and are missed when they do not."),
    Entry("calendar", "School calendar", "When school is: hours, terms, holidays, half days. One tap for a snow day."),
    Entry("reports", "First Bell report", "When it comes and to whom; how many messages a week are enough."),
    Entry(
        "rules",
        "Rules",
        "What opens a problem, how grave it is, and what a change would have done in the last 30 days.",
    ),
    Entry("silences", "Silences", "When nobody is to be told: maintenance, a fire drill, a summer."),
)


@router.get("/settings")
async def settings(request: Request, caller: SignedIn) -> Response:
    """The list."""
    return render(request, "settings.html", caller=caller, section="settings", entries=ENTRIES)
