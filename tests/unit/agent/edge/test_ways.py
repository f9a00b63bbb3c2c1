"""The ways out, to real servers on loopback: TLS verified, passwords asked for, refusals in words."""

import datetime
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agent.edge.ways import Notice
from agent.edge.ways.mail import MailWay
from agent.edge.ways.ntfy import NtfyWay
from agent.edge.ways.sms import SmsWay
from protocols.address import Place
from protocols.errors import ChannelError
from protocols.secret import Secret
from tests.receiver import Request, receiving

# Over TLS from the first byte aiosmtpd does not know that it is inside TLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
NOTICE = Notice(
    "lincoln.1.2", "critical", "Problem: Gate: “east” was forced open", "Look at its camera.", 1_760_000_000_000
)


@dataclass
class Relay:
    """A mail relay that wants TLS and a password."""

    port: int = 0
    got: list[Any] = field(default_factory=list)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        self.got.append(envelope)
        return "250 taken"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1, signed by itself, and its key."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    now = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now).not_valid_after(now.replace(year=2100))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    (folder / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(*pem))
    return folder / "cert.pem", folder / "key.pem"


def allow(_server: object, _session: object, _envelope: object, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"bell", b"hunter2"), handled=False)


@pytest.fixture(params=["starttls", "tls"])
def relay(
    request: pytest.FixtureRequest, new_port: Callable[[], int], certificate: tuple[Path, Path]
) -> Iterator[tuple[str, Relay]]:
    kept = Relay(new_port())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    starting = request.param == "starttls"

    class Server(Controller):
        def factory(self) -> SMTP:
            return SMTP(
                kept, authenticator=allow, auth_required=True, auth_require_tls=starting,
                tls_context=context if starting else None, require_starttls=starting,
            )  # fmt: skip

    server = Server(kept, hostname="127.0.0.1", port=kept.port, ssl_context=None if starting else context)
    server.start()
    yield request.param, kept
    server.stop()


def way(kind: str, relay: Relay, ca: Path | None, password: str = "hunter2") -> MailWay:
    recipients = ("kim@school.example", "lee@school.example")
    place = Place("127.0.0.1", relay.port)
    return MailWay(
        place, kind, "bell@school.example", recipients, "bell", Secret(password), None if ca is None else str(ca)
    )


async def test_a_mail_goes_out_over_tls_with_a_password(
    relay: tuple[str, Relay], certificate: tuple[Path, Path]
) -> None:
    kind, kept = relay
    await way(kind, kept, certificate[0]).tell(NOTICE)
    (envelope,) = kept.got
    assert envelope.rcpt_tos == ["kim@school.example", "lee@school.example"]
    assert b"Message-ID: <lincoln.1.2@school.example>" in envelope.content


async def test_a_wrong_password_is_said_and_never_shown(
    relay: tuple[str, Relay], certificate: tuple[Path, Path]
) -> None:
    kind, kept = relay
    with pytest.raises(ChannelError, match="refuses the user or password") as caught:
        await way(kind, kept, certificate[0], "wrong-secret").tell(NOTICE)
    assert "wrong-secret" not in str(caught.value)
    assert kept.got == []


async def test_a_certificate_that_nobody_vouches_for_gets_no_password(relay: tuple[str, Relay]) -> None:
    kind, kept = relay
    with pytest.raises(ChannelError, match="certificate verify failed"):
        await way(kind, kept, None).tell(NOTICE)
    assert kept.got == []


async def test_a_relay_without_tls_is_not_spoken_to(new_port: Callable[[], int]) -> None:
    kept = Relay(new_port())
    server = Controller(kept, hostname="127.0.0.1", port=kept.port)
    server.start()
    try:
        with pytest.raises(ChannelError, match="STARTTLS"):
            await way("starttls", kept, None).tell(NOTICE)
    finally:
        server.stop()
    with pytest.raises(ChannelError, match="refused"):
        await way("starttls", kept, None).tell(NOTICE)
    assert kept.got == []


@pytest.fixture
def pushed() -> Iterator[tuple[int, list[tuple[str, dict[str, Any]]]]]:
    got: list[tuple[str, dict[str, Any]]] = []

    def take(request: Request) -> int:
        got.append((request.headers["authorization"], request.json()))
        return 200 if request.headers["authorization"] == "Bearer tk" else 403

    with receiving(take) as port:
        yield port, got


async def test_a_push_goes_out_with_its_token(pushed: tuple[int, list[tuple[str, dict[str, Any]]]]) -> None:
    port, got = pushed
    await NtfyWay(f"http://127.0.0.1:{port}/", "bell", Secret("tk")).tell(NOTICE)
    form = {"topic": "bell", "title": NOTICE.title, "message": NOTICE.body, "priority": 5}
    assert got == [("Bearer tk", form)]
    with pytest.raises(ChannelError, match="it answers 403"):
        await NtfyWay(f"http://127.0.0.1:{port}/", "bell", Secret("other")).tell(NOTICE)


MMCLI = """#!/bin/sh
echo "$@" >> "$0.log"
case "$*" in
*+1999*) echo "error: couldn't create SMS" >&2; exit 1;;
*create*) echo "Successfully created new SMS: /org/freedesktop/ModemManager1/SMS/21";;
esac
"""


async def test_a_text_message_goes_out_through_modemmanager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "mmcli"
    program.write_text(MMCLI)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    await SmsWay(("+1555",)).tell(NOTICE._replace(title="Problem: it's 'open'"))
    said = (tmp_path / "mmcli.log").read_text().splitlines()
    assert said == [
        "-m any --messaging-create-sms=text='Problem: it\u2019s \u2019open\u2019',number='+1555'",
        "-s /org/freedesktop/ModemManager1/SMS/21 --send",
    ]
    with pytest.raises(ChannelError, match="couldn't create SMS"):
        await SmsWay(("+1999",)).tell(NOTICE)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ChannelError, match="install ModemManager"):
        await SmsWay(("+1555",)).tell(NOTICE)
