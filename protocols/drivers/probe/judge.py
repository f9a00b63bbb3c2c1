"""Whether an answer is the right one. Pure. The words are for people: one sentence that says what is wrong."""

import html
import ipaddress
import re
from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import urlsplit

from protocols.drivers.probe.answers import Answer, Certificate, Dns, Failure, Mail, Ntp, Opened, Train, Web
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.target import Aim, statuses

DOWN, UP, WRONG, NOT_BLOCKED, ENDED, UNKNOWN = 0, 1, 2, 3, 4, 255
EXPIRED = "has expired"
"""The problem of a certificate that was good; `protocols.transports.stream.tls` names it."""
SHORT_LIVED_MS = 30 * 86_400_000
REFUSALS = (403, 407, 451, 511)
"""Forbidden, a proxy's sign-in, unavailable for legal reasons, a network's sign-in: how filters answer in a site's place."""
TOO_MANY = 429
"""What a service answers to those who ask too often; people see its page."""
MOST_DISTANCE = 1.5
"""Seconds of root distance from which a server is not to be followed (RFC 5905, MAXDIST)."""
_NOWHERE = tuple(
    ipaddress.ip_network(each)
    for each in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
                 "::/127", "fc00::/7", "fe80::/10")
)  # fmt: skip
_NO_SIGN = re.compile(r"&#[0-9]{9,};?")
"""A number that no sign has, at a length that Python may refuse to read."""
_BLOCKED = ("no name", "refused", "reset", "tls", "unreachable")
_UNJUDGED = ("offline", "no route", "exhausted")
_WRONG = ("certificate", "nonsense", "too much", "redirect")


class Verdict(NamedTuple):
    """A state of `probe.state`, and why."""

    state: int
    why: str


def judge(answer: Answer, aim: Aim, options: ProbeOptions) -> Verdict:
    """The verdict on what `aim` answered."""
    if options.must_be_blocked:
        return _blocked(answer, aim, options)
    match answer:
        case Failure():
            return _failed(answer)
        case Web():
            return _web(answer, options)
        case Dns():
            return _dns(answer, aim, options)
        case Train():
            heard = any(each is not None for each in answer.round_trips)
            return Verdict(UP, "answers") if heard else Verdict(DOWN, f"{aim.place.host}: no packet is answered")
        case Ntp():
            return _ntp(answer)
        case Mail():
            return _mail(answer, aim, options)
        case Opened():
            return _trust(answer.certificate, options) or Verdict(UP, "answers")


def _failed(failure: Failure) -> Verdict:
    if failure.reason in _UNJUDGED:
        return Verdict(UNKNOWN, failure.message)
    return Verdict(WRONG if failure.reason in _WRONG else DOWN, failure.message)


def _trust(certificate: Certificate | None, options: ProbeOptions) -> Verdict | None:
    if certificate is None or certificate.problem is None or not options.verify:
        return None
    ended = certificate.problem == EXPIRED and counts_down(certificate)
    return Verdict(ENDED if ended else WRONG, f"the certificate {certificate.problem}")


def counts_down(certificate: Certificate) -> bool:
    """Whether its remaining days say something: it is trusted but for its age, and lives long enough that somebody looks after it.

    One of a few days is renewed by a program, and always near its end.
    """
    return certificate.problem in (None, EXPIRED) and certificate.ends - certificate.begins >= SHORT_LIVED_MS


def is_judged(aim: Aim, options: ProbeOptions) -> bool:
    """Whether it matters to anybody that `aim`'s certificate is trusted: servers hand mail to each other whatever it is."""
    return options.verify and not options.must_be_blocked and (aim.scheme, aim.place.port) != ("smtp", 25)


def _web(web: Web, options: ProbeOptions) -> Verdict:
    if not any(web.status in each for each in statuses(options.status, "")):
        if web.status == TOO_MANY:
            return Verdict(UNKNOWN, "answers 429: it is asked too often from here: set a longer interval")
        return Verdict(WRONG, f"answers {web.status} {web.reason}".rstrip())
    for text in options.contains:
        if not holds(web.text, text):
            return Verdict(WRONG, f"its page lacks {text[:60]!r}{' (in the part that was read)' if web.cut else ''}")
    for text in options.lacks:
        if holds(web.text, text):
            return Verdict(WRONG, f"its page holds {text[:60]!r}")
    return _trust(web.certificate, options) or Verdict(UP, "answers")


