"""What the environment says: Slack's secrets, the database, the address to listen on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.exits import ConfigError
from bot.places import shown

SLACK_API = "https://slack.com/api/"


def _starts(prefix: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value().startswith(prefix):
            raise ValueError("the wrong kind of token")
        return secret

    return AfterValidator(check)


class Environment(BaseSettings):
    """The environment variables of the program; each is its field's name in capitals.

    A variable that is set but empty counts as not set.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    slack_bot_token: Annotated[SecretStr, _starts("xoxb-")] | None = Field(
        default=None, description="a bot token, xoxb-…"
    )
    slack_app_token: Annotated[SecretStr, _starts("xapp-")] | None = Field(
        default=None, description="an app-level token, xapp-… (the one for Socket Mode)"
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None, description="the signing secret of the Slack app"
    )
    slack_api_url: str = Field(
        default=SLACK_API, pattern=r"^https?://[^/\s]+.*/api/$", description="an address that ends in /api/"
    )
    database_url: SecretStr | None = Field(
        default=None, description="sqlite://path or postgres://user:password@host/name"
    )
    oratio_config: Path = Field(default=Path("oratio.toml"), description="the path of a file")
    oratio_data: Path = Field(default=Path("data"), description="the path of a folder")
    oratio_durations: dict[str, float] = Field(default={}, description="a JSON object of seconds")
    host: str = Field(default="127.0.0.1", pattern=r"^\S+$", description="an address to listen on")
    port: int = Field(default=8080, ge=0, le=65535, description="a number from 0 (any free one) to 65535")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s?#]+[^\s?#]*$",
        description="an address such as https://chat.example.com",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="one of DEBUG, INFO, WARNING and ERROR"
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="one of auto, json and console"
    )


class Given(Environment):
    """The same settings, said in code: takes nothing from the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Pydantic's order of sources: only what the caller gives."""
        return (init_settings,)


SECRETS = frozenset(
    name for name, field in Environment.model_fields.items() if "SecretStr" in str(field.annotation)
)


def read_environment() -> Environment:
    """The environment as it is now. Raises `ConfigError` for the first variable that is wrong."""
    try:
        return Environment()
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(str(first["loc"][0]), first["input"]) from None
    except SettingsError:
        raise _wrong("oratio_durations", None) from None


def _wrong(name: str, value: object) -> ConfigError:
    rule = Environment.model_fields[name].description
    instead = "" if name in SECRETS or value is None else f", not {shown(value)}"
    return ConfigError(f"The environment variable {name.upper()} must be {rule}{instead}.")
