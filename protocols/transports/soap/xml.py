"""XML from a device, read with bounds: no entities, no DTD, so many bytes, elements and levels; and XML to a device, written."""

import re
import unicodedata
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.sax.saxutils import escape, quoteattr

from protocols.errors import DeviceError
from protocols.transports.soap.namespaces import NAMESPACES

MOST_BYTES = 2_000_000
"""A recorder of 64 channels describes its profiles in 300 kB."""
MOST_ELEMENTS = 50_000
MOST_DEPTH = 64
MOST_TEXT = 200
"""Characters of a text that are kept."""
_ILLEGAL = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|&#(?:x0*[01]?[0-9a-fA-F]|0*[012]?[0-9]|0*3[01]);"
)
_PREFIX = re.compile(r'[<\s"](\w+):\w')


class _Bounded(TreeBuilder):
    """Builds the tree until it has too many elements or levels."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._depth = 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > MOST_DEPTH:
            raise DeviceError(f"its XML has more than {MOST_ELEMENTS} elements or {MOST_DEPTH} levels: not read")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parse(body: bytes) -> Element:
    """The root element. Raises `DeviceError` for what is not XML, is too large, or has a DTD or entities.

    Names that are not UTF-8, or have characters that XML forbids, are read with those characters replaced.
    """
    if len(body) > MOST_BYTES:
        raise DeviceError(f"its XML is longer than {MOST_BYTES} bytes: not read")
    try:
        return _parse(body)
    except ParseError as error:
        repaired = _ILLEGAL.sub("\ufffd", body.decode("utf-8", "replace")).encode()
        if repaired == body:
            raise DeviceError(f"its answer is not XML: {error}") from error
    try:
        return _parse(repaired)
    except ParseError as error:
        raise DeviceError(f"its answer is not XML: {error}") from error


def _parse(body: bytes) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
    try:
        parser.feed(body)
        root = parser.close()
    except DefusedXmlException as error:
        raise DeviceError("its XML declares a document type or entities: refused") from error
    except (ValueError, LookupError) as error:  # an encoding that does not exist
        raise DeviceError(f"its answer is not XML: {clean(str(error))}") from error
    if not isinstance(root, Element):
        raise DeviceError("its answer is not XML: it is empty")
    return root


def find(element: Element, path: str) -> Element | None:
    """The first element at `path`, whose steps have the prefixes of `NAMESPACES`: "tt:UTCDateTime/tt:Date"."""
    return element.find(path, NAMESPACES)


def find_all(element: Element, path: str) -> list[Element]:
    """Every element at `path`, in order."""
    return element.findall(path, NAMESPACES)


def text(element: Element | None, path: str = ".") -> str:
    """The clean text at `path`, at most `MOST_TEXT` characters; "" where there is none."""
    found = element if element is None or path == "." else find(element, path)
    return clean(found.text or "") if found is not None else ""


def clean(raw: str) -> str:
    """One line without control, format or private characters, at most `MOST_TEXT` long."""
    line = " ".join(raw[: 4 * MOST_TEXT].split())
    kept = "".join(sign for sign in line if unicodedata.category(sign)[0] != "C")
    return kept[:MOST_TEXT].strip()


def local(element: Element) -> str:
    """Its name without the namespace."""
    return element.tag.rpartition("}")[2]


def tag(name: str, *content: str, **attributes: str) -> str:
    """`<name …>content</name>`; content is markup already: `plain` makes it of text."""
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{written}>{''.join(content)}</{name}>" if content else f"<{name}{written}/>"


def plain(value: str) -> str:
    """Text as markup."""
    return escape(_ILLEGAL.sub("\ufffd", value))


def declarations(markup: str) -> str:
    """The `xmlns` attributes of the prefixes that `markup` uses: old devices stumble over many."""
    used = [prefix for prefix in dict.fromkeys(_PREFIX.findall(markup)) if prefix in NAMESPACES]
    return "".join(f' xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in used)
