"""Calls to the simulated device: signed by its clock, HTTP Digest, and how a wrong password is spared."""

from collections.abc import AsyncIterator

import pytest

from protocols.clock import ManualClock
from protocols.secret import Secret
from protocols.transports.onvif.simulated import SimulatedOnvif, Traits
from protocols.transports.soap import AuthorisationError, FaultError, Login, Soap
from protocols.transports.soap.security import digest, username_token
from protocols.transports.soap.standing import RETRY_ACCEPTED, RETRY_REFUSED
from protocols.transports.soap.xml import text

RIGHT, WRONG = Login("viewer", Secret("watch")), Login("viewer", Secret("no"))
INFORMATION = "<tds:GetDeviceInformation/>"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def device(clock: ManualClock) -> AsyncIterator[SimulatedOnvif]:
    made = SimulatedOnvif(Traits(), clock)
    await made.start("127.0.0.1", 0)
    yield made
    await made.stop()


async def model(soap: Soap, device: SimulatedOnvif) -> str:
    return text(await soap.call(device.url("/onvif/device_service"), INFORMATION), "tds:Model")


def test_the_digest_is_that_of_the_programmers_guide() -> None:
    """ONVIF Application Programmer's Guide 1.0, 6.1.1.3."""
    import base64

    nonce = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    assert digest(Secret("userpassword"), "2010-09-16T07:50:45Z", nonce) == "tuOSpGlFlIXsozq4HFNeeGeFLEI="


def test_a_token_shows_no_password() -> None:
    assert "watch" not in username_token(RIGHT, 0, b"nonce")
    assert "watch" not in repr(RIGHT)


@pytest.mark.parametrize("ahead", [0.0, 86_400.0, -31_000_000.0])
async def test_the_token_goes_by_the_devices_clock(device: SimulatedOnvif, clock: ManualClock, ahead: float) -> None:
    device.clock_ahead = ahead
    soap = Soap(clock, RIGHT, "device x")
    soap.offset_ms = round(ahead * 1000)
    assert await model(soap, device) == "Simulated device"
    await soap.close()


async def test_our_own_clock_would_be_refused(device: SimulatedOnvif, clock: ManualClock) -> None:
    device.clock_ahead = 60
    soap = Soap(clock, RIGHT, "device x")
    with pytest.raises(
        AuthorisationError, match="device x: answers but refuses the credential: set a user and password_file"
    ):
        await model(soap, device)
    await soap.close()


async def test_http_digest_where_the_device_asks_for_it(device: SimulatedOnvif, clock: ManualClock) -> None:
    device.http_digest = True
    soap = Soap(clock, RIGHT, "device x")
    assert await model(soap, device) == await model(soap, device)
    assert device.requests.count("tds:GetDeviceInformation") == 4, "token, challenge, signed; then signed at once"
    await soap.close()


async def test_without_a_credential_the_message_says_what_to_set(device: SimulatedOnvif, clock: ManualClock) -> None:
    soap = Soap(clock, None, "device x")
    with pytest.raises(AuthorisationError, match="without a credential: set user and password_file"):
        await model(soap, device)
    await soap.close()


async def test_a_refused_password_is_not_sent_again_for_a_while(device: SimulatedOnvif, clock: ManualClock) -> None:
    soap = Soap(clock, WRONG, "device x")
    for _ in range(20):
        with pytest.raises(AuthorisationError):
            await model(soap, device)
        await clock.advance(RETRY_REFUSED / 21)
    assert device.gate.attempts == 1
    await clock.advance(RETRY_REFUSED)
    with pytest.raises(AuthorisationError):
        await model(soap, device)
    assert device.gate.attempts == 2
    await soap.close()


async def test_nor_by_a_session_that_is_opened_anew(device: SimulatedOnvif, clock: ManualClock) -> None:
    for _ in range(10):
        soap = Soap(clock, Login("viewer", Secret("no")), "device x")
        with pytest.raises(AuthorisationError):
            await model(soap, device)
        await soap.close()
        await clock.advance(60)
    assert device.gate.attempts == 1
    soap = Soap(clock, RIGHT, "device x")
    assert await model(soap, device), "another password is another credential"
    await soap.close()


async def test_one_that_was_accepted_is_sent_again_soon_and_then_seldom(
    device: SimulatedOnvif, clock: ManualClock
) -> None:
    soap = Soap(clock, RIGHT, "device x")
    assert await model(soap, device)
    device.clock_ahead = 60
    with pytest.raises(AuthorisationError):
        await model(soap, device)
    device.clock_ahead = 0
    await clock.advance(RETRY_ACCEPTED)
    assert await model(soap, device), "its clock had been set"
    device.gate.changed = True
    for _ in range(20):
        with pytest.raises(AuthorisationError):
            await model(soap, device)
        await clock.advance(60)
    assert device.gate.attempts == 3
    await soap.close()


async def test_a_right_that_is_missing_holds_back_that_operation_alone(
    device: SimulatedOnvif, clock: ManualClock
) -> None:
    from protocols.transports.onvif.simulated import Refused

    def forbidden(asked: object) -> str:
        raise Refused("only for administrators", "ter:NotAuthorized")

    device.operations["tds:GetNetworkInterfaces"] = forbidden
    soap = Soap(clock, RIGHT, "device x")
    url = device.url("/onvif/device_service")
    assert await model(soap, device)
    for _ in range(3):
        with pytest.raises(AuthorisationError):
            await soap.call(url, "<tds:GetNetworkInterfaces/>")
        assert await model(soap, device)
    assert device.requests.count("tds:GetNetworkInterfaces") == 1
    await soap.close()


async def test_an_unknown_operation_is_a_fault(device: SimulatedOnvif, clock: ManualClock) -> None:
    soap = Soap(clock, RIGHT, "device x")
    with pytest.raises(FaultError, match="device x: it refuses: Optional Action Not Implemented") as caught:
        await soap.call(device.url("/onvif/device_service"), "<tds:GetRemoteUser/>")
    assert caught.value.unsupported
    await soap.close()
