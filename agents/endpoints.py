"""How a model is reached: its settings, and LangChain's chat model for it.

LangChain and the client are imported when a model is first asked: they are most of a slow start.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, field_validator, model_validator

from agents.connections import connections, unused_connections
from agents.metering import Price

if TYPE_CHECKING:
    import openai

    from agents.streaming import StreamingChat

Role = Literal["author", "alignment", "persona", "coach"]

_NO_KEY = "no-key-is-set"  # the client insists on one; an empty value would make it look into the environment
_DEPLOYMENT = re.compile(r"/openai/deployments/[^/]+$")  # the end of an Azure address that takes an API version
_QUIET = {
    "openai": logging.INFO,
    "langchain_openai": logging.INFO,
    "httpcore2": logging.INFO,
    "httpx2": logging.WARNING,  # its addresses may hold a password
}


class ModelSettings(BaseModel):
    """How one role's model is reached. Plain values, injected; nothing here is read from the environment.

    ``timeout_seconds`` bounds a whole reply, retries included. In a stream, ``first_token_seconds`` bounds the wait for
    the first words, and ``stall_seconds`` every later silence. ``structured`` is the best way in which the server can
    be asked for JSON, and ``quotes`` whether its schema may list the sentences that can be quoted; ``without`` names
    parameters that it does not take. A ``gguf`` has ``context`` tokens and ``threads`` (0: all cores but one).
    ``concurrency`` is this role's own share of the endpoint; prices are per million tokens; limits of 0 are none. A key
    file is read once, here: a new key needs a new start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), hide_input_in_errors=True)

    base_url: str = ""
    gguf: Path | None = None
    model: str = ""
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
    without: frozenset[Literal["seed", "stream_options"]] = frozenset()
    context: int = Field(default=16384, ge=512)
    threads: int = Field(default=0, ge=0, le=1024)
    concurrency: int = Field(default=8, ge=1, le=1000)
    requests_per_minute: int = Field(default=0, ge=0)
    tokens_per_minute: int = Field(default=0, ge=0)
    input_price: float = Field(default=0, ge=0)
    cached_price: float | None = Field(default=None, ge=0)
    output_price: float = Field(default=0, ge=0)
    _key_of_file: SecretStr | None = PrivateAttr(default=None)

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        value = value.strip().rstrip("/")
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("the address must begin with http:// or https://")
        if "?" in value or "#" in value:
            raise ValueError("the address must end before the '?'; an API version has a setting of its own")
        if value.endswith("/chat/completions"):
            raise ValueError("the address must end before /chat/completions")
        return value

    @field_validator("api_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else _key(value.get_secret_value())

    @field_validator("api_key_file")
    @classmethod
    def _holds_a_key(cls, value: Path | None) -> Path | None:
        if value is not None:
            _key_in(value)
        return value

    @model_validator(mode="after")
    def _is_reachable(self) -> ModelSettings:
        if self.gguf is None and not self.base_url:
            raise ValueError("a model needs a base_url (its endpoint's address) or a gguf (a file on this machine)")
        if self.gguf is not None and self.base_url:
            raise ValueError("set base_url (an endpoint's address) or gguf (a file on this machine), not both")
        if self.gguf is None and not self.model:
            raise ValueError("the model's name at its endpoint is missing")
        if self.api_key is not None and self.api_key_file is not None:
            raise ValueError("set api_key or api_key_file, not both")
        if bool(self.api_version) != bool(_DEPLOYMENT.search(self.base_url)):
            raise ValueError(
                "an api_version belongs to an address that ends in /openai/deployments/NAME, and only to it"
            )
        if self.api_version and not re.fullmatch(r"[\w.-]{1,40}", self.api_version):
            raise ValueError("an api_version is a date such as 2024-10-21")
        if self.api_key_file is not None:
            self._key_of_file = _key_in(self.api_key_file)
        return self

    @property
    def price(self) -> Price:
        """What tokens cost; cached ones like others where nothing else is set."""
        cached = self.input_price if self.cached_price is None else self.cached_price
        return Price(input=self.input_price, cached=cached, output=self.output_price)

    def key(self) -> SecretStr | None:
        """The key, as it was set or as it stood in its file when the settings were read."""
        return self._key_of_file or self.api_key


def chat_model(settings: ModelSettings, role: Role) -> StreamingChat:
    """Build LangChain's chat model for one role; call it inside the event loop that will use it.

    Args:
        settings: how to reach it.
        role: recorded as a tag, so that a person who traces on purpose can tell the roles apart.
    """
    from agents.streaming import StreamingChat

    _keep_text_out_of_logs()
    given: dict[str, Any] = {} if settings.temperature is None else {"temperature": settings.temperature}
    if settings.max_tokens_as == "max_tokens":  # the class itself knows only the newer name
        given["extra_body"] = {"max_tokens": settings.max_tokens}
    else:
        given["max_completion_tokens"] = settings.max_tokens
    if settings.gguf is not None:  # its server notices only in streams that nobody waits for the reply any more
        given["streaming"] = True
    client = _client(settings)
    return StreamingChat(
        model=settings.model,
        base_url=settings.base_url,
        api_key=SecretStr(_NO_KEY),  # what LangChain does not know it cannot show; the client below has the real one
        async_client=client.chat.completions,
        root_async_client=client,
        stream_usage="stream_options" not in settings.without,
        stream_chunk_timeout=None,  # `RoleModel.stream` keeps the time, for the first words and for later ones
        use_responses_api=False,
        http_client=unused_connections(),
        http_async_client=connections(),
        tags=[role],
        **given,
    )


def _client(settings: ModelSettings) -> openai.AsyncOpenAI:
    """The SDK's client, with the key where the endpoint expects it: a bearer token, or Azure's header ``api-key``."""
    import openai

    key = settings.key()
    secret = key.get_secret_value() if key else _NO_KEY
    shared: dict[str, Any] = {
        "base_url": settings.base_url,
        "api_key": secret,
        "timeout": settings.timeout_seconds,
        "max_retries": settings.max_retries,
        "http_client": connections(),
    }
    if settings.api_version:
        return openai.AsyncAzureOpenAI(api_version=settings.api_version, **shared)
    return openai.AsyncOpenAI(**shared)


def _key(text: str) -> SecretStr | None:
    """A key without the white space that comes along when it is pasted or read from a file; None if nothing is left."""
    text = text.strip().removeprefix("\ufeff")
    if not text:
        return None
    if not all("!" <= char <= "~" for char in text):
        raise ValueError("a key is one word of letters, digits and signs; this holds other characters")
    return SecretStr(text)


def _key_in(path: Path) -> SecretStr:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is not text"
        raise ValueError(f"the key file {path} cannot be read: {why}") from None
    key = _key(text)
    if key is None:
        raise ValueError(f"the key file {path} is empty")
    return key


def _keep_text_out_of_logs() -> None:
    """Quieten the clients' loggers: louder, some log whole requests, the headers of answers, or addresses."""
    for name, level in _QUIET.items():
        logger = logging.getLogger(name)
        if logger.getEffectiveLevel() < level:
            logger.setLevel(level)
