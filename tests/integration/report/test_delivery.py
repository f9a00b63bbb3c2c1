"""The report made of real rows, and handed to real services, once a morning."""

import asyncio
from typing import Any

import pytest

from protocols.clock import utc
from tests.integration.report.conftest import Hook, Morning, Post, local, trouble


async def _look(morning: Morning) -> None:
    reporter = morning.reporter()
    await reporter.make_due()
    await reporter.send_due()


async def test_a_mail_says_what_a_colleague_would_say(morning: Morning, post: Post) -> None:
    await trouble(morning)
    await morning.channel("Office", post.url)
    await morning.at("2026-09-01 06:44")
    await _look(morning)
    assert post.mails == []
    await morning.at("2026-09-01 06:45")
    await _look(morning)
    await _look(morning)
    [mail] = post.mails
    assert str(mail["subject"]).replace("\n", "").startswith("Tue 1 Sep: 2 things are broken at")
    plain, html = (part.get_payload(decode=True).decode() for part in mail.walk() if not part.is_multipart())
    for said in (
        "2 things are broken at Adams HS and Lincoln MS: Lincoln MS: IDF-2 does not answer (1 device behind it);"
        " Adams HS: Boiler is cold.",
        "since 02:10",
        "Dana is on it",
        "yesterday 23:00 to yesterday 23:40 · 40 min · it came back 4 times",
        "Lincoln MS: Black toner, Room 112: 4 (3–6) school days left",
        "Lincoln MS: IDF-2 has other firmware",
        "1.2 → 1.3",
        "SIS export failed at 02:00",
        "it has worked since",
        "Kim changed the routes",
        "6 devices",
        "data complete up to 06:44",
    ):
        assert said in html, said
    assert "https://bell.example/reports/2026-09-01" in html
    assert "Camera 1" not in html
    assert "Long over" not in html
    assert "IDF-2 does not answer" in plain
    assert "<script" not in html
    assert "src=" not in html


async def test_when_nothing_is_wrong_one_calm_line_is_sent(morning: Morning, post: Post) -> None:
    await morning.channel("Office", post.url, buildings=("Lincoln MS",))
    await morning.at("2026-09-01 06:45")
    await _look(morning)
    [mail] = post.mails
    assert mail["subject"] == "Tue 1 Sep: Lincoln MS is ready for the first bell."


async def test_what_ended_with_its_rule_has_not_healed(morning: Morning, post: Post) -> None:
    gone = await morning.problem("Adams HS", "Door 3 held open", "2026-08-31 23:00", state="resolved",
                                 resolved_at=utc(local("2026-08-31 23:40")))  # fmt: skip
    await morning.database.execute(
        "insert into problem_event (problem_id, time, change, note) select id, resolved_at, 'resolved', 'its rule was switched off'"
        " from problem where id = %s",
        [gone],
    )
    await morning.channel("Office", post.url, buildings=("Adams HS",))
    await morning.at("2026-09-01 06:45")
    await _look(morning)
    [mail] = post.mails
    assert "Door 3" not in mail.as_string()


async def test_without_the_calm_line_nothing_is_sent_when_nothing_is_wrong(morning: Morning, post: Post) -> None:
    await morning.database.execute("update report_setting set calm = false")
    await morning.channel("Office", post.url)
    await morning.at("2026-09-01 06:45")
    await _look(morning)
    assert post.mails == []
    assert await morning.reporter().make_due() == 0


@pytest.mark.parametrize(
    ("time", "sent"), [("2026-09-01 09:29", 1), ("2026-09-01 09:30", 0), ("2026-09-05 06:45", 0), ("2026-09-01 23:00", 0)]
)  # fmt: skip
async def test_a_collector_that_was_down_sends_it_late_but_not_too_late(
    morning: Morning, post: Post, time: str, sent: int
) -> None:
    await morning.channel("Office", post.url)
    await morning.at(time)
    await _look(morning)
    assert len(post.mails) == sent


