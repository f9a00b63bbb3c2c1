"""Metrics of the building's network as a watcher sees it."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric("lan.dhcp.servers", "1", "gauge", None, "DHCP servers that offered an address"),
    Metric("lan.dhcp.rogue", "1", "gauge", None, "DHCP servers that offered an address and are not expected"),
    Metric("lan.device.new", "1", "gauge", None, "Devices first seen within the last day"),
    Metric("lan.address.duplicate", "1", "gauge", None, "Addresses that two devices claim"),
    Metric("lan.broadcast.rate", "1/s", "gauge", None, "Broadcast and multicast packets a second at the agent's port"),
)
