"""Profiles are checked when they are loaded, and say where and how they are wrong."""

from pathlib import Path

import pytest

from protocols.driver import Sample
from protocols.drivers.network.profile import FALLBACK_NAME, built_in, choose, load, read_profile, role
from protocols.drivers.network.vendor import Names, samples
from protocols.errors import OptionError

GOOD = """
name = "Acme"
match = ["1.3.6.1.4.1.99999"]
role = "switch"
[[point]]
metric = "network.cpu.utilization"
oid = "1.3.6.1.4.1.99999.1.1.0"
mib = "ACME-MIB::acmeCpu"
"""
POINT = GOOD[: GOOD.index("[[point]]")]


def test_every_vendor_that_was_asked_for_has_a_profile() -> None:
    text = " ".join(profile.name for profile in built_in())
    wanted = ("Cisco", "HPE", "Aruba", "Juniper", "Ubiquiti", "Fortinet", "Palo Alto", "Meraki", "Ruckus")
    assert [name for name in wanted if name not in text] == []


@pytest.mark.parametrize(
    ("object_id", "name"),
    [
        ("1.3.6.1.4.1.9.1.2694", "Cisco"),
        ("1.3.6.1.4.1.11.2.3.7.11.181", "HPE Aruba AOS-S, ProCurve"),
        ("1.3.6.1.4.1.11.2.3.9.1", FALLBACK_NAME),  # an HP printer
        ("1.3.6.1.4.1.12356.101.1.1", "Fortinet"),
        ("1.3.6.1.4.1.91.1", FALLBACK_NAME),
        ("", FALLBACK_NAME),
    ],
)
def test_the_longest_prefix_wins(object_id: str, name: str) -> None:
    assert choose(built_in(), object_id).name == name


@pytest.mark.parametrize(
    ("object_id", "description", "kind"),
    [
        ("1.3.6.1.4.1.9.1.1", "Cisco Adaptive Security Appliance Version 9.16", "firewall"),
        ("1.3.6.1.4.1.9.1.617", "Cisco IOS Software, C3560 Software", "switch"),
        ("1.3.6.1.4.1.9.1.1", "Cisco IOS Software, ISR Software", "network"),
        ("1.3.6.1.4.1.9.1.1", "Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M)", "network"),
        ("1.3.6.1.4.1.9.1.1", "Cisco IOS Software, C2951 Software (C2951-UNIVERSALK9-M)", "network"),
        ("1.3.6.1.4.1.9.1.1", "Cisco IOS Software, C3900 Software (C3900-UNIVERSALK9-M)", "network"),
        ("1.3.6.1.4.1.9.1.1", "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M)", "switch"),
        ("1.3.6.1.4.1.9.1.1", "Cisco IOS Software, C3560CX Software (C3560CX-UNIVERSALK9-M)", "switch"),
        ("1.3.6.1.4.1.9.1.1", "Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE)", "switch"),
        ("1.3.6.1.4.1.12356.106.1", "", "switch"),
        ("1.3.6.1.4.1.29671.2.1", "Meraki MR46 Cloud Managed AP", "ap"),
        ("1.3.6.1.4.1.29671.2.2", "Meraki MS225-48LP Cloud Managed PoE Switch", "switch"),
        ("1.3.6.1.4.1.29671.2.3", "Meraki MX85 Cloud Managed Security Appliance", "firewall"),
        ("1.3.6.1.4.1.2636.1.1.1.2.1", "Juniper Networks, Inc. ex3400-48p Ethernet Switch", "switch"),
        ("1.3.6.1.4.1.2636.1.1.1.2.2", "Juniper Networks, Inc. srx340 internet router", "firewall"),
    ],
)
def test_roles(object_id: str, description: str, kind: str | None) -> None:
    assert role(choose(built_in(), object_id), object_id, description) == kind


