"""What was answered."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.message import Message

from protocols.transports.stream import Certificate

MOST_TYPE = 512
"""Signs of a Content-Type that are looked at: the library's reader takes seconds for a long one."""
NO_CHARSETS = ("punycode", "idna", "unicode_escape", "raw_unicode_escape")
"""Python's codecs that no page is written in, of which some take a minute for a megabyte."""
OURS = ("lookup", "connect", "tls", "first byte", "transfer")


@dataclass(frozen=True, slots=True)
class Response:
    """`phases`: seconds of lookup, connect, tls (https alone), first byte, transfer and total, added up over redirects and sign-in.

    `url` is what answered in the end, `peer` its address; `certificate` None over http. `size`: bytes of body that came.
    `cut`: it goes on beyond the limit.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    size: int
    cut: bool
    url: str
    peer: str
    certificate: Certificate | None
    phases: Mapping[str, float]

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        return next(iter(self.every(name)), None)

    def every(self, name: str) -> list[str]:
        """All values of a header, whatever its case."""
        return [value for key, value in self.headers if key == name.lower()]

    def text(self) -> str:
        """The body as text, in the charset that it names, else UTF-8; what cannot be read is replaced."""
        said = Message()
        said["content-type"] = (self.header("content-type") or "")[:MOST_TYPE]
        charset = said.get_content_charset("utf-8")
        try:
            if codecs.lookup(charset).name in NO_CHARSETS:
                charset = "utf-8"
            return self.body.decode(charset, "replace")
        except (LookupError, ValueError):
            return self.body.decode("utf-8", "replace")

    def timed(self, phases: Mapping[str, float]) -> "Response":
        """The same with other phases."""
        return replace(self, phases=phases)
