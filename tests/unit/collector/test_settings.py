"""Settings: where each value comes from, and the one line that says what is wrong with it."""

from datetime import UTC, datetime

import pytest

from collector.fleet import authority
from collector.house import build
from collector.settings import Settings, load_settings, split_address
from protocols.clock import SystemClock
from protocols.errors import OptionError
from protocols.mqtt import Tls

DSN = "host=db dbname=firstbell"


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch, tmp_path):
    """Nothing of this machine's own settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FIRSTBELL_{name.upper()}", raising=False)
    monkeypatch.delenv("FIRSTBELL_CONFIG", raising=False)
    monkeypatch.setattr("collector.settings.DEFAULT_FILE", tmp_path / "none.toml")
    monkeypatch.setattr("collector.settings.default_data", lambda: tmp_path / "data")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_defaults_work():
    settings = load_settings()
    assert (settings.http, settings.broker, settings.retention_raw) == ("127.0.0.1:8470", "127.0.0.1:1883", 14)
    assert settings.base_url() == "http://127.0.0.1:8470"


def test_the_command_line_beats_the_environment_beats_the_file_beats_the_run_file(tmp_path, monkeypatch):
    run = write(
        tmp_path / "data" / "run.toml",
        'http = "1.1.1.1:4"\nbroker = "b:4"\ndatabase = "host=r"\npublic_url = "http://r"',
    )
    config = write(tmp_path / "c.toml", 'http = "1.1.1.1:3"\nbroker = "b:3"\ndatabase = "host=f"')
    monkeypatch.setenv("FIRSTBELL_HTTP", "1.1.1.1:2")
    monkeypatch.setenv("FIRSTBELL_BROKER", "b:2")
    settings = load_settings(config, data=run.parent, http="1.1.1.1:1", broker=None)
    assert (settings.http, settings.broker, settings.dsn(), settings.public_url) == (
        "1.1.1.1:1",
        "b:2",
        "host=f",
        "http://r",
    )


def test_a_database_of_the_command_line_displaces_a_database_file(tmp_path):
    config = write(tmp_path / "c.toml", f'database_file = "{tmp_path}/dsn"')
    assert load_settings(config, database=DSN).dsn() == DSN


def test_a_database_can_be_in_a_file_of_its_own(tmp_path):
    secret = write(tmp_path / "dsn", f"{DSN}\n")
    assert load_settings(database_file=secret).dsn() == DSN
    with pytest.raises(OptionError, match=r"database_file = .*none'.*No such file"):
        load_settings(database_file=tmp_path / "none").dsn()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("htpp = 'x'", ["c.toml", "'htpp'", "'x'", "did you mean 'http'"]),
        ("http = '8470'", ["c.toml", "http = '8470'", "HOST:PORT"]),
        ("http = 'x:70000'", ["http = 'x:70000'", "65535"]),
        ("broker = '::1:1883'", ["broker", "brackets"]),
        ("retention_raw = 0", ["retention_raw = '0'", "greater than or equal to 1"]),
        ("public_url = 'bell.example'", ["public_url", "https://"]),
        ("broker_key = 'k.pem'", ["c.toml", "broker_certificate and broker_key"]),
        ("broker_key = 'k'\nbroker_certificate = 'c'", ["needs broker_ca"]),
        ("shared_subscription = 'maybe'", ["shared_subscription = 'maybe'"]),
        ("= 3", ["c.toml", "is not TOML"]),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_value(tmp_path, text, words):
    config = write(tmp_path / "c.toml", text)
    with pytest.raises(OptionError) as caught:
        load_settings(config)
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("FIRSTBELL_DATABSE", "FIRSTBELL_DATABASE"),
        ("FIRSTBELL_HTPP", "FIRSTBELL_HTTP"),
        ("FIRSTBELL_BROKERCA", "FIRSTBELL_BROKER_CA"),
        ("FIRSTBELL_CONFG", "FIRSTBELL_CONFIG"),
        ("Firstbell_Broker", "FIRSTBELL_BROKER"),
    ],
)
def test_a_mistyped_variable_is_refused_with_the_nearest_and_without_its_value(monkeypatch, wrong, right):
    monkeypatch.setenv(wrong, "sesame")
    with pytest.raises(OptionError) as caught:
        load_settings()
    assert str(caught.value) == f"the environment: unknown variable {wrong!r}; did you mean {right!r}?"


def test_variables_of_others_that_begin_alike_are_left_alone(monkeypatch):
    """What Kubernetes sets for services of these names, and what our tests read."""
    for service in ("", "_BROKER", "_DATABASE", "_HTTP"):
        for link in ("PORT", "SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT_80_TCP", "PORT_80_TCP_ADDR"):
            monkeypatch.setenv(f"FIRSTBELL{service}_{link}", "tcp://10.0.0.1:80")
    for name in ("TEST_DSN", "TEST_ROOT", "SCREENSHOTS"):
        monkeypatch.setenv(f"FIRSTBELL_{name}", "x")
    assert load_settings().broker == "127.0.0.1:1883"


def test_a_wrong_database_is_not_repeated_for_it_may_hold_a_password():
    with pytest.raises(OptionError, match="command line: database: must be a libpq string") as caught:
        load_settings(database="postgres sesame")
    assert "sesame" not in str(caught.value)
    assert "sesame" not in repr(load_settings(database="password=sesame"))


def test_no_database_says_how_to_name_one():
    with pytest.raises(OptionError, match="--database DSN"):
        load_settings().dsn()


def test_a_configuration_that_is_not_there(tmp_path):
    with pytest.raises(OptionError, match=r"none\.toml: cannot be read: No such file"):
        load_settings(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "expected"), [("a:1", ("a", 1)), ("[::1]:80", ("::1", 80)), ("0.0.0.0:0", ("0.0.0.0", 0))]
)
def test_addresses(text, expected):
    assert split_address(text) == expected


@pytest.fixture
def pem(tmp_path):
    """A CA's file, a certificate of it and that one's key."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ca = authority.load(tmp_path / "authority", now)
    certificate, key = ca.serve(["localhost"], now)
    files = {"broker_ca": ca.pem, "broker_certificate": certificate, "broker_key": key}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in files}


def test_the_broker_is_tls_when_its_ca_is_given(pem):
    assert load_settings().endpoint("me").tls is None
    tls = load_settings(**pem).endpoint("me").tls
    assert tls == Tls(pem["broker_ca"], pem["broker_certificate"], pem["broker_key"])


@pytest.mark.parametrize("name", ["broker_ca", "broker_certificate", "broker_key"])
def test_a_broker_file_that_is_not_there_is_named_before_anything_is_connected(pem, name):
    pem[name].unlink()
    with pytest.raises(OptionError) as caught:
        build(load_settings(database=DSN, **pem), SystemClock())
    assert str(caught.value) == (
        f"{name} = {str(pem[name])!r}: No such file or directory; correct the path, or let First Bell's user read the file"
    )


def test_broker_files_of_another_content_are_named(pem):
    pem["broker_key"].write_text("no key")
    with pytest.raises(OptionError, match=r"broker_ca, broker_certificate, broker_key: .*; give PEM files") as caught:
        load_settings(**pem).endpoint("me")
    assert str(pem["broker_key"]) in str(caught.value)
