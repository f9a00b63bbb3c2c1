"""What the agent says of the machine it runs on."""

from pathlib import Path

from agent.status import host, last_will
from protocols.wire.messages import decode_status


def test_load_memory_and_the_hottest_sensor(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable:  250 kB\n")
    for number, reading in enumerate((41000, 55500)):
        zone = tmp_path / f"thermal_zone{number}"
        zone.mkdir()
        (zone / "temp").write_text(f"{reading}\n")
    found = host(tmp_path / "meminfo", tmp_path)
    assert found["memory"] == 75.0
    assert found["temperature"] == 55.5
    assert found["load"] >= 0


def test_what_the_machine_does_not_say_is_left_out(tmp_path: Path) -> None:
    assert set(host(tmp_path / "absent", tmp_path)) <= {"load"}


def test_the_last_will_says_offline_and_is_retained() -> None:
    will = last_will("lincoln-ms")
    assert will.retain
    assert will.topic == "firstbell/v1/lincoln-ms/status"
    assert decode_status(will.payload) == {"online": False}
