"""The collector's settings: command line over environment over one TOML file over what a running `firstbell up` wrote.

Everything is checked before anything is connected. A wrong value raises `OptionError` naming file, key, value and, for an
unknown key, the nearest valid one.
"""

import difflib
import os
import socket
import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from collector.notify.guard import Allowed, allowed_of
from collector.store.dsn import check_dsn
from protocols.errors import BrokerError, OptionError
from protocols.mqtt import Endpoint, Tls, tls_context
from protocols.options import nearest

PREFIX = "FIRSTBELL_"
DEFAULT_FILE = Path("/etc/firstbell/collector.toml")
RUN_FILE = "run.toml"
_EVERY_INTERFACE = ("0.0.0.0", "::")  # noqa: S104 (recognised, not listened on)
_BROKER_FILES = ("broker_ca", "broker_certificate", "broker_key")
_NEAR = 0.75
"""How like a known variable, from 0 to 1, one must be that is taken for a mistyped one."""
_Table = dict[str, Any]


def default_data() -> Path:
    """Where data is kept when nobody says: `/var/lib/firstbell` for root, else the user's XDG data directory."""
    if os.geteuid() == 0:
        return Path("/var/lib/firstbell")
    home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(home) if home.startswith("/") else Path.home() / ".local" / "share") / "firstbell"


