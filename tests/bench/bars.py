"""The bars beside the figures: which figure of a bench is held to what, as `make bench` prints it. One row each."""

from typing import NamedTuple


class Bar(NamedTuple):
    """A figure's meaning and its limit: at least `low`, at most `high`; neither: for information."""

    what: str
    unit: str = ""
    low: float | None = None
    high: float | None = None

    def kept(self, value: float) -> bool | None:
        """Whether the figure keeps the bar; None where there is none."""
        if self.low is None and self.high is None:
            return None
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


BARS = {
    "ingest.ratio": Bar("ingest, broker to committed, against bare COPY", low=0.6),
    "ingest.rows_per_second": Bar("  committed end to end", "rows/s"),
    "ingest.bare_copy.rows_per_second": Bar("  bare COPY of the same rows, same table", "rows/s"),
    "store_ratio": Bar("ledger and store alone against bare COPY", low=0.9),
    "store_rows_per_s": Bar("  ledger and store", "rows/s"),
    "bare_copy_rows_per_s": Bar("  bare COPY", "rows/s"),
    "wire.decode_to_copy.samples_per_second": Bar("decode and encode to COPY, one core", "samples/s", low=10e6),
    "wire.decode.samples_per_second": Bar("  decode, plain", "samples/s"),
    "wire.decode.deflated.samples_per_second": Bar("  decode, deflated", "samples/s"),
    "wire.encode.samples_per_second": Bar("  encode on the agent", "samples/s"),
    "encode_samples_per_s": Bar("  encode to COPY", "samples/s"),
    "wire.plain.bytes_per_sample": Bar("  on the wire, plain", "bytes"),
    "wire.deflated.bytes_per_sample": Bar("  on the wire, deflated", "bytes"),
    "native_bytes_per_sample": Bar("bytes a sample, embedded PostgreSQL, raw with its index", "bytes", high=95),
    "timescale_bytes_per_sample": Bar("bytes a sample, TimescaleDB compressed", "bytes", high=4),
    "chart_year_p95_ms": Bar("chart of 1 point, 1 year, 1,000 buckets, embedded, p95", "ms", high=50),
    "timescale_chart_year_p95_ms": Bar("  the same in TimescaleDB, p95", "ms", high=50),
    "now_p95_ms": Bar("Now page, 200 buildings, 10,000 devices, p95", "ms", high=50),
    "problems_p95_ms": Bar("Problems page, p95", "ms", high=50),
    "problem_p95_ms": Bar("Page of a problem, p95", "ms", high=50),
    "building_p95_ms": Bar("Building page, p95", "ms", high=50),
    "device_p95_ms": Bar("Device page, p95", "ms", high=50),
    "detectors.samples_per_second": Bar("all detectors together, 100,000 points, one core", "samples/s", low=200_000),
    "detectors.mb_per_100k_points": Bar("  memory of 100,000 points, the whole engine", "MB", high=500),
    "detectors.idle_ms": Bar("  a second in which nothing came, median", "ms", high=30),
    "detectors.idle_worst_ms": Bar("    the worst of a minute", "ms", high=100),
    "detectors.busy_worst_ms": Bar("  a second with 4,000 samples, the worst of a minute", "ms", high=200),
    "detectors.live_cpu_percent": Bar("  share of one core at a sample a minute and point", "%"),
    "detectors.all_down_ms": Bar("  a second with all 9,900 devices out of reach, median", "ms", high=200),
    "detectors.all_down_worst_ms": Bar("    the second in which they open, all at once", "ms"),
    "told.p95_s": Bar("sample committed to message at its channel, p95", "s", high=1),
    "told.p50_s": Bar("  median", "s"),
    "shown.p95_s": Bar("sample committed to open page (hub), p95", "s", high=1),
    "learned.samples_per_second": Bar("learned normal, 50,000 points, one core", "samples/s", low=1e6),
    "learned.states.samples_per_second": Bar("  where a third of them are states", "samples/s", low=1e6),
    "learned.mixed.samples_per_second": Bar("  half of them in any order at a time", "samples/s"),
    "learned.mb_per_100k_points": Bar("  memory of 100,000 points", "MB", high=350),
    "learned.nab": Bar("  NAB, standard profile, the files to develop with", "", low=70),
    "learned.nab.fixed": Bar("  the same with the product's own threshold", "", low=70),
    "hvac.days.found_percent": Bar("HVAC: labelled faulty days found", "%", low=80),
    "hvac.days.false_percent": Bar("  normal days with a false alarm", "%", high=10),
    "agent.rss_mb": Bar("agent, 1,500 points a minute: memory", "MB", high=60),
    "agent.samples_per_minute": Bar("  samples a minute", "samples"),
    "agent.cpu_percent": Bar("  share of one core", "%", high=3),
    "agent.first_acknowledged_s": Bar("  start to first sample acknowledged", "s", high=3),
    "school.light.rss_mb": Bar("150 devices: host, bacnet, printer, network, ups, probe", "MB", high=60),
    "school.light.cpu_percent": Bar("  share of one core", "%", high=3),
    "school.light.samples_per_minute": Bar("  samples a minute", "samples"),
    "school.light.polls_per_second": Bar("  polls a second", "polls/s"),
    "school.whole.rss_mb": Bar("150 devices: camera, door, display, meter too", "MB", high=120),
    "school.whole.cpu_percent": Bar("  share of one core", "%", high=3),
    "school.whole.samples_per_minute": Bar("  samples a minute", "samples"),
    "school.whole.polls_per_second": Bar("  polls a second", "polls/s"),
    "bacnet.poll.ratio": Bar("BACnet poll against bare bacpypes3 RPM", low=0.9),
    "bacnet.poll.values_per_second": Bar("  the driver", "values/s"),
    "bacnet.bare.values_per_second": Bar("  bare bacpypes3", "values/s"),
    "camera.judge.1080p_ms": Bar("camera: a 1080p snapshot judged, one core", "ms", high=25),
    "camera.judge.4k_ms": Bar("  a 4K snapshot", "ms", high=60),
    "camera.agent.rss_mb": Bar("  an agent's imports with the camera driver at work: memory", "MB", high=120),
    "camera.added.rss_mb": Bar("  of which the driver, Pillow and XML", "MB"),
    "snmp.walk.ratio": Bar("SNMP walk against bare gufo-snmp", low=0.9),
    "snmp.walk.rows_per_second": Bar("  the transport", "rows/s"),
    "snmp.bare.rows_per_second": Bar("  bare gufo-snmp, as documented (20 rows a request)", "rows/s"),
    "snmp.bare.large.rows_per_second": Bar("  bare gufo-snmp, 50 rows a request", "rows/s"),
    "probe.ratio": Bar("probe of a web page against bare asyncio", low=0.3),
    "probe.polls_per_second": Bar("  the driver", "checks/s"),
    "probe.bare.polls_per_second": Bar("  bare asyncio", "checks/s"),
    "year.found_percent": Bar("school year: faults found with the right cause in time", "%", low=95),
    "year.root_first_percent": Bar("  the root named first", "%", low=95),
    "year.problems_per_event": Bar("  problems told of an event", high=1.05),
    "year.upheavals_quiet_percent": Bar("  ordinary upheavals that opened nothing", "%", low=100),
    "year.false_per_device_week": Bar("  opened for nothing, minor and above, a device and week", high=0.005),
    "year.false_told_per_device_week": Bar("    of them told at once as shipped"),
    "year.false_critical_per_device_week": Bar("    of them critical", high=0.0005),
    "year.delay_median_of_limit": Bar("  delay, median, of the row's limit", high=0.5),
    "year.delay_p95_of_limit": Bar("  delay, p95, of the row's limit", high=1),
    "year.minutes_per_minute": Bar("  simulated minutes a minute"),
}
