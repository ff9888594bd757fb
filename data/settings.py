"""Every setting: flags, then `NEXTCALL_*` variables, then `nextcall.toml`, then defaults that need nothing installed.

Nested settings are `NEXTCALL_VALUE__MARGIN_SHARE` in the environment and `[value] margin_share` in the file.
"""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from data.decision_settings import (
    ArbitrationSettings,
    ChannelName,
    ChannelSettings,
    ContextSettings,
    ExplorationSettings,
    PopupSettings,
    SuitabilitySettings,
    default_channels,
)
from data.errors import BadInput

CONFIG_NAME = "nextcall.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ColumnSource(BaseModel):
    """Where a contract column comes from: another name, unit, date format, code list, constant or SQL expression."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: str | None = Field(default=None, alias="from")
    unit: str | None = None
    format: str | None = None
    values: dict[str, str | bool | int | float] | None = None
    null: list[str] = []
    value: str | float | bool | None = None
    sql: str | None = None


class TableSource(_Strict):
    """One source file (or folder, or glob) of a table, with its columns mapped."""

    path: str | None = None
    columns: dict[str, str | ColumnSource] = {}
    delimiter: str | None = None
    encoding: str | None = None


Response = Literal["learned", "restrained", "rerated"]


class ValueSettings(_Strict):
    """Value of an acceptance (contract, section 1).

    `response`: what V takes the new bill to be; totals that are shown stay re-rated. "learned": what acceptances of a
    plan or a pack did to bills in this lake (models.bill_response), where there were enough, else "restrained": nobody
    goes further beyond a smaller quota than today. "rerated": as the totals say.
    """

    margin_share: float = 0.45
    horizon_months: int = 12
    acceptance_bonus_cny: float = 0.0
    agent_cny_per_hour: float = 0.0
    response: Response = "learned"


class GuardSettings(_Strict):
    """Bill-rise guards; null (in TOML, which has none, "null") switches one off."""

    max_total_ratio: float | None = 1.5
    max_rent_ratio: float | None = 2.0

    @field_validator("*", mode="before")
    @classmethod
    def _off(cls, value: object) -> object:
        return None if isinstance(value, str) and value.lower() in ("null", "none", "off") else value


class CandidateSettings(_Strict):
    """The seed's candidate exclusion (domain A3.2), for `tariff` alone."""

    exclude_families: list[str] = ["ip", "student", "child", "family"]
    min_data_mb: float = 5.0


class OutcomeSettings(_Strict):
    """When an offer counts as accepted and a line as left (contract, section 1)."""

    accept_days: int = 7
    reversal_days: int = 30
    churn_days: int = 90


class TrackingSettings(_Strict):
    """MLflow: any tracking server by URI; the default is SQLite below `var`."""

    uri: str | None = None
    registry_prefix: str = "nextcall"


class KeySettings(_Strict):
    """One key to the web service: its role, and the SHA-256 of the key in hex (never the key itself)."""

    role: Literal["scorer", "planner", "reviewer", "admin"]
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class ServingSettings(_Strict):
    """Web service: store (an SQLAlchemy URL; default SQLite below `var`), keys by name, pop-up levels by offer kind."""

    store: str | None = None
    host: str = "127.0.0.1"
    keys: dict[str, KeySettings] = {}
    popup_levels: dict[str, int] = {"data_pack": 1, "plan": 2, "handset": 3, "retention": 4}
    plans_first_from_day: int = 21


class SparkSettings(_Strict):
    """Spark session: any master."""

    master: str = "local[2]"
    driver_memory: str = "4g"
    shuffle_partitions: int = 4


class Settings(BaseSettings):
    """All settings of one run."""

    model_config = SettingsConfigDict(env_prefix="NEXTCALL_", env_nested_delimiter="__", extra="forbid")

    lake: Path = Path("var/demo/lake")
    engine: Literal["duckdb", "spark"] = "duckdb"
    as_of: dt.date | None = None
    today: dt.date | None = None
    timezone: str = "Asia/Shanghai"
    bill_delay_days: int = 0
    tolerate: bool = False
    var: Path = Path("var")
    seed: int = 20260101
    country: str = "CN"
    encoder: Path | None = None
    config_folder: Path = Path()
    tables: dict[str, TableSource | list[TableSource]] = {}
    owners: dict[str, str] = {}  # department by part of a shortfall (`models.cause_owners`), before the defaults
    value: ValueSettings = ValueSettings()
    guard: GuardSettings = GuardSettings()
    candidates: CandidateSettings = CandidateSettings()
    outcomes: OutcomeSettings = OutcomeSettings()
    tracking: TrackingSettings = TrackingSettings()
    arbitration: ArbitrationSettings = ArbitrationSettings()
    context: ContextSettings = ContextSettings()
    suitability: SuitabilitySettings = SuitabilitySettings()
    exploration: ExplorationSettings = ExplorationSettings()
    capacity: dict[str, Annotated[int, Field(ge=0)]] = {}
    channels: dict[ChannelName, ChannelSettings] = {}
    popup: PopupSettings = PopupSettings()
    serving: ServingSettings = ServingSettings()
    spark: SparkSettings = SparkSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 # the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 # the signature is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, file."""
        return init_settings, env_settings, _TomlFile(settings_cls)

    @property
    def tracking_uri(self) -> str:
        """MLflow's tracking URI."""
        return self.tracking.uri or f"sqlite:///{self.var / 'mlflow.db'}"

    @property
    def store_url(self) -> str:
        """Where published labels, decisions and outcomes lie."""
        return self.serving.store or f"sqlite:///{self.var / 'nextcall.db'}"

    def channel(self, name: str) -> ChannelSettings:
        """The terms of a channel: the settings', else the assumed ones."""
        usual = default_channels().get(name, ChannelSettings())  # type: ignore[call-overload] # any text may be asked
        own = self.channels.get(name)  # type: ignore[call-overload] # the same
        return usual.model_copy(update=own.model_dump(exclude_unset=True)) if own else usual

    def clock_today(self) -> dt.date:
        """Today by the setting, else by the machine's clock."""
        return self.today or dt.date.today()


def config_path() -> Path | None:
    """The settings file: `NEXTCALL_CONFIG`, else `nextcall.toml` in the working folder, else none."""
    named = os.environ.get("NEXTCALL_CONFIG")
    if named and not Path(named).is_file():
        raise BadInput(f"NEXTCALL_CONFIG names {named}, which is no file; wanted a TOML file")
    path = Path(named) if named else Path(CONFIG_NAME)
    return path if path.is_file() else None


class _TomlFile(PydanticBaseSettingsSource):
    """`nextcall.toml` as a source of settings."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 # pydantic's signature
        """Unused: the file is read whole."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The file's content; empty where there is none."""
        path = config_path()
        return read_toml(path) | {"config_folder": path.parent} if path else {}


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dictionary; a syntax error names the file and the line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is no valid TOML: {error}") from error


def load_settings(**flags: Any) -> Settings:
    """The settings of this run; flags that are None are left to the other sources.

    >>> load_settings(engine="duckdb").value.margin_share
    0.45
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        lines = "\n".join(f"  {'.'.join(map(str, e['loc']))}: {e['msg']} (came {e['input']!r})" for e in error.errors())
        raise BadInput(f"settings are wrong (flags, NEXTCALL_* variables or {CONFIG_NAME}):\n{lines}") from error
