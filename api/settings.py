"""Settings: read once from the environment (``CONDUCTOR_…``) or ``.env``, then handed down. See docs/settings.md."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from agents.build import EnsembleSettings
from evidence.errors import InvalidInput
from evidence.plain_messages import own_words
from graphs.messages.server import MailSettings


def _listed(value: Any) -> Any:
    """A list may be written ``en,de`` or as JSON."""
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.startswith("[") else [part.strip() for part in value.split(",")]


class Settings(BaseSettings):
    """Everything an installation can set."""

    model_config = SettingsConfigDict(
        env_prefix="CONDUCTOR_", env_file=".env", env_nested_delimiter="__", extra="ignore", hide_input_in_errors=True
    )

    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///var/conductor.db"), description="SQLite file or PostgreSQL address"
    )
    key_file: Path = Field(default=Path("var/conductor.key"), description="the key that wraps every learner's data key")
    signing_key_file: Path | None = Field(
        default=None, description="the key that signs audit heads and passports; beside the key file where it is empty"
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8080, ge=0, le=65535, description="port to listen on")
    public_url: str = Field(default="", description="the https address people use, where it is not http://host:port")
    languages: Annotated[frozenset[Literal["en", "de", "fr", "es"]], NoDecode, BeforeValidator(_listed)] = Field(
        default=frozenset({"en"}), description="languages in which scenarios may be ordered"
    )
    demo: bool = Field(default=False, description="the first page offers to enter as somebody of the demo company")
    executor_id: str = Field(default="server", description="stable name of this process for background work")
    workers: int = Field(default=4, ge=0, le=64, description="how many pieces of work go forward at once in a process")
    background_workers: int = Field(default=1, ge=1, le=64, description="how many heavy jobs a process does at once")
    workers_everywhere: int = Field(
        default=0, ge=0, le=1024, description="how many pieces of work go forward in all processes; 0 is no limit"
    )
    drain_seconds: float = Field(
        default=20.0, ge=0, le=600, description="how long steps under way may take when a process is told to end"
    )
    failpoints: str = Field(default="", description="for tests only: where this process dies, fails or stalls")
    session_hours: int = Field(default=12, ge=1, le=720, description="how long a login lasts")
    signing_minutes: int = Field(
        default=30, ge=1, le=720, description="how fresh a login must be to decide at a checkpoint"
    )
    coach_looks_on: bool = Field(
        default=False,
        description="where a model coaches, it looks on beside the scene; what only it saw counts a turn later",
    )
    contacts: str = Field(
        default="Please talk to somebody you trust, or to your company's confidential contact.",
        description="shown when a learner tells of real distress",
    )
    tracing: str = Field(
        default="", description="LangSmith project to trace to; empty means no tracing leaves the machine"
    )
    currency: str = Field(default="EUR", max_length=10, description="the currency of prices and budgets")
    least_people: int = Field(
        default=10, ge=5, le=1000, description="how many people a published count is made of, at least"
    )
    mail: MailSettings = Field(default_factory=MailSettings, description="the mail server; without one nothing is sent")
    models: EnsembleSettings = Field(default_factory=EnsembleSettings, description="who plays each role")

    @field_validator("mail")
    @classmethod
    def _has_links(cls, value: MailSettings, info: ValidationInfo) -> MailSettings:
        if value.host and not str(info.data.get("public_url", "")).startswith(("http://", "https://")):
            raise ValueError("e-mails need links: set CONDUCTOR_PUBLIC_URL to the address that people use")
        return value

    @property
    def signing_key(self) -> Path:
        """The file of the signing key."""
        return self.signing_key_file or self.key_file.with_name(f"{self.key_file.stem}-signing.pem")

    @property
    def secure(self) -> bool:
        """Whether people reach this installation over https."""
        return self.public_url.startswith("https://")


def load_settings(**overrides: object) -> Settings:
    """Read the settings.

    Raises:
        InvalidInput: one cannot be used; the message names it and never its value.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except SettingsError as error:
        found = re.search(r'field "(\w+)"', str(error))
        name = f"CONDUCTOR_{found.group(1).upper()}" if found else "CONDUCTOR_…"
        raise InvalidInput(
            "This is not valid JSON.", where=name, todo="docs/settings.md lists what it takes."
        ) from error
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "CONDUCTOR_" + "__".join(str(part) for part in first["loc"]).upper()
        raise InvalidInput(own_words(first), where=name, todo="docs/settings.md lists what it takes.") from error
