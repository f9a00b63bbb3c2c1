"""The device service and events of a simulated ONVIF device; a simulator adds the operations of its own services."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element

from protocols.clock import Clock, utc
from protocols.errors import DeviceError
from protocols.transports.onvif.simulated.gate import Gate
from protocols.transports.onvif.simulated.http import Answer, HttpServer, Question
from protocols.transports.onvif.simulated.subscriptions import Subscriptions
from protocols.transports.onvif.simulated.traits import Operation, Refused, Traits
from protocols.transports.soap.envelope import envelope
from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.xml import find, local, parse, plain, tag

PATHS = {"tds": "/onvif/device_service", "tev": "/onvif/event_service"}
FREE = ("GetSystemDateAndTime", "GetServices", "GetCapabilities", "GetServiceCapabilities", "GetWsdlUrl", "GetHostname")
"""Operations that need no sign-in (ONVIF Core, access class PRE_AUTH)."""
_PREFIXES = {space: prefix for prefix, space in NAMESPACES.items()}


class SimulatedOnvif:
    """Answers over HTTP once started. `operations` ("tds:GetScopes" → markup of the answer's content) and `paths`
    (prefix of a service → its path) are added to by the simulator, `pages` (path → answer to GET) too."""

    def __init__(self, traits: Traits, clock: Clock) -> None:
        self.traits, self.clock = traits, clock
        self.gate = Gate(traits)
        self.clock_ahead = 0.0
        """Seconds its clock is wrong."""
        self.http_digest = False
        """Whether it wants HTTP Digest and overlooks tokens."""
        self.requests: list[str] = []
        """Every operation ("tds:GetScopes"), and "GET /path", in order."""
        self.paths = dict(PATHS)
        self.pages: dict[str, Callable[[], Answer]] = {}
        self.subscriptions = Subscriptions(self)
        self.operations: dict[str, Operation] = {
            "tds:GetSystemDateAndTime": self._time,
            "tds:GetServices": self._services,
            "tds:GetCapabilities": self._capabilities,
            "tds:GetDeviceInformation": self._information,
            "tds:GetScopes": self._scopes,
            "tds:GetNetworkInterfaces": self._network,
            "tds:GetEndpointReference": lambda asked: tag("tds:GUID", f"urn:uuid:{traits.uuid}"),
            **self.subscriptions.operations,
        }
        self._server = HttpServer(self._answer)

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises `OSError`."""
        await self._server.start(host, port)

    async def stop(self) -> None:
        """Fall silent; safe to call twice."""
        await self._server.stop()

    @property
    def address(self) -> str:
        """`host:port` where it listens."""
        host, port = self._server.place
        return f"{host}:{port}"

    @property
    def now_ms(self) -> int:
        """Its own clock."""
        return self.clock.now_ms() + round(self.clock_ahead * 1000)

    def url(self, path: str) -> str:
        """A path of it as a URL."""
        return f"http://{self.address}{path}"

    async def _answer(self, question: Question) -> Answer:
        path = urlsplit(question.target).path
        if question.method == "GET":
            self.requests.append(f"GET {path}")
            return self._page(question, path)
        try:
            sent = parse(question.body)
            asked = next(iter(find(sent, "s:Body") or ()))
            name = f"{_PREFIXES[asked.tag[1:].partition('}')[0]]}:{local(asked)}"
        except (DeviceError, KeyError, StopIteration):
            return _fault(Refused("no SOAP request", "ter:WellFormed"))
        self.requests.append(name)
        try:
            return await self._perform(question, sent, name, asked)
        except Refused as refused:
            return _fault(refused)

    async def _perform(self, question: Question, sent: Element, name: str, asked: Element) -> Answer:
        if local(asked) not in FREE:
            if self.http_digest and not self.gate.http(question):
                return Answer(status=401, headers=self.gate.challenge())
            if not self.http_digest and not self.gate.token(sent, self.now_ms):
                raise Refused("Sender not Authorized", "ter:NotAuthorized")
        operation = self.operations.get(name)
        if operation is None:
            raise Refused("Optional Action Not Implemented", "ter:ActionNotSupported", status=500)
        answered = operation(sent if name.partition(":")[0] in ("tev", "wsnt") else asked)
        content = answered if isinstance(answered, str) else await answered
        return Answer(
            envelope(tag(f"{name}Response", content) if content else f"<{name}Response/>", self._header(sent))
        )

    def _header(self, sent: Element) -> str:
        """What WS-Addressing wants in an answer to an addressed request."""
        action, number = find(sent, "s:Header/wsa:Action"), find(sent, "s:Header/wsa:MessageID")
        if action is None or number is None:
            return ""
        answered = (action.text or "").strip().removesuffix("Request") + "Response"
        return tag("wsa:Action", plain(answered)) + tag("wsa:RelatesTo", plain((number.text or "").strip()))

    def _page(self, question: Question, path: str) -> Answer:
        page = self.pages.get(path)
        if page is None:
            return Answer(b"not found", "text/plain", 404)
        if not self.gate.http(question):
            return Answer(b"", "text/plain", 401, self.gate.challenge())
        return page()

    def _time(self, asked: Element) -> str:
        at = utc(self.now_ms)

        def moment(name: str) -> str:
            time = f"<tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute><tt:Second>{at.second}</tt:Second>"
            date = f"<tt:Year>{at.year}</tt:Year><tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day>"
            return tag(name, tag("tt:Time", time), tag("tt:Date", date))

        return tag(
            "tds:SystemDateAndTime",
            "<tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>",
            "<tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone>",
            moment("tt:UTCDateTime"),
            moment("tt:LocalDateTime"),
        )

    def _services(self, asked: Element) -> str:
        version = "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version>"
        return "".join(
            tag(
                "tds:Service",
                tag("tds:Namespace", NAMESPACES[prefix]),
                tag("tds:XAddr", self.url(path)),
                version,
            )
            for prefix, path in self.paths.items()
        )

    def _capabilities(self, asked: Element) -> str:
        def section(name: str, prefix: str, more: str = "") -> str:
            return tag(name, tag("tt:XAddr", self.url(self.paths[prefix])), more) if prefix in self.paths else ""

        flags = ("WSSubscriptionPolicySupport", "WSPullPointSupport", "WSPausableSubscriptionManagerInterfaceSupport")
        events = "".join(tag(f"tt:{name}", "true" if "PullPoint" in name else "false") for name in flags)
        return tag(
            "tds:Capabilities",
            section("tt:Device", "tds"),
            section("tt:Events", "tev", events),
            section("tt:Media", "trt", "<tt:StreamingCapabilities/>"),
        )

    def _information(self, asked: Element) -> str:
        who = self.traits
        rows = (
            ("Manufacturer", who.vendor),
            ("Model", who.model),
            ("FirmwareVersion", who.firmware),
            ("SerialNumber", who.serial),
            ("HardwareId", who.model),
        )
        return "".join(tag(f"tds:{name}", plain(value)) for name, value in rows)

    def scopes(self) -> list[str]:
        """Its scopes, as discovery and GetScopes tell them."""
        who = self.traits
        rows = [("name", who.name), ("hardware", who.model), ("location", who.location), ("mac", who.mac)]
        rows += [("Profile", profile) for profile in who.profiles]
        return [f"onvif://www.onvif.org/{kind}/{quote(value, safe='/')}" for kind, value in rows if value]

    def _scopes(self, asked: Element) -> str:
        return "".join(
            tag("tds:Scopes", "<tt:ScopeDef>Configurable</tt:ScopeDef>", tag("tt:ScopeItem", plain(scope)))
            for scope in self.scopes()
        )

    def _network(self, asked: Element) -> str:
        info = tag("tt:Info", "<tt:Name>eth0</tt:Name>", tag("tt:HwAddress", plain(self.traits.mac)))
        return tag("tds:NetworkInterfaces", "<tt:Enabled>true</tt:Enabled>", info, token="eth0")  # noqa: S106  ONVIF calls names tokens

    def until(self, seconds: float) -> tuple[int, int]:
        """Its time now, and so many seconds later, ms."""
        return self.now_ms, self.now_ms + round(timedelta(seconds=seconds).total_seconds() * 1000)


def _fault(refused: Refused) -> Answer:
    sub = ""
    for code in reversed(refused.codes):
        sub = tag("s:Subcode", tag("s:Value", code), sub)
    sender = "s:Receiver" if refused.status == 500 else "s:Sender"
    reason = tag("s:Reason", tag("s:Text", plain(refused.reason), **{"xml:lang": "en"}))
    body = tag("s:Fault", tag("s:Code", tag("s:Value", sender), sub), reason)
    for prefix in dict.fromkeys(code.partition(":")[0] for code in refused.codes):
        body = body.replace("<s:Fault", f'<s:Fault xmlns:{prefix}="{NAMESPACES[prefix]}"', 1)
    return Answer(envelope(body), status=refused.status)
