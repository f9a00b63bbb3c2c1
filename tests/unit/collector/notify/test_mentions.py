"""A device's text calls nobody: by the rules of the chats, and by those with which Apprise looks for mentions."""

import re
import unicodedata

import pytest
from apprise.plugins.discord import USER_ROLE_DETECTION_RE
from apprise.plugins.slack import NotifySlack

from collector.notify.mentions import unmentioned

CORPUS = (
    "@everyone", "@here", "@channel", "@all", "@room", "@everyone@here", "x@everyone", "(@here)", "@@everyone", "@**all**",
    "@U024BE7LH", "@jane.doe", "@silent",  # Discord, Slack, Mattermost, Matrix, Zulip, Telegram
    "<@U123>", "<@U123|kim>", "<@!4567>", "<@&890>", "<#C024BE7LR>", "@4567", "<@all>", "<@personEmail:kim@example.org>",
    "<!channel>", "<!here>", "<!everyone|everyone>", "<!subteam^S123>", "!channel>", "&lt;!channel&gt;", "&lt;@U123&gt;",
    "< !channel | all >", "<\t@U123 | kim >", "&#60;!here&#62;",  # Slack
    "<at>kim</at>", "<users/all>", "<users/1234>", "<https://evil.example|the console>",  # Teams, Google Chat
    "[reset your password](https://evil.example)", "![seen](https://evil.example/x.png)", "[all][1]", "[1]: https://evil.example",  # Markdown
)  # fmt: skip
MENTIONS = (
    USER_ROLE_DETECTION_RE, NotifySlack._re_channel_support, NotifySlack._re_user_id_support, NotifySlack._re_url_support,
    re.compile(r"@(everyone|here|channel|all|room|\w|\*)", re.I), re.compile(r"<[^<>]+>"), re.compile(r"&(lt|gt|#\d+);"),
    re.compile(r"\][(\[:]"),
)  # fmt: skip


@pytest.mark.parametrize("text", CORPUS)
def test_no_chat_finds_a_mention_and_a_person_reads_the_same(text: str) -> None:
    said = f"Lincoln MS: printer {text} in Room 112 is out of paper"
    shown = unmentioned(said)
    assert any(found.search(said) for found in MENTIONS)
    assert not any(found.search(shown) for found in MENTIONS)
    as_read = "".join(one for one in shown if unicodedata.category(one) != "Cf")
    assert as_read.replace("\u2039", "<").replace("\u203a", ">") == said


@pytest.mark.parametrize(
    "text",
    ["Room 112 is 19 °C & rising!", "Büro – 5 % left", "2001:db8::1", "a @ b", "AT&T", "A & B; C", "disk [sda] (root)"],
)
def test_what_is_no_mention_stays(text: str) -> None:
    assert unmentioned(text) == text