class Settings(BaseSettings):
    """Every setting of the collector, checked. Made by `load_settings`; tests may make one directly."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    data: Path = Field(
        default_factory=default_data, description="Folder for what the collector keeps beside the database."
    )
    database: SecretStr | None = Field(None, description="PostgreSQL, as a libpq string or URL.")
    database_file: Path | None = Field(
        None, description="A file that holds `database`, to keep its password out of here."
    )
    http: str = Field("127.0.0.1:8470", description="HOST:PORT of the console and the API.")
    broker: str = Field("127.0.0.1:1883", description="HOST:PORT of the MQTT broker.")
    broker_ca: Path | None = Field(None, description="PEM file of the broker's CA; given, the connection is TLS.")
    broker_certificate: Path | None = Field(None, description="PEM file of the collector's certificate for the broker.")
    broker_key: Path | None = Field(None, description="PEM file of that certificate's private key.")
    agent_broker: str | None = Field(
        None, description="HOST:PORT of the broker's TLS listener, as agents elsewhere reach it; enrolment tells them."
    )
    shared_subscription: bool = Field(False, description="Share ingest with other collectors on the same database.")
    public_url: str | None = Field(
        None, description="The address people and agents use, for links: https://bell.example."
    )
    private_hosts: str = Field(
        "", description="Inner hosts that channels may reach: names, addresses, networks, separated by commas."
    )
    watcher_url: SecretStr | None = Field(
        None, description="An outside watcher's URL, asked every 5 minutes while all is well here."
    )
    retention_raw: int = Field(14, ge=1, le=36_500, description="Days that raw samples are kept.")
    retention_5m: int = Field(180, ge=1, le=36_500, description="Days that 5-minute rollups are kept.")
    retention_1h: int = Field(1_830, ge=1, le=36_500, description="Days that hourly rollups and events are kept.")

    @field_validator("http", "broker", "agent_broker")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None:
            split_address(value)
        return value

    @field_validator("database")
    @classmethod
    def _is_dsn(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_dsn(value.get_secret_value())
        return value

    @field_validator("private_hosts")
    @classmethod
    def _are_hosts(cls, value: str) -> str:
        allowed_of(value)
        return value

    @field_validator("watcher_url")
    @classmethod
    def _is_web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must begin with https:// or http://")
        return value

    @field_validator("public_url")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with https:// or http://")
        return value.rstrip("/") if value else None

    @model_validator(mode="after")
    def _files_belong_together(self) -> Self:
        if (self.broker_certificate is None) != (self.broker_key is None):
            raise ValueError("broker_certificate and broker_key are given together or not at all")
        if self.broker_certificate is not None and self.broker_ca is None:
            raise ValueError("broker_certificate needs broker_ca: without it the connection is not TLS")
        if self.database is not None and self.database_file is not None:
            raise ValueError("give database or database_file, not both")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` merged: so that each error can name where its value came from."""
        return (init_settings,)

    def allowed(self) -> Allowed:
        """The inner hosts that channels may reach."""
        return allowed_of(self.private_hosts)

    def dsn(self) -> str:
        """The database's libpq string. Raises `OptionError` when none was given or its file cannot be read."""
        if self.database is not None:
            return self.database.get_secret_value()
        if self.database_file is None:
            raise OptionError(
                "no database: give --database DSN, set FIRSTBELL_DATABASE or `database` in the configuration file,"
                f" or start `firstbell up --data {self.data}`"
            )
        where = f"database_file = {str(self.database_file)!r}"
        try:
            return check_dsn(self.database_file.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise OptionError(f"{where}: {error.strerror}") from error
        except ValueError as error:
            raise OptionError(f"{where}: {error}") from error

    def endpoint(self, client_id: str) -> Endpoint:
        """The broker, as `client_id`; TLS when `broker_ca` is given. Raises `OptionError` for files that cannot be used."""
        host, port = split_address(self.broker)
        return Endpoint(host, port, client_id, tls=self._tls())

    def _tls(self) -> Tls | None:
        """The files of a TLS connection, looked at now: what is wrong with them is not the broker's to say, later."""
        if self.broker_ca is None:
            return None
        files = {name: getattr(self, name) for name in _BROKER_FILES}
        for name, path in files.items():
            if path is not None:
                _check_readable(name, path)
        tls = Tls(*files.values())
        try:
            tls_context(tls)
        except BrokerError as error:
            raise OptionError(
                f"{', '.join(name for name in files if files[name])}: {error}; give PEM files, and that certificate's key"
            ) from error
        return tls

    def base_url(self) -> str:
        """How people reach the console: `public_url`, else the address that is listened on (by name, if it is every one)."""
        if self.public_url:
            return self.public_url
        host, port = split_address(self.http)
        if host in _EVERY_INTERFACE:
            return f"http://{socket.gethostname()}:{port}"
        return f"http://{self.http}"


def split_address(text: str) -> tuple[str, int]:
    """`HOST:PORT` (an IPv6 host in brackets) as host and port. Raises `ValueError`."""
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError("must be HOST:PORT with a port from 0 to 65535, as in 127.0.0.1:8470")
    if ":" in bare and not host.startswith("["):
        raise ValueError("an IPv6 address is written in brackets, as in [::1]:8470")
    return bare, int(port)


def _check_readable(name: str, path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise OptionError(
            f"{name} = {str(path)!r}: {error.strerror}; correct the path, or let First Bell's user read the file"
        ) from error


def load_settings(config: Path | None = None, **given: object) -> Settings:
    """The settings in force. `given` is what the command line said (None: nothing). Raises `OptionError`."""
    sources: list[tuple[str, _Table]] = [
        ("the command line", {key: value for key, value in given.items() if value is not None}),
        ("the environment", _environment()),
        _file(config),
    ]
    data = next((table["data"] for _, table in sources if "data" in table), default_data())
    run = Path(str(data)) / RUN_FILE
    sources.append((str(run), _read(run) if _exists(run) else {}))
    merged: _Table = {}
    origin: dict[str, str] = {}
    for where, table in sources:
        _refuse_unknown(where, table)
        for key, value in table.items():
            if key not in merged and not _displaced(key, merged):
                merged[key], origin[key] = value, where
    try:
        return Settings(**merged)
    except ValidationError as error:
        raise OptionError(_explain(error, merged, origin)) from error


def _displaced(key: str, merged: _Table) -> bool:
    """Whether a stronger source already said the same in another way."""
    return {"database": "database_file", "database_file": "database"}.get(key, "") in merged


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _file(config: Path | None) -> tuple[str, _Table]:
    path = config or (Path(os.environ[PREFIX + "CONFIG"]) if os.environ.get(PREFIX + "CONFIG") else None)
    if path is None:
        return str(DEFAULT_FILE), _read(DEFAULT_FILE) if _exists(DEFAULT_FILE) else {}
    return str(path), _read(path)


def _read(path: Path) -> _Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{path}: is not TOML: {error}") from error


def _environment() -> _Table:
    known = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields}
    given = {name: value for name, value in os.environ.items() if value != ""}
    for name in sorted(given):
        _refuse_near_miss(name, [*known, f"{PREFIX}CONFIG"])
    return {known[name]: value for name, value in given.items() if name in known}


def _refuse_near_miss(name: str, known: list[str]) -> None:
    """Refuse a mistyped variable. Others that begin alike may be anybody's: Kubernetes sets FIRSTBELL_…_PORT by itself."""
    if name in known or not name.upper().startswith(PREFIX) or name.endswith("_PORT"):
        return
    bare = name.upper().removeprefix(PREFIX)
    close = difflib.get_close_matches(bare, [key.removeprefix(PREFIX) for key in known], n=1, cutoff=_NEAR)
    if close:
        raise OptionError(f"the environment: unknown variable {name!r}; did you mean {PREFIX + close[0]!r}?")


def _refuse_unknown(where: str, table: _Table) -> None:
    known = list(Settings.model_fields)
    for key, value in table.items():
        if key not in known:
            raise OptionError(f"{where}: unknown key {key!r} = {str(value)[:60]!r}{nearest(key, known)}")


def _explain(error: ValidationError, merged: _Table, origin: dict[str, str]) -> str:
    """One line of the first thing that is wrong; a secret's value is not repeated."""
    first = error.errors(include_url=False)[0]
    reason = first["msg"].removeprefix("Value error, ")
    key = str(first["loc"][0]) if first["loc"] else ""
    if not key:
        return f"{', '.join(sorted(set(origin.values())))}: {reason}"
    shown = "" if key in ("database", "watcher_url") else f" = {str(merged.get(key))[:60]!r}"
    return f"{origin.get(key, 'settings')}: {key}{shown}: {reason}"
