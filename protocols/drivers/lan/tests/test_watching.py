"""What is remembered of a network: duplicates, learning, bounds."""

from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.lan.decode import Advertisement, Claim, Offer
from protocols.drivers.lan.watching import DAY_MS, MOST_CLAIMS, MOST_DEVICES, MOST_ROUTERS, WINDOW_MS, Segment

A, B, PHONE = "00:00:0c:00:00:01", "00:00:0c:00:00:02", "da:a1:19:00:00:01"


def segment(learned: bool = True) -> Segment:
    made = Segment()
    made.look(1, 0)
    if learned:
        made.look(2, 0)
    return made


def test_an_address_that_changes_hands_once_is_no_duplicate() -> None:
    made = segment()
    for at, mac in enumerate((A, A, B, B, B)):
        made.claim(Claim(mac, "10.0.0.5"), at)
    assert made.duplicates(10) == {}


def test_an_address_that_goes_back_and_forth_is_one_until_it_rests() -> None:
    made = segment()
    for at, mac in enumerate((A, B, A)):
        made.claim(Claim(mac, "10.0.0.5"), at)
    assert made.duplicates(10) == {"10.0.0.5": (B, A)}
    assert made.duplicates(10 + WINDOW_MS) == {}


def test_probes_claim_nothing() -> None:
    made = segment()
    for at, mac in enumerate((A, B, A)):
        made.claim(Claim(mac, None), at)
    assert made.duplicates(10) == {}
    assert set(made.devices) == {A, B}


def test_the_first_look_makes_nothing_new_and_a_phone_never_is() -> None:
    made = segment(learned=False)
    made.device(A, 1)
    made.look(2, 0)
    made.device(B, 2)
    made.device(PHONE, 2)
    assert made.fresh == [B]
    assert (made.devices[A].first, made.devices[B].first) == (0, 2)
    assert set(made.random) == {PHONE}


def test_learning_lasts_as_long_as_it_is_told() -> None:
    made = Segment()
    made.look(1_000, 60_000)
    made.offered([Offer(1, "10.0.0.1", A)])
    made.look(61_001, 60_000)
    made.offered([Offer(1, "10.0.0.1", A), Offer(1, "10.0.0.9", B)])
    assert [offer.server for offer in made.rogue_servers(())] == ["10.0.0.9"]


def test_a_router_ends_with_its_lifetime_or_when_it_says_so() -> None:
    made = segment()
    made.advertised(Advertisement("fe80::1", A, 1800), 0)
    made.advertised(Advertisement("fe80::2", B, 1800), 0)
    made.advertised(Advertisement("fe80::2", B, 0), 1)
    made.expire(1_799_000)
    assert set(made.routers) == {"fe80::1"}
    made.expire(1_800_001)
    assert made.routers == {}


def test_a_flood_of_made_up_devices_is_bounded() -> None:
    made = segment()
    for number in range(MOST_DEVICES + 5000):
        mac = f"00:00:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
        made.claim(Claim(mac, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"), number)
        made.advertised(Advertisement(f"fe80::{number:x}", mac, 9000), number)
    assert len(made.devices) == MOST_DEVICES
    assert len(made._claims) == MOST_CLAIMS
    assert len(made.routers) == MOST_ROUTERS


def test_what_says_nothing_any_more_is_let_go() -> None:
    """Phones make up a new address every day for a year."""
    made = segment()
    for day in range(365):
        made.claim(Claim(f"da:a1:19:00:{day >> 8:02x}:{day & 255:02x}", f"10.0.{day >> 8}.{day & 255}"), day * DAY_MS)
        made.expire(day * DAY_MS)
    assert len(made.random) <= 2
    assert len(made._claims) == 1


def test_gateways_that_share_an_address_are_no_duplicate() -> None:
    """GLBP hands out several, VRRP and HSRP have one beside the router's own."""
    made = segment()
    for at, mac in enumerate(
        ("00:07:b4:00:01:01", "00:07:b4:00:01:02", "00:00:5e:00:01:07", A, "00:00:0c:07:ac:01", A) * 2
    ):
        made.claim(Claim(mac, "10.0.0.1"), at)
    assert made.duplicates(20) == {}


TERMS = b"the same network"


def test_a_failover_partner_is_not_foreign_and_a_home_router_is() -> None:
    made = segment(learned=False)
    made.offered([Offer(1, "10.0.0.2", A, TERMS), Offer(1, "10.0.0.3", A)])
    made.look(2, 0)
    made.offered([Offer(2, "10.0.0.4", B, TERMS), Offer(2, "192.168.1.1", B, b"its own"), Offer(2, "10.0.0.9", B)])
    assert [offer.server for offer in made.rogue_servers(())] == ["192.168.1.1", "10.0.0.9"]
    assert [offer.server for offer in made.rogue_servers(["10.0.0.2"])] == ["10.0.0.4", "192.168.1.1", "10.0.0.9"]


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.integers(0, DAY_MS)), max_size=30))
def test_a_duplicate_always_names_two(claims: list[tuple[str, int]]) -> None:
    made = segment()
    for mac, at in sorted(claims, key=lambda each: each[1]):
        made.claim(Claim(mac, "10.0.0.5"), at)
    for pair in made.duplicates(DAY_MS).values():
        assert set(pair) == {A, B}
