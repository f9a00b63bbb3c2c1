"""The SOAP 1.2 envelope: written around a request, opened around an answer; a fault is an error. Pure."""

from xml.etree.ElementTree import Element

from protocols.errors import DeviceError
from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.xml import clean, declarations, find, find_all, parse, tag, text

_UNAUTHORISED = frozenset(
    {
        "NotAuthorized",
        "Unauthorized",
        "FailedAuthentication",
        "InvalidSecurity",
        "InvalidSecurityToken",
        "OperationProhibited",
    }
)
"""ONVIF Core 5.8.2.4 `ter:NotAuthorized`, `ter:OperationProhibited`; WSS SOAP Message Security 1.1, 12; and what devices make of it."""
_UNKNOWN = frozenset(
    {"ActionNotSupported", "UnknownAction", "ActionNotImplemented", "OptionalActionNotImplemented", "NoSuchService"}
)
"""ONVIF Core 5.8.2.2: the device has no such operation."""
_WORDS = (
    "not authorized",
    "unauthorized",
    "authentication fail",
    "authority failure",
    "wrong password",
    "sender not authorized",
)
"""What devices write as the reason where they leave the code out."""


class FaultError(DeviceError):
    """The device answers with a SOAP fault; `codes` are its code and subcodes without their prefixes."""

    def __init__(self, message: str, codes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.codes = codes

    @property
    def unsupported(self) -> bool:
        """Whether the device has no such operation, rather than refusing this one request."""
        return not _UNKNOWN.isdisjoint(self.codes)


class AuthorisationError(FaultError):
    """The device answers and refuses: no credential, a wrong one, or one that may not do this."""


def envelope(body: str, header: str = "") -> bytes:
    """The message with `body` (and `header`) as markup with the prefixes of `NAMESPACES`."""
    message = tag("s:Header", header) if header else ""
    message += tag("s:Body", body)
    used = declarations("<s:Envelope" + message)
    return f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope{used}>{message}</s:Envelope>'.encode()


def opened(raw: bytes) -> Element:
    """The first element in the body of an answer. Raises `AuthorisationError`, `FaultError`, or `DeviceError`: no SOAP."""
    root = parse(raw)
    body = find(root, "s:Body")
    if root.tag != f"{{{NAMESPACES['s']}}}Envelope" or body is None:
        raise DeviceError(f"its answer is no SOAP 1.2 message (it begins with <{clean(root.tag.rpartition('}')[2])}>)")
    content = next(iter(body), None)
    if content is None:
        raise DeviceError("its answer has an empty body")
    if content.tag == f"{{{NAMESPACES['s']}}}Fault":
        raise fault(content)
    return content


def fault(element: Element) -> FaultError:
    """The error that a `s:Fault` element says (SOAP 1.2, 5.4)."""
    values = [text(each) for each in element.iter(f"{{{NAMESPACES['s']}}}Value")]
    codes = tuple(value.rpartition(":")[2] for value in values if value)
    reasons = [text(each) for each in find_all(element, "s:Reason/s:Text")]
    reason = next(filter(None, reasons), "") or "no reason given"
    said = f"it refuses: {reason} ({', '.join(codes) or 'no code'})"
    denied = not _UNAUTHORISED.isdisjoint(codes) or any(words in reason.lower() for words in _WORDS)
    return AuthorisationError(said, codes) if denied else FaultError(said, codes)
