"""What was fetched → a reading. Pure."""

from itertools import pairwise

from protocols.clock import utc
from protocols.driver import Reading, Sample
from protocols.drivers.probe.answers import Answer, Certificate, Mail, Ntp, Train, Web
from protocols.drivers.probe.history import quantile
from protocols.drivers.probe.judge import ENDED, UP, WRONG, counts_down, is_judged, judge
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.target import Aim
from protocols.wire.batch import Scalar

MOST_TEXT = 200
DAY_MS = 86_400_000


def decode(answer: Answer, aim: Aim, options: ProbeOptions, now_ms: int) -> Reading:
    """The reading of one check at `now_ms`."""
    verdict = judge(answer, aim, options)
    certificate = getattr(answer, "certificate", None)
    if verdict.state == ENDED and certificate is not None and certificate.ends > now_ms:  # an authority's, not its own
        verdict = verdict._replace(state=WRONG)
    samples = [Sample("probe.state", None, verdict.state)]
    samples += [Sample("probe.duration", phase, seconds) for phase, seconds in getattr(answer, "phases", {}).items()]
    expected = verdict.state == UP and not options.must_be_blocked
    attributes: dict[str, Scalar] = {"answer": "as expected" if expected else plain(verdict.why)}
    match answer:
        case Train():
            samples += _train(answer)
        case Ntp():
            if verdict.state == UP:  # the time of a server that does not vouch for it is no time
                samples.append(Sample("probe.clock.offset", None, answer.offset))
            samples.append(Sample("probe.clock.stratum", None, answer.stratum))
            attributes["source"] = plain(answer.reference)
        case Web():
            attributes["server"] = plain(answer.server) or None
            samples += [Sample("probe.speed", None, answer.speed)] if answer.speed is not None else []
        case Mail():
            attributes["server"] = plain(answer.banner) or None
            attributes["starttls"] = answer.starttls
    if certificate is not None:
        if is_judged(aim, options) and counts_down(certificate):
            left = round((certificate.ends - now_ms) / DAY_MS, 2)
            samples.append(Sample("probe.certificate.remaining", None, left))
        attributes.update(_certificate(certificate))
    return Reading(samples, attributes)


def round_trips(answer: Answer) -> tuple[list[float], int]:
    """What the history is fed with: seconds of the answers of one check, and packets that had none."""
    if isinstance(answer, Train):
        heard = [each for each in answer.round_trips if each is not None]
        return heard, len(answer.round_trips) - len(heard)
    total = getattr(answer, "phases", {}).get("total")
    return ([total] if total is not None else []), 0


def plain(text: str) -> str:
    """On one line, without control and direction signs, not long."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[:4096]).split())[:MOST_TEXT]


def _train(train: Train) -> list[Sample]:
    heard = [each for each in train.round_trips if each is not None]
    samples = [Sample("probe.loss", None, 100.0 * (1 - len(heard) / len(train.round_trips)))]
    if heard:
        ordered = sorted(heard)
        samples += [
            Sample("probe.round.trip", "min", ordered[0]),
            Sample("probe.round.trip", "median", quantile(ordered, 0.5)),
            Sample("probe.round.trip", "p95", quantile(ordered, 0.95)),
        ]
    if len(heard) > 1:
        steps = [abs(later - earlier) for earlier, later in pairwise(heard)]
        samples.append(Sample("probe.jitter", None, sum(steps) / len(steps)))
    return samples


def _certificate(shown: Certificate) -> dict[str, str | None]:
    return {
        "certificate.subject": plain(shown.subject),
        "certificate.issuer": plain(shown.issuer),
        "certificate.ends": utc(shown.ends).strftime("%Y-%m-%d %H:%M UTC"),
        "certificate.problem": shown.problem,
        "tls.version": shown.version or None,
    }
