"""The points of a network: metric, and where it is seen."""

from protocols.driver import PointRow

POINTS = (
    PointRow("lan.device.count", "the kernel's neighbour table (IPv4, IPv6); with `listen` every ARP packet"),
    PointRow("lan.device.random", "the same: addresses with the locally administered bit"),
    PointRow("lan.device.new", "the same, after learning"),
    PointRow("lan.address.duplicate", "an address that goes from one device to another and back within 10 min"),
    PointRow("lan.dhcp.servers", "offers to a DISCOVER (option `dhcp`), by server identifier"),
    PointRow("lan.dhcp.rogue", "the same, less those expected"),
    PointRow("lan.dhcp.duration", "time until the first offer"),
    PointRow("lan.router.advertisers", "ICMPv6 router advertisements (option `listen`), while their lifetime lasts"),
    PointRow("lan.router.rogue", "the same, less those expected"),
    PointRow("lan.broadcast.rate", "frames to a group address, counted by the kernel (option `listen`)"),
    PointRow("lan.broadcast.share", "the same, of all frames received"),
    PointRow("lan.arp.rate", "ARP frames, counted by the kernel (option `listen`)"),
    PointRow("lan.dns.duration", "a question for the root's name servers over UDP"),
    PointRow("lan.dns.state", "the same"),
)
