"""`[edge]` of agent.toml to a checked `EdgeConfig`: by what way the building itself tells, after how long, by which rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from agent.edge.rules import EdgeRules, load
from agent.edge.times import Night, night
from agent.edge.ways import Way
from agent.edge.ways.mail import MailWay
from agent.edge.ways.ntfy import NtfyWay
from agent.edge.ways.sms import SmsWay
from protocols.address import Place, read_place
from protocols.errors import OptionError
from protocols.options import nearest, read_options
from protocols.secret import Secret, read_secret

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class EdgeOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[edge]`: absent, the building itself tells nobody."""

    after: Annotated[
        float, Meta(ge=3, le=240, description="Minutes without an acknowledgement until the collector is out of reach")
    ] = 5.0
    smtp: Annotated[
        str | None, Meta(description="Mail relay, host or host:port, that is reached without the collector")
    ] = None
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(description='"starttls" (port 587), "tls" (465) or "none" (25; no password over it but to loopback)'),
    ] = "starttls"
    smtp_user: Annotated[str | None, Meta(description="User at the relay; absent: it asks for none")] = None
    smtp_password_file: Annotated[str | None, Meta(description="File that holds the user's password")] = None
    smtp_ca: Annotated[str | None, Meta(description="PEM file of the relay's CA; absent: the system's")] = None
    mail_from: Annotated[str | None, Meta(description="Sender of the mails; required with smtp")] = None
    mail_to: Annotated[list[str], Meta(max_length=20, description="Recipients of the mails; required with smtp")] = []
    ntfy: Annotated[str | None, Meta(description="Address of an ntfy topic, for example https://ntfy.sh/our-topic")] = (
        None
    )
    ntfy_token_file: Annotated[str | None, Meta(description="File that holds the topic's access token")] = None
    ntfy_ca: Annotated[str | None, Meta(description="PEM file of the ntfy server's CA; absent: the system's")] = None
    sms_to: Annotated[
        list[str], Meta(max_length=10, description="Numbers told by text message, through ModemManager's modem (mmcli)")
    ] = []
    rules: Annotated[str | None, Meta(description="File of further [[rule]]s: freezers, server rooms")] = None
    without: Annotated[list[str], Meta(description="Names of shipped rules that are not judged here")] = []
    timezone: Annotated[str, Meta(description="The building's time zone; absent: the machine's own")] = ""


@dataclass(frozen=True)
class EdgeConfig:
    """`[edge]`, checked: ways made, rules read. `after_ms` until the collector is out of reach."""

    after_ms: int
    ways: tuple[Way, ...]
    rules: EdgeRules
    night: Night


def check_edge(table: Mapping[str, Any], where: str) -> EdgeConfig:
    """The configuration that `[edge]` says. Raises `OptionError` naming key, value and the fix."""
    options = read_options(table, EdgeOptions, where)
    ways: list[Way] = [*_mail(options, where), *_ntfy(options, where)]
    if options.sms_to:
        ways.append(SmsWay(_numbers(options.sms_to, where)))
    if not ways:
        raise OptionError(
            f"{where}: no way out: set smtp with mail_from and mail_to, or ntfy, or sms_to; or remove [edge]"
        )
    own = None if options.rules is None else Path(options.rules)
    if own is not None and not own.is_file():
        raise OptionError(
            f"{where}: rules = {options.rules!r}: no such file; write one (agent/edge/README.md shows it)"
        )
    found = load(own)
    names = [rule.name for rule in found.rules]
    for name in options.without:
        if name not in names:
            raise OptionError(f"{where}: without names {name!r}, which is not judged here{nearest(name, names)}")
    rules = load(own, options.without)
    return EdgeConfig(round(options.after * 60_000), tuple(ways), rules, night(options.timezone, where))


def _mail(options: EdgeOptions, where: str) -> list[Way]:
    if options.smtp is None:
        if options.mail_to or options.mail_from:
            raise OptionError(f"{where}: mail_to without smtp: name the relay, for example smtp = 'mail.example:587'")
        return []
    place = read_place(options.smtp, _PORTS[options.smtp_security], f"{where}: smtp")
    if options.mail_from is None or not options.mail_to:
        raise OptionError(f"{where}: smtp = {options.smtp!r} without mail_from and mail_to: say from whom and to whom")
    for key, address in [("mail_from", options.mail_from), *(("mail_to", address) for address in options.mail_to)]:
        name, sign, domain = address.partition("@")
        if not (name and sign and domain) or not address.isprintable() or any(c in address for c in ' <>,;"\\'):
            raise OptionError(f"{where}: {key} = {address[:80]!r}: write one address, for example kim@district.example")
    if (options.smtp_user is None) != (options.smtp_password_file is None):
        raise OptionError(f"{where}: smtp_user and smtp_password_file go together; give both or neither")
    if options.smtp_user is not None and options.smtp_security == "none" and place.host not in _LOOPBACK:
        raise OptionError(
            f"{where}: smtp_security = 'none' would show the password to everybody on the way; use starttls or tls"
        )
    _is_file(options.smtp_ca, "smtp_ca", where)
    password = _secret(options.smtp_password_file, f"{where}: smtp_password_file")
    return [
        MailWay(
            place,
            options.smtp_security,
            options.mail_from,
            tuple(options.mail_to),
            options.smtp_user,
            password,
            options.smtp_ca,
        )
    ]


def _ntfy(options: EdgeOptions, where: str) -> list[Way]:
    if options.ntfy is None:
        if options.ntfy_token_file:
            raise OptionError(
                f"{where}: ntfy_token_file without ntfy: name the topic, for example https://ntfy.sh/our-topic"
            )
        return []
    scheme, _, rest = options.ntfy.partition("://")
    host, _, topic = rest.partition("/")
    if scheme not in ("https", "http") or not host or not topic or "/" in topic or not topic.isascii() or "?" in topic:
        raise OptionError(f"{where}: ntfy = {options.ntfy[:80]!r}: write https://host/topic")
    place: Place = read_place(host, 443 if scheme == "https" else 80, f"{where}: ntfy")
    token = _secret(options.ntfy_token_file, f"{where}: ntfy_token_file")
    if scheme == "http" and token is not None and place.host not in _LOOPBACK:
        raise OptionError(f"{where}: ntfy = {options.ntfy!r} would show the token to everybody on the way; use https")
    _is_file(options.ntfy_ca, "ntfy_ca", where)
    return [NtfyWay(f"{scheme}://{host}/", topic, token, options.ntfy_ca)]


def _numbers(numbers: list[str], where: str) -> tuple[str, ...]:
    for number in numbers:
        digits = number.removeprefix("+")
        if not (digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 15):
            raise OptionError(f"{where}: sms_to = {number[:40]!r}: write a number such as +15551234567")
    return tuple(numbers)


def _secret(path: str | None, where: str) -> Secret | None:
    return None if path is None else read_secret(path, where)


def _is_file(path: str | None, key: str, where: str) -> None:
    if path is not None and not Path(path).is_file():
        raise OptionError(f"{where}: {key} = {path!r}: no such file; correct the path")
