"""What a judge said, what code made of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from evidence.locate import Match


class Outcome(StrEnum):
    """The outcome of a verdict; ``REFER`` and ``ERRORED`` are neither pass nor fail."""

    ALIGNED = "aligned"
    REVISE = "revise"
    REFER = "refer"
    ERRORED = "errored"


class SampleStatus(StrEnum):
    """Whether a sample counts."""

    VALID = "valid"
    ABSTAINED = "abstained"
    INVALID = "invalid"  # a level that needs evidence, without a located quote; or an unknown level
    ERROR = "error"  # the judge gave no usable reply


class Evidence(BaseModel):
    """One quote the judge gave, and what code found: ``fields[field][start:end]`` where status is not absent."""

    model_config = ConfigDict(frozen=True)

    quote: str
    field: str = ""
    start: int | None = None
    end: int | None = None
    status: Match


class SetAside(BaseModel):
    """A reply that code could not use and asked for once more; ``note`` says why."""

    model_config = ConfigDict(frozen=True)

    level: str | None
    evidence: tuple[Evidence, ...] = ()
    rationale: str = ""
    note: str
    raw: str = ""
    usage: dict[str, Any] = Field(default_factory=dict)


class JudgeSample(BaseModel):
    """One reply of the judge about one criterion.

    ``level`` is what the judge said, whatever the status. ``first_try`` is the reply before this one, where that was
    invalid and this is the second draw; ``usage`` is that of this reply alone.
    """

    model_config = ConfigDict(frozen=True)

    criterion_id: str
    number: int = Field(ge=0)
    status: SampleStatus
    level: str | None = None
    evidence: tuple[Evidence, ...] = ()
    rationale: str = ""
    change: str = ""
    note: str = Field(default="", description="why code set the sample aside, if it did")
    findings: tuple[str, ...] = Field(default=(), description="instructions to the judge found in the text")
    judgement_key: str = ""
    player: str = ""
    model: str = ""
    prompt_digest: str = ""
    raw: str = ""
    usage: dict[str, Any] = Field(default_factory=dict)
    first_try: SetAside | None = None


class HumanJudgement(BaseModel):
    """How a person settled a criterion that the judge referred: their own level, quote and reason."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    level: str
    quote: str = ""
    field: str = ""
    reason: str = Field(min_length=1)
    evidence: tuple[Evidence, ...] = ()


class CriterionResult(BaseModel):
    """What the samples of one criterion add up to.

    ``agreement`` is the share of valid samples at the modal level, in [0, 1]; None where nothing is valid. ``counts``
    holds the valid samples per level key, and the others as ``status:abstained``, ``status:invalid``,
    ``status:error``. An ``aligned`` result without a level was left out of the total, as the criterion's abstain
    policy asks.
    """

    model_config = ConfigDict(frozen=True)

    criterion_id: str
    outcome: Outcome
    level: str | None = None
    value: float | None = None
    weight: float
    agreement: float | None = None
    counts: dict[str, int] = Field(default_factory=dict)
    vetoed: bool = False
    reason: str = ""


class Verdict(BaseModel):
    """The verdict on one version of a scenario under one charter and one criteria set. Immutable.

    ``score`` is the weighted mean of the levels' values in [0, 1], or None where a criterion is referred or errored.
    ``settled`` holds, by criterion id, what people decided about referred criteria.
    """

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    score: float | None
    pass_threshold: float
    results: tuple[CriterionResult, ...]
    samples: tuple[JudgeSample, ...]
    vetoes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    settled: dict[str, HumanJudgement] = Field(default_factory=dict)
