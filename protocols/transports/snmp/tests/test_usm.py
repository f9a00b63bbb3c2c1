"""Version 3's keys against the figures that RFCs print; messages sealed and opened again; any other bytes are an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.transports.snmp import pdu, usm, v3, values
from protocols.transports.snmp.ber import BerError
from protocols.transports.snmp.usm import KEY_LENGTHS, UsmError
from protocols.transports.snmp.v3 import Security

ENGINE = bytes.fromhex("000000000000000000000002")


@pytest.mark.parametrize(
    ("auth", "key"),
    [
        ("md5", "526f5eed9fcce26f8964c2930787d82b"),  # RFC 3414 A.3.1
        ("sha1", "6695febc9288e36282235fc7151f128497b38f3f"),  # RFC 3414 A.3.2
    ],
)
def test_the_keys_that_the_rfc_prints(auth: str, key: str) -> None:
    assert usm.localise(auth, "maplesyrup", None, "", ENGINE).auth_key.hex() == key


@pytest.mark.parametrize("privacy", [*KEY_LENGTHS, None])
@pytest.mark.parametrize("auth", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
def test_what_is_sealed_is_opened_by_the_same_user_alone(auth: str, privacy: str | None) -> None:
    keys = usm.localise(auth, "authpass1", privacy, "privpass1", ENGINE)
    flags = v3.AUTH | (v3.PRIVACY if privacy else 0)
    encoded = pdu.encode(pdu.GET, 5, 0, 0, [("1.3.6.1.2.1.1.5.0", values.integer(1))])
    data = v3.seal(9, flags, Security(ENGINE, 3, 77, b"reader"), keys, 1, v3.scoped(ENGINE, b"ctx", encoded))
    sealed = v3.parse(data)
    assert (sealed.id, sealed.security) == (9, Security(ENGINE, 3, 77, b"reader"))
    assert v3.is_authentic(sealed, keys)
    assert v3.unseal(sealed, keys).pdu.bindings == [("1.3.6.1.2.1.1.5.0", 1)]
    assert not v3.is_authentic(sealed, usm.localise(auth, "another1", privacy, "privpass1", ENGINE))
    assert not v3.is_authentic(v3.parse(data[:-1] + bytes((data[-1] ^ 1,))), keys)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_an_error(data: bytes) -> None:
    _open(data)


KEYS = usm.localise("sha256", "authpass1", "des", "privpass1", ENGINE)
VALID = v3.seal(
    9, 3, Security(ENGINE, 3, 77, b"reader"), KEYS, 1, v3.scoped(ENGINE, b"", pdu.encode(pdu.GET, 5, 0, 0, []))
)


@given(st.integers(0, len(VALID) - 1), st.integers(0, 255), st.integers(0, 5))
def test_a_changed_byte_and_a_cut_end_are_a_message_or_an_error(place: int, byte: int, cut: int) -> None:
    _open((VALID[:place] + bytes((byte,)) + VALID[place + 1 :])[: len(VALID) - cut])


def _open(data: bytes) -> None:
    try:
        sealed = v3.parse(data)
        v3.is_authentic(sealed, KEYS)
        v3.unseal(sealed, KEYS)
    except (BerError, UsmError):
        pass
