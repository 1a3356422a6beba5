"""Who produced something: shown in every face, and part of what a sign-off records."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Usage(BaseModel):
    """What it cost. Tokens are as the endpoint counted them; 0 where it did not say."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    calls: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            calls=self.calls + other.calls,
        )


class Provenance(BaseModel):
    """The player (`offline` or `model`), the model's name, and the digest of the prompt it played from."""

    model_config = ConfigDict(frozen=True)

    player: str
    model: str
    prompt_digest: str
    usage: Usage = Field(default_factory=Usage)

    @property
    def label(self) -> str:
        """How a person reads it: ``offline rules`` or ``model gpt-x``."""
        return "offline rules" if self.player == "offline" else f"model {self.model}"