def holds(page: str, text: str) -> bool:
    """Whether a page holds a text, whatever the case, line breaks and HTML's way to write a sign."""
    wanted, folded = _folded(text), page.casefold()
    return wanted in folded or wanted in _folded(html.unescape(_NO_SIGN.sub(" ", folded)))


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def _dns(dns: Dns, aim: Aim, options: ProbeOptions) -> Verdict:
    asked = f"{aim.name} {aim.type}"
    if dns.code != "NOERROR":
        meaning = {
            "NXDOMAIN": "the name does not exist",
            "SERVFAIL": "the server cannot find out",
            "REFUSED": "the server refuses",
        }
        return Verdict(WRONG, f"{asked}: {dns.code}: {meaning.get(dns.code, 'the server fails')}")
    if not dns.answers:
        return Verdict(WRONG, f"{asked}: the name has no such record")
    for wanted in options.answers:
        if not _is_among(dns, wanted):
            return Verdict(
                WRONG, f"{asked}: {wanted[:60]!r} is not among the answers: {', '.join(sorted(dns.answers))[:120]}"
            )
    return Verdict(UP, "answers")


def _is_among(dns: Dns, wanted: str) -> bool:
    return any(fnmatchcase(each.lower().rstrip("."), wanted.lower().rstrip(".")) for each in dns.answers)


def _ntp(ntp: Ntp) -> Verdict:
    if ntp.stratum == 0:
        return Verdict(
            WRONG, f"refuses with the kiss code {ntp.reference!r}: it is asked too often, or not allowed to serve here"
        )
    if ntp.leap == 3 or ntp.stratum > 15:
        return Verdict(WRONG, "its own clock is not synchronised")
    if ntp.distance > MOST_DISTANCE:
        return Verdict(WRONG, f"its own clock is uncertain by more than {MOST_DISTANCE:g} s (root distance)")
    return Verdict(UP, "answers")


def _mail(mail: Mail, aim: Aim, options: ProbeOptions) -> Verdict:
    if not 200 <= mail.code < 300:
        return Verdict(WRONG, f"answers {mail.code} {mail.banner}".rstrip())
    if not is_judged(aim, options):
        return Verdict(UP, "answers")
    return _trust(mail.certificate, options) or Verdict(UP, "answers")


def _blocked(answer: Answer, aim: Aim, options: ProbeOptions) -> Verdict:
    """Up is blocked. What cannot be told apart from an outage is unknown, for an outage is no hole in the filter."""
    match answer:
        case Failure() if answer.reason in _BLOCKED:
            return Verdict(UP, f"blocked: {answer.message}")
        case Failure():
            return Verdict(UNKNOWN, f"whether it is blocked cannot be told: {answer.message}")
        case Web():
            return _blocked_page(answer, aim, options)
        case Dns():
            return _blocked_name(answer, aim, options)
    return Verdict(NOT_BLOCKED, f"{aim.place}: can be reached and should be blocked")


def _blocked_page(web: Web, aim: Aim, options: ProbeOptions) -> Verdict:
    if any(holds(web.text, text) for text in options.lacks):
        return Verdict(NOT_BLOCKED, f"{aim.place.host}: its real page is shown and should be blocked")
    if options.contains and all(holds(web.text, text) for text in options.contains):
        return Verdict(UP, "blocked: the block page is shown")
    elsewhere = urlsplit(web.url).hostname or ""
    if not related(elsewhere, aim.place.host):
        return Verdict(UP, f"blocked: sent to {elsewhere[:80]}")
    if not is_address(aim.place.host) and sinkhole(web.peer):
        return Verdict(UP, f"blocked: its name leads to {web.peer}")
    if web.status in REFUSALS:
        return Verdict(UP, f"blocked: answers {web.status}")
    if web.status >= 500:
        return Verdict(UNKNOWN, f"whether it is blocked cannot be told: answers {web.status}")
    if options.lacks:
        return Verdict(UP, "blocked: its real page is not shown")
    if web.certificate is not None and web.certificate.problem is not None and not options.contains:
        return Verdict(
            UNKNOWN,
            f"whether it is blocked cannot be told: the certificate {web.certificate.problem}; set contains to a text of the block page",
        )
    return Verdict(NOT_BLOCKED, f"{aim.place.host}: can be reached and should be blocked")


def _blocked_name(dns: Dns, aim: Aim, options: ProbeOptions) -> Verdict:
    if dns.code in ("NXDOMAIN", "REFUSED"):
        return Verdict(UP, f"blocked: {dns.code}")
    if dns.code != "NOERROR":
        return Verdict(UNKNOWN, f"whether it is blocked cannot be told: {dns.code}")
    filtered = any(_is_among(dns, wanted) for wanted in options.answers)
    if not dns.answers or filtered or all(sinkhole(each) for each in dns.answers):
        return Verdict(UP, "blocked: the name leads nowhere")
    return Verdict(NOT_BLOCKED, f"{aim.name}: leads to {', '.join(sorted(dns.answers))[:120]} and should be blocked")


def sinkhole(text: str) -> bool:
    """Whether an address is none that a public name leads to: unspecified, loopback, private, link-local."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in _NOWHERE if network.version == address.version)


def is_address(host: str) -> bool:
    """Whether a host is written as an address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def related(one: str, other: str) -> bool:
    """Whether two hosts are of one site: the same, or names below the same last two labels."""
    if is_address(one) or is_address(other):
        return one == other
    return one.lower().split(".")[-2:] == other.lower().split(".")[-2:]