def test_a_users_own_profile_wins(tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    path.write_text(GOOD.replace('99999"', '9"'))
    assert choose(load((str(path),)), "1.3.6.1.4.1.9.1.1").name == "Acme"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 1.", "acme.toml: not TOML"),
        (GOOD.replace("role", "rolle"), r"acme.toml: unknown key 'rolle' = 'switch'; did you mean 'role'\?"),
        (GOOD.replace('"switch"', '"toaster"'), "role = 'toaster': one of switch, ap, firewall, network"),
        (GOOD.replace("[[point]]", "[point]"), r"point is written \[\[point\]\]"),
        (GOOD.replace("cpu.util", "cpu.utl"), r"\[\[point\]\] 1: metric = .*did you mean 'network.cpu.utilization'"),
        (
            GOOD.replace("1.3.6.1.4.1.99999.1.1.0", "enterprises.99999"),
            r"oid = 'enterprises.99999': write an OID in numbers",
        ),
        (GOOD.replace("ACME-MIB::acmeCpu", "acme"), "name its source, as IF-MIB::ifName"),
        (GOOD + "table = true\n", "say which of the column's with pick"),
        (GOOD + 'unit = "s"\n', "is in % always; use scale"),
        (GOOD + 'label_by = "row"\n', "label_by = 'row': index, entity"),
        (
            POINT + '[[point]]\nmetric = "network.part.state"\noid = "1.3.6.1.4.1.9.1.0"\nmib = "A-MIB::b"\n',
            "give label",
        ),
        (
            POINT
            + '[[point]]\nmetric = "network.part.state"\noid = "1.3.6.1.4.1.9.1.0"\nmib = "A-MIB::b"\nlabel = "fan"\n',
            "is a state: give states",
        ),
        (
            POINT
            + '[[point]]\nmetric = "network.part.state"\noid = "1.3.6.1.4.1.9.1.0"\nmib = "A-MIB::b"\nlabel = "fan"\n'
            'states = { 1 = "fine" }\n',
            "'fine' is no state of network.part.state",
        ),
        (GOOD + '[[kind]]\nrole = "ap"\ndescription = "("\n', "no regular expression"),
        (GOOD.replace('match = ["1.3.6.1.4.1.99999"]', ""), "match is missing"),
    ],
)
def test_a_wrong_profile_says_where_and_how(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "acme.toml"
    path.write_text(text)
    with pytest.raises(OptionError, match=message):
        load((str(path),))


def test_shares_of_three_kinds() -> None:
    rows = "".join(
        f'[[point]]\nmetric = "network.{metric}"\noid = "1.3.6.1.4.1.9.1.1.0"\nmib = "A-MIB::b"\n{more}\n'
        for metric, more in (
            ("cpu.utilization", 'of = "1.3.6.1.4.1.9.1.2.0"'),
            ("memory.utilization", 'of = "1.3.6.1.4.1.9.1.2.0"\nleft = true'),
            ("sessions.used", 'rest = "1.3.6.1.4.1.9.1.2.0"'),
            ("clients", "ignore = [30]"),
        )
    )
    profile = read_profile(POINT + rows, "test")
    columns = {"1.3.6.1.4.1.9.1.1": {"0": 30}, "1.3.6.1.4.1.9.1.2": {"0": 120}}
    assert list(samples(profile, columns, Names({}, {}, {}))) == [
        Sample("network.cpu.utilization", None, 25.0),
        Sample("network.memory.utilization", None, 75.0),
        Sample("network.sessions.used", None, 20.0),
    ]


@pytest.mark.parametrize(
    ("description", "name", "kind"),
    [
        ("USW-24-PoE, 6.5.59, Linux 3.6.5", "Ubiquiti", "switch"),
        ("UAP-AC-Pro-Gen2 6.6.55.15189", "Ubiquiti", "ap"),
        ("Ubiquiti UniFi U6-Mesh 6.8.2.15592", "Ubiquiti", "ap"),
        ("Ubiquiti UniFi UDM-Pro 4.0.6 Linux 4.19", "Ubiquiti", "firewall"),
        ("Linux files 6.1.0-18-amd64", FALLBACK_NAME, None),
    ],
)
def test_unifi_is_known_by_its_description(description: str, name: str, kind: str | None) -> None:
    """Most of them leave Net-SNMP's own sysObjectID."""
    profile = choose(built_in(), "1.3.6.1.4.1.8072.3.2.10", description)
    assert (profile.name, role(profile, "1.3.6.1.4.1.8072.3.2.10", description)) == (name, kind)
    assert choose(built_in(), "1.3.6.1.4.1.12356.101.1.1", description).name == "Fortinet"


@pytest.mark.parametrize("name", [FALLBACK_NAME, "Ubiquiti"])
def test_the_disks_cache_is_no_memory_in_use(name: str) -> None:
    """A healthy Linux is nearly full of it: 1000 kB, 50 free, 100 of buffers and 600 of cache."""
    profile = next(each for each in built_in() if each.name == name)
    columns = {f"1.3.6.1.4.1.2021.4.{n}": {"0": kb} for n, kb in ((5, 1000), (6, 50), (14, 100), (15, 600))}
    columns |= {"1.3.6.1.2.1.25.2.3.1.5": {"1": 1000}, "1.3.6.1.2.1.25.2.3.1.6": {"1": 950}}
    columns |= {"1.3.6.1.2.1.25.2.3.1.2": {"1": "1.3.6.1.2.1.25.2.1.2"}, "1.3.6.1.2.1.25.2.3.1.3": {"1": b"RAM"}}
    assert list(samples(profile, columns, Names({}, {}, {}))) == [Sample("network.memory.utilization", None, 25.0)]
    rows = {oid: cells for oid, cells in columns.items() if "2021" not in oid}
    assert list(samples(profile, rows, Names({}, {}, {}))) == []


def test_merakis_dashboard_counts_access_points_and_their_clients() -> None:
    profile = next(each for each in built_in() if each.name == "Meraki")
    cells = {3: (1, 0, 1), 5: (30, 0, 45), 9: (b"MR46-HW", b"CW9166I", b"MS225-48LP-HW")}
    table = "1.3.6.1.4.1.29671.1.1.4.1"
    columns = {f"{table}.{n}": dict(zip("123", each, strict=True)) for n, each in cells.items()}
    assert list(samples(profile, columns, Names({}, {}, {}))) == [
        Sample("network.clients", None, 30.0),
        Sample("network.access.points", None, 1.0),
    ]
