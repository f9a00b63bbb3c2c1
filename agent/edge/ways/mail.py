"""By e-mail through a relay: SMTP with STARTTLS or TLS from the first byte, in a thread, bounded by a timeout."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from agent.edge.ways import Notice
from protocols.address import Place
from protocols.clock import utc
from protocols.errors import ChannelError
from protocols.secret import Secret

TIMEOUT_S = 20.0
"""For each step of the exchange."""


@dataclass(frozen=True)
class MailWay:
    """`security` is starttls, tls or none. A relay without the security asked for is refused, not spoken to in the clear."""

    place: Place
    security: str
    sender: str
    recipients: tuple[str, ...]
    user: str | None = None
    password: Secret | None = None
    ca: str | None = None
    name: str = "mail"

    async def tell(self, notice: Notice) -> None:
        """Hand it to the relay. Raises `ChannelError`."""
        await asyncio.to_thread(self._send, notice)

    def _send(self, notice: Notice) -> None:
        import smtplib  # loaded when the first mail is sent: half a megabyte that most agents never need
        import ssl

        try:
            mail = message(notice, self.sender, self.recipients)
            context = ssl.create_default_context(cafile=self.ca)
            if self.security == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(*self.place, timeout=TIMEOUT_S, context=context)
            else:
                server = smtplib.SMTP(*self.place, timeout=TIMEOUT_S)
            with server:
                if self.security == "starttls":
                    server.starttls(context=context)
                if self.user is not None and self.password is not None:
                    server.login(self.user, self.password.reveal())
                refused = server.send_message(mail, self.sender, self.recipients)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise ChannelError(f"mail relay {self.place}: {_why(error)}") from error
        if refused:
            raise ChannelError(f"mail relay {self.place}: it refuses {', '.join(refused)}", permanent=True)


def message(notice: Notice, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The mail; its Message-ID is the notice's, so that one that is sent twice can be told."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = notice.title, sender, ", ".join(recipients)
    mail["Date"] = format_datetime(utc(notice.made))
    mail["Message-ID"] = f"<{notice.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if notice.severity == "critical":
        mail["X-Priority"] = "1"
    mail.set_content(notice.body)
    return mail


def _why(error: Exception) -> str:
    """What went wrong, without what was sent: a refused login's error may hold it."""
    import smtplib

    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"it refuses the user or password ({error.smtp_code})"
    return str(error)[:200] or type(error).__name__
