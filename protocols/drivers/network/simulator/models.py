"""The devices that can be played: what each says of itself and how it numbers and names its ports. A row each."""

from typing import NamedTuple


class Model(NamedTuple):
    """One model. `first` is the ifIndex of its port 1; `name` its port's name, with {n}; `poe` whether it gives power."""

    object_id: str
    description: str
    maker: str
    model: str
    firmware: str
    first: int
    name: str
    poe: bool
    services: int = 78


MODELS = {
    "aruba": Model(
        "1.3.6.1.4.1.11.2.3.7.11.181.18",
        "Aruba JL256A 2930F-48G-PoE+-4SFP+ Switch, revision WC.16.11.0012, ROM WC.16.01.0010",
        "HPE", "JL256A", "WC.16.11.0012", 1, "{n}", True,
    ),
    "cisco": Model(
        "1.3.6.1.4.1.9.1.2694",
        "Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_LITE_IOSXE), Version 17.9.4a, RELEASE SOFTWARE (fc3)",
        "Cisco Systems Inc", "C9200L-48P-4G", "17.09.04a", 10101, "Gi1/0/{n}", True,
    ),
    "fortigate": Model(
        "1.3.6.1.4.1.12356.101.1.1005", "FortiGate of Lincoln Middle School", "Fortinet", "FGT_100F", "v7.2.8,build1639,240313 (GA.M)",
        1, "port{n}", False,
    ),
}  # fmt: skip
