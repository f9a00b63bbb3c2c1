"""Metrics of the building's network as a watcher sees it."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "lan.device.count",
        "1",
        "gauge",
        None,
        "Devices with an address of their maker that were seen within the last day",
    ),
    Metric(
        "lan.device.random", "1", "gauge", None, "Random addresses (phones, mostly) that were seen within the last day"
    ),
    Metric("lan.device.new", "1", "gauge", None, "Devices first seen within the last day"),
    Metric("lan.address.duplicate", "1", "gauge", None, "Addresses that two devices claim"),
    Metric("lan.dhcp.servers", "1", "gauge", None, "DHCP servers that offered an address"),
    Metric("lan.dhcp.rogue", "1", "gauge", None, "DHCP servers that offered an address and are not expected"),
    Metric("lan.dhcp.duration", "s", "gauge", None, "Time until the first DHCP server offered an address"),
    Metric("lan.dhcp.scope.utilization", "%", "gauge", "scope", "Addresses of a DHCP scope that are leased"),
    Metric("lan.router.advertisers", "1", "gauge", None, "IPv6 routers that advertise themselves"),
    Metric("lan.router.rogue", "1", "gauge", None, "IPv6 routers that advertise themselves and are not expected"),
    Metric("lan.broadcast.rate", "1/s", "gauge", None, "Broadcast and multicast packets a second at the agent's port"),
    Metric("lan.broadcast.share", "%", "gauge", None, "Share of the packets received that were broadcast or multicast"),
    Metric("lan.arp.rate", "1/s", "gauge", None, "ARP packets a second at the agent's port"),
    Metric("lan.dns.duration", "s", "gauge", "server", "Time until a name server answered"),
    Metric(
        "lan.dns.state",
        "1",
        "state",
        "server",
        "Whether a name server answers",
        {0: "no answer", 1: "answers", 2: "fails", 255: "unknown"},
    ),
)
