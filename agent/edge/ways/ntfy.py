"""By push message through an ntfy server: one POST of JSON."""

from dataclasses import dataclass

import msgspec

from agent.edge.ways import Notice
from protocols.clock import SystemClock
from protocols.errors import ChannelError, FirstBellError
from protocols.secret import Secret

_PRIORITY = {"critical": 5, "major": 4, "minor": 3, "info": 2}
TIMEOUT_S = 20.0


@dataclass(frozen=True)
class NtfyWay:
    """`server` is the root of the server with its slash."""

    server: str
    topic: str
    token: Secret | None = None
    ca: str | None = None
    name: str = "ntfy"

    async def tell(self, notice: Notice) -> None:
        """Post it. Raises `ChannelError`."""
        from protocols.transports.http import Limits, Request, Tls, fetch  # loaded when something is told

        headers = {"Content-Type": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token.reveal()}"
        form = {
            "topic": self.topic,
            "title": notice.title,
            "message": notice.body,
            "priority": _PRIORITY[notice.severity],
        }
        request = Request(
            "POST", self.server, msgspec.json.encode(form), headers, tls=Tls(ca_file=self.ca or ""),
            limits=Limits(TIMEOUT_S, 65_536, cut=True),
        )  # fmt: skip
        try:
            answer = await fetch(request, SystemClock())
        except FirstBellError as error:
            raise ChannelError(f"ntfy {self.server}: {error}") from error
        if not 200 <= answer.status < 300:
            raise ChannelError(f"ntfy {self.server}: it answers {answer.status} {answer.text()[:120]!r}")