async def test_a_snow_day_entered_at_six_has_no_report(morning: Morning, post: Post) -> None:
    await morning.channel("Office", post.url)
    await morning.database.execute(
        "insert into school_calendar (building_id, document, changed_at, changed_by) values (null, %s::jsonb, now(), 'Kim')",
        ['{"days": [{"first": "2026-09-01", "kind": "holiday", "name": "Snow day", "late": true}]}'],
    )
    await morning.at("2026-09-01 06:45")
    await _look(morning)
    assert post.mails == []
    await morning.at("2026-09-02 06:45")
    await _look(morning)
    assert len(post.mails) == 1


async def test_each_channel_is_told_of_its_own_buildings_at_the_first_ones_hour(
    morning: Morning, post: Post, hook: Hook
) -> None:
    await trouble(morning)
    await morning.channel("Office", post.url, buildings=("Adams HS",))
    await morning.channel("Hook", hook.url, wanted=True)
    await morning.channel("Quiet hook", hook.url)
    await morning.database.execute("insert into report_time values (%s, '06:00')", [morning.ids["Lincoln MS"]])
    await morning.at("2026-09-01 06:00")
    await _look(morning)
    assert post.mails == []
    [one] = hook.got
    assert one["change"] == "report"
    assert one["report"]["sentence"].startswith("2 things are broken")
    kept = await morning.database.rows("select building_id from report_morning order by building_id")
    assert [row["building_id"] for row in kept] == [morning.ids["Lincoln MS"], None]
    await morning.at("2026-09-01 06:45")
    await _look(morning)
    assert len(hook.got) == 1
    assert post.mails[0]["subject"] == "Tue 1 Sep: 1 thing is broken at Adams HS: Boiler is cold."


async def test_two_collectors_at_once_send_it_once(morning: Morning, hook: Hook) -> None:
    await morning.channel("Hook", hook.url, wanted=True)
    await morning.at("2026-09-01 06:45")
    reporters = [morning.reporter() for _ in range(4)]
    await asyncio.gather(*(reporter.make_due() for reporter in reporters))
    await asyncio.gather(*(reporter.send_due() for reporter in reporters))
    assert len(hook.got) == 1


async def test_a_channel_that_fails_is_tried_again_shown_and_let_go_in_the_end(morning: Morning, hook: Hook) -> None:
    channel = await morning.channel("Hook", hook.url, wanted=True)
    hook.status = 500
    await morning.at("2026-09-01 06:45")
    await _look(morning)
    row: Any = await morning.database.row("select failing_since, last_error from channel where id = %s", [channel])
    assert row["failing_since"] is not None
    assert "500" in row["last_error"]
    hook.status = 200
    await _look(morning)
    assert hook.got == []  # not before its time
    await morning.clock.advance(16)
    await _look(morning)
    assert len(hook.got) == 1
    row = await morning.database.row("select failing_since from channel where id = %s", [channel])
    assert row["failing_since"] is None
    hook.status = 500
    await morning.at("2026-09-02 06:45")
    await _look(morning)
    hook.status = 200
    await morning.at("2026-09-02 09:31")
    await _look(morning)
    assert len(hook.got) == 1


async def test_what_was_told_last_week_is_held_against_the_budget(morning: Morning, post: Post) -> None:
    channel = await morning.channel("Office", post.url)
    for number in range(21):
        problem = await morning.problem("Adams HS", f"Door {number} held open", "2026-09-02 10:00", state="resolved",
                                        rule="door.held" if number else "door.forced")  # fmt: skip
        await morning.database.execute(
            "insert into outbox (problem_id, change, channel_id, created_at, next_attempt, delivered_at)"
            " values (%(p)s, 'opened', %(c)s, %(t)s, %(t)s, %(t)s)",
            {"p": problem, "c": channel, "t": "2026-09-03T15:00:00Z"},
        )
    for day, said in (("2026-09-04", False), ("2026-09-08", False), ("2026-09-14", True), ("2026-09-15", False)):
        await morning.database.execute("update outbox set delivered_at = %s", [utc(local("2026-09-07 10:00"))])
        await morning.at(f"{day} 06:45")
        await _look(morning)
        text = post.mails[-1].get_payload()[1].get_payload(decode=True).decode()
        line = "Last week you were told 21 messages; the budget is 20. The noisiest rule is door.held (20)"
        assert (line in text) is said, day
