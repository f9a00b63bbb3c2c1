"""What ONVIF devices share, against the simulated one and against odd answers."""

from collections.abc import AsyncIterator

import pytest

from protocols.address import read_place
from protocols.clock import ManualClock
from protocols.errors import DeviceError, OptionError
from protocols.secret import Secret
from protocols.transports.onvif import Onvif, OnvifOptions, login_of
from protocols.transports.onvif.answers import identity, services, system_time
from protocols.transports.onvif.simulated import Refused, SimulatedOnvif, Traits
from protocols.transports.soap import NAMESPACES, Login
from protocols.transports.soap.envelope import envelope, opened
from protocols.transports.soap.xml import tag

LOGIN = Login("viewer", Secret("watch"))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def device(clock: ManualClock) -> AsyncIterator[SimulatedOnvif]:
    made = SimulatedOnvif(Traits(), clock)
    await made.start("127.0.0.1", 0)
    yield made
    await made.stop()


@pytest.fixture
async def onvif(device: SimulatedOnvif, clock: ManualClock) -> AsyncIterator[Onvif]:
    made = Onvif(read_place(device.address, 80, "test"), OnvifOptions(), LOGIN, clock, "device x")
    yield made
    await made.close()


async def test_the_first_call_tells_the_clock_and_the_rest_goes_by_it(onvif: Onvif, device: SimulatedOnvif) -> None:
    device.clock_ahead = -7200
    told = await onvif.time()
    assert told.offset == pytest.approx(-7200, abs=1)
    assert told.source == "NTP"
    said = await onvif.identity()
    assert said["serial"] == "FB00000001"
    assert said["uuid"] == device.traits.uuid
    assert said["onvif"] == "S"


async def test_what_knows_no_time_is_no_onvif_device(onvif: Onvif, device: SimulatedOnvif) -> None:
    del device.operations["tds:GetSystemDateAndTime"]
    with pytest.raises(DeviceError, match="is this its ONVIF address and port"):
        await onvif.time()


async def test_services_are_asked_once(onvif: Onvif, device: SimulatedOnvif) -> None:
    assert await onvif.has("tev")
    assert not await onvif.has("tdc")
    assert device.requests == ["tds:GetServices"]


async def test_before_onvif_2_there_are_capabilities(onvif: Onvif, device: SimulatedOnvif) -> None:
    del device.operations["tds:GetServices"]
    assert await onvif.has("tev")
    assert device.requests[-1] == "tds:GetCapabilities"


async def test_an_operation_of_a_service_that_is_not_there(onvif: Onvif) -> None:
    with pytest.raises(DeviceError, match="device x: offers no service http"):
        await onvif.ask("<tdc:GetDoorInfoList/>")


@pytest.mark.parametrize(
    "body", ["<tds:SetHostname/>", "<tds:SystemReboot/>", "<tds:CreateUsers/>", "<tds:DeleteUsers/>"]
)
async def test_what_writes_is_never_sent(onvif: Onvif, device: SimulatedOnvif, body: str) -> None:
    await onvif.services()
    with pytest.raises(DeviceError, match="never sent"):
        await onvif.ask(body)
    assert device.requests == ["tds:GetServices"]


async def test_what_a_device_cannot_do_is_left_out(onvif: Onvif, device: SimulatedOnvif) -> None:
    def no(asked: object) -> str:
        raise Refused("not here", "ter:ActionNotSupported")

    for name in ("tds:GetScopes", "tds:GetNetworkInterfaces", "tds:GetEndpointReference"):
        device.operations[name] = no
    await onvif.time()
    said = await onvif.identity()
    assert said["model"] == "Simulated device"
    assert "mac" not in said


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("http://192.168.1.9/onvif/Media", "http://10.1.2.3:8080/onvif/Media"),
        ("http://10.1.2.3:8899/onvif/Media?a=b", "http://10.1.2.3:8899/onvif/Media?a=b"),
        ("/onvif/Media", "http://10.1.2.3:8080/onvif/Media"),
        ("onvif/Media", "http://10.1.2.3:8080/onvif/Media"),
        ("@10.9.9.9/x", "http://10.1.2.3:8080/@10.9.9.9/x"),
        ("http://[bad", "http://10.1.2.3:8080/"),
        ("http://10.1.2.3:99999/x", "http://10.1.2.3:8080/"),
    ],
)
def test_a_url_leads_to_where_the_device_is_reached(clock: ManualClock, said: str, url: str) -> None:
    made = Onvif(read_place("10.1.2.3:8080", 80, "test"), OnvifOptions(), None, clock, "device x")
    assert made.url(said) == url


async def test_a_device_that_is_reached_by_name_may_name_a_port_of_its_own_address(
    device: SimulatedOnvif, clock: ManualClock
) -> None:
    port = read_place(device.address, 80, "test").port
    made = Onvif(read_place(f"localhost:{port}", 80, "test"), OnvifOptions(), LOGIN, clock, "device x")
    assert made.url("http://127.0.0.1:8899/x") == f"http://localhost:{port}/x"
    await made.time()
    assert made.url("http://127.0.0.1:8899/x") == "http://localhost:8899/x"
    assert made.url("http://10.9.9.9:8899/x") == f"http://localhost:{port}/x"
    await made.close()


def element(name: str, content: str) -> object:
    return opened(envelope(tag(name, content)))


def moment(year: str) -> str:
    date = tag("tt:Date", tag("tt:Year", year), "<tt:Month>10</tt:Month><tt:Day>9</tt:Day>")
    time = "<tt:Time><tt:Hour>12</tt:Hour><tt:Minute>0</tt:Minute><tt:Second>0</tt:Second></tt:Time>"
    return tag("tt:UTCDateTime", time, date)


@pytest.mark.parametrize(
    ("year", "offset"),
    [("2025", 0.5), ("1970", -1_735_689_599.5), ("", None), ("99999", None), ("x", None)],
)
def test_a_clock_that_is_wrong_or_none(year: str, offset: float | None) -> None:
    answer = element("tds:GetSystemDateAndTimeResponse", tag("tds:SystemDateAndTime", moment(year)))
    assert system_time(answer, 1_760_011_200_000).offset == offset  # type: ignore[arg-type]


def test_empty_answers_are_no_facts() -> None:
    empty = element("tds:GetDeviceInformationResponse", "<tds:Manufacturer/>")
    assert identity(empty, empty, empty, empty) == {}  # type: ignore[arg-type]
    assert services(empty, "http://x/") == {NAMESPACES["tds"]: "http://x/"}  # type: ignore[arg-type]


def test_half_a_credential_is_an_option_error(tmp_path: object) -> None:
    with pytest.raises(OptionError, match="password_file is missing"):
        login_of(OnvifOptions(user="x"), "device 'x'")
    with pytest.raises(OptionError, match="user is missing"):
        login_of(OnvifOptions(password_file="/none"), "device 'x'")
    assert login_of(OnvifOptions(), "device 'x'") is None
