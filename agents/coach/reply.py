"""What the coach replies: one piece of help, or proposed feedback."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1200)]
Optional = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1200)]


class HintReply(BaseModel):
    """Help with the next thing to say."""

    text: Sentence = Field(description="at most two sentences to the learner")


class NoticedReply(BaseModel):
    """One thing the learner did with these words."""

    behaviour: Literal["open_question", "simple_reflection", "complex_reflection", "acknowledgement", "summary"]
    quote: Sentence = Field(description="copied character by character from the learner's last line")


class NoticeReply(BaseModel):
    """What the learner did in their last line."""

    seen: list[NoticedReply] = Field(max_length=5)


class LineReply(BaseModel):
    """A quote from one of the learner's lines."""

    turn: int = Field(description="the number of the turn the line stands in")
    quote: Sentence = Field(description="copied character by character from the learner's line")


class LevelReply(BaseModel):
    """What is claimed about one objective."""

    objective_id: str
    quotes: list[LineReply] = Field(max_length=6)
    level: str | None = Field(description="the key of a level, or null where nothing bears on the objective")
    situation: Optional = ""
    behaviour: Optional = ""
    impact: Optional = ""
    next_step: Optional = ""


class DebriefReply(BaseModel):
    """Proposed feedback on a finished scene."""

    opening: Sentence
    levels: list[LevelReply] = Field(max_length=20)
    priorities: list[Sentence] = Field(min_length=1, max_length=2)
    next_action: Sentence
