"""What the judge replies. Evidence comes first, so that a model writes down what it saw before it decides."""

from __future__ import annotations

from pydantic import BaseModel, Field


class QuoteReply(BaseModel):
    """A passage and the field it stands in."""

    field: str = Field(description="the name in square brackets above the passage")
    quote: str = Field(description="copied character by character from that field")


class JudgeReply(BaseModel):
    """One answer about one criterion."""

    quotes: list[QuoteReply] = Field(max_length=6, description="the passages that decide the level")
    rationale: str = Field(max_length=4000, description="how the quotes lead to the level")
    level: str | None = Field(description="the key of a level, or null to abstain")
    change: str = Field(default="", max_length=4000, description="what would raise the level; empty at the highest")
