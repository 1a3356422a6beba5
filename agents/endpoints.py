"""How a model is reached: its settings, and LangChain's chat model for it.

LangChain and the client are imported when a model is first asked: they are most of a slow start.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from agents.connections import connections, unused_connections
from agents.metering import Price

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

Role = Literal["author", "alignment", "persona", "coach"]

_NO_KEY = "no-key-is-set"  # the client insists on one; an empty value would make it look into the environment


class ModelSettings(BaseModel):
    """How one role's model is reached. Plain values, injected; nothing here is read from the environment.

    ``timeout_seconds`` bounds a whole reply, retries included. In a stream, ``first_token_seconds`` bounds the wait for
    the first words, and ``stall_seconds`` every later silence. ``structured`` is the best way in which the server can
    be asked for JSON, and ``quotes`` whether its schema may list the sentences that can be quoted. ``concurrency`` is
    this role's own share of the endpoint; prices are per million tokens; limits of 0 are none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    base_url: str = ""
    gguf: Path | None = None
    model: str = Field(default="", validate_default=False)
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    api_version: str = ""
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int = Field(default=4096, ge=1)
    max_tokens_as: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    timeout_seconds: float = Field(default=120, gt=0)
    first_token_seconds: float = Field(default=45, gt=0)
    stall_seconds: float = Field(default=15, gt=0)
    max_retries: int = Field(default=2, ge=0, le=10)
    structured: Literal["json_schema", "json_object", "prompt"] = "json_schema"
    quotes: Literal["listed", "free"] = "listed"
    concurrency: int = Field(default=8, ge=1, le=1000)
    requests_per_minute: int = Field(default=0, ge=0)
    tokens_per_minute: int = Field(default=0, ge=0)
    input_price: float = Field(default=0, ge=0)
    cached_price: float | None = Field(default=None, ge=0)
    output_price: float = Field(default=0, ge=0)

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("the address must begin with http:// or https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _is_reachable(self) -> ModelSettings:
        if self.gguf is None and not self.base_url:
            raise ValueError("a model needs a base_url (its endpoint's address) or a gguf (a file on this machine)")
        if self.gguf is None and not self.model:
            raise ValueError("the model's name at its endpoint is missing")
        if self.api_key is not None and self.api_key_file is not None:
            raise ValueError("set api_key or api_key_file, not both")
        return self

    @property
    def price(self) -> Price:
        """What tokens cost; cached ones like others where nothing else is set."""
        cached = self.input_price if self.cached_price is None else self.cached_price
        return Price(input=self.input_price, cached=cached, output=self.output_price)

    def key(self) -> SecretStr | None:
        """The key, read from its file where one is named.

        Raises:
            InvalidInput: the file cannot be read or is empty.
        """
        if self.api_key_file is None:
            return self.api_key
        from evidence.errors import InvalidInput

        try:
            text = self.api_key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(
                f"The key file {self.api_key_file} cannot be read ({type(error).__name__}).",
                where="api_key_file",
                todo="Check its path, and that this process may read it.",
            ) from None
        if not text:
            raise InvalidInput(f"The key file {self.api_key_file} is empty.", where="api_key_file")
        return SecretStr(text)


def chat_model(settings: ModelSettings, role: Role) -> ChatOpenAI:
    """Build LangChain's chat model for one role; call it inside the event loop that will use it.

    Args:
        settings: how to reach it.
        role: recorded as a tag, so that a person who traces on purpose can tell the roles apart.
    """
    from langchain_openai import ChatOpenAI

    _keep_text_out_of_logs()
    given: dict[str, Any] = {} if settings.temperature is None else {"temperature": settings.temperature}
    return ChatOpenAI(
        model=settings.model,
        base_url=settings.base_url,
        api_key=settings.key() or SecretStr(_NO_KEY),
        max_completion_tokens=settings.max_tokens,
        timeout=settings.timeout_seconds,
        max_retries=settings.max_retries,
        stream_usage=True,
        stream_chunk_timeout=None,  # `RoleModel.stream` keeps the time, for the first words and for later ones
        use_responses_api=False,
        http_client=unused_connections(),
        http_async_client=connections(),
        tags=[role],
        **given,
    )


def _keep_text_out_of_logs() -> None:
    """Hold the clients' loggers at INFO: at DEBUG some versions that we allow log whole requests."""
    for name in ("openai", "langchain_openai"):
        logger = logging.getLogger(name)
        if logger.getEffectiveLevel() < logging.INFO:
            logger.setLevel(logging.INFO)
