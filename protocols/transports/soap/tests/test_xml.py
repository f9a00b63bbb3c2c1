"""XML from devices: read within bounds, refused beyond them; written so that nothing in a text is markup."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import DeviceError
from protocols.transports.soap.envelope import AuthorisationError, FaultError, envelope, opened
from protocols.transports.soap.xml import MOST_BYTES, MOST_DEPTH, MOST_ELEMENTS, clean, parse, plain, tag, text

LAUGHS = (
    b"<!DOCTYPE l [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (99 + n, b"&%c;" % (b"a"[0] if n == 0 else 98 + n) * 10) for n in range(9))
    + b"]><l>&k;</l>"
)


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS,
        b"<!DOCTYPE x><x/>",
        b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'><x/>",
        b"<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><x>&f;</x>",
        b"<!DOCTYPE x [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]><x/>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>".encode("utf-16"),
    ],
)
def test_a_document_type_or_entity_is_refused(body: bytes) -> None:
    with pytest.raises(DeviceError, match="document type or entities"):
        parse(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<a>" * (MOST_DEPTH + 1), "levels"),
        (b"<r>" + b"<a/>" * (MOST_ELEMENTS + 1) + b"</r>", "elements"),
        (b"<a>" + b"x" * MOST_BYTES + b"</a>", "longer than"),
        (b"", "not XML"),
        (b"<a><b></a>", "not XML"),
        (b"\x1f\x8b\x08" + bytes(100), "not XML"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "not XML"),
    ],
)
def test_what_is_too_much_or_no_xml_is_one_clear_error(body: bytes, said: str) -> None:
    tracemalloc.start()
    with pytest.raises(DeviceError, match=said):
        parse(body)
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<a>Gym \xe9 1</a>", "Gym \ufffd 1"),
        (b"<a>nul\x00 esc\x1b[31m</a>", "nul\ufffd esc\ufffd[31m"),
        (b"<a>&#0;x&#x1b;y</a>", "\ufffdx\ufffdy"),
        ("<a>\u202eevil\u2066 \t two\n lines</a>".encode(), "evil two lines"),
        ("<a>" + "x" * 5000 + "</a>", "x" * 200),
    ],
)
def test_a_name_in_a_wrong_encoding_is_read_with_what_cannot_be_replaced(body: bytes | str, said: str) -> None:
    assert text(parse(body if isinstance(body, bytes) else body.encode())) == said


@given(st.text())
def test_a_text_that_is_written_is_no_markup(said: str) -> None:
    root = parse(tag("a", plain(said) or "x").encode("utf-8", "replace"))
    assert len(root) == 0


@given(st.binary(max_size=300))
def test_any_bytes_are_a_tree_or_a_device_error(body: bytes) -> None:
    try:
        parse(body)
    except DeviceError:
        return


@given(st.text())
def test_a_clean_text_is_one_short_printable_line(said: str) -> None:
    assert len(clean(said)) <= 200
    assert "\n" not in clean(said)
    assert "\x1b" not in clean(said)


def fault(code: str, reason: str = "no", sub: str = "") -> bytes:
    inner = tag("s:Subcode", tag("s:Value", code), sub)
    return envelope(
        tag("s:Fault", tag("s:Code", tag("s:Value", "s:Sender"), inner), tag("s:Reason", tag("s:Text", reason)))
    )


@pytest.mark.parametrize(
    "raw", [fault("ter:NotAuthorized"), fault("wsse:FailedAuthentication"), fault("x:Odd", "Sender not authorized")]
)
def test_not_authorised_is_told_apart(raw: bytes) -> None:
    with pytest.raises(AuthorisationError):
        opened(raw)


def test_another_fault_is_not_about_the_credential() -> None:
    with pytest.raises(FaultError, match="no such profile") as caught:
        opened(fault("ter:InvalidArgVal", "no such profile", tag("s:Subcode", tag("s:Value", "ter:NoProfile"))))
    assert not isinstance(caught.value, AuthorisationError)
    assert caught.value.codes == ("Sender", "InvalidArgVal", "NoProfile")
    assert not caught.value.unsupported


def test_an_operation_that_does_not_exist_is_unsupported() -> None:
    with pytest.raises(FaultError) as caught:
        opened(fault("ter:ActionNotSupported"))
    assert caught.value.unsupported


def test_only_the_namespaces_that_are_used_are_declared() -> None:
    assert envelope("<tds:GetScopes/>").count(b"xmlns:") == 2
