"""The arithmetic of a debrief: a coach claims, code finds the words, and only what is found counts.

Only the learner's words are evidence. An objective without a located quote is *not scored*: it neither lowers nor lifts
the total. Where both rules and a model have read the scene, the rules' level counts (``practice.merging``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from evidence.locate import Location, Match, locate
from practice.claims import Claim as Claim
from practice.evidence_rules import counts
from practice.feedback import Feedback, FeedbackLine, clean
from practice.merging import Merged, first_of_each, merge
from practice.observation import Observation
from practice.phrases import load
from practice.scenario import Objective

EXAMPLES = 2  # of words that would be evidence
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TranscriptLine(_Stored):
    """One line of a finished scene: ``turn`` counts from 1; ``speaker`` is ``learner`` or ``persona``."""

    turn: int = Field(ge=0)
    speaker: str
    text: str
    observations: tuple[Observation, ...] = ()
    name: str = Field(default="", description="who of several people in the scene; empty where there is one")


class LocatedQuote(_Stored):
    """The learner's words: ``text[start:end]`` of the learner's line of ``turn``."""

    turn: int
    quote: str
    start: int
    end: int
    match: str
    observed: bool = Field(description="code saw one of the objective's behaviours in these words")


class NotScored(StrEnum):
    """Why an objective has no score."""

    NO_CLAIM = "no_claim"
    NO_LEVEL = "no_level"
    UNKNOWN_LEVEL = "unknown_level"
    NO_QUOTE = "no_quote"
    QUOTE_NOT_FOUND = "quote_not_found"
    NOT_EVIDENCE = "not_evidence"


class ObjectiveResult(_Stored):
    """One objective: level and value with located quotes, or unscored with the reason; and the coach's words on it."""

    objective_id: str
    text: str
    weight: float
    scored: bool
    level: str | None = None
    anchor: str = ""
    value: float | None = None
    quotes: tuple[LocatedQuote, ...] = ()
    not_found: tuple[str, ...] = ()
    reason: NotScored | None = None
    reason_text: str = ""
    situation: str = ""
    behaviour: str = ""
    impact: str = ""
    next_step: str = ""
    added: tuple[LocatedQuote, ...] = Field(default=(), description="words only the coach's model pointed to; unscored")
    differs: str = Field(default="", description="where the coach's model saw it otherwise than the rules")
    would_show: str = Field(default="", description="what evidence would look like, where it is not scored")


class Removed(_Stored):
    """A line of the coach that the linter took out: kept for the trace, never shown as feedback."""

    rule: str
    where: str
    words: str


class Debrief(_Stored):
    """What a learner reads after a scene. ``total`` is in [0, 1], the weighted mean over scored objectives, or None."""

    schema_version: int = 1
    language: str
    opening: str
    objectives: tuple[ObjectiveResult, ...]
    total: float | None
    share_scored: float = Field(ge=0, le=1, description="share of all weights that could be scored")
    knocked_out: tuple[str, ...] = Field(default=(), description="knock-out objectives at their lowest level")
    priorities: tuple[str, ...] = Field(max_length=2)
    next_action: str
    counts: dict[str, int] = Field(description="behaviours code saw, by name")
    learner_turns: int
    talk_ratio: float | None = Field(description="the learner's share of all words; None where nothing was said")
    shares: dict[str, float] = Field(
        default={},
        exclude_if=lambda shares: not shares,
        description="of several people, each one's share of all words by name; empty where the learner met one",
    )
    notice: str
    removed: tuple[Removed, ...] = ()
    by_rules: str = Field(default="", description="why rules wrote it although a model coaches; else empty")


def build(
    objectives: Sequence[Objective],
    claims: Sequence[Claim],
    transcript: Sequence[TranscriptLine],
    *,
    language: str,
    opening: str = "",
    priorities: Sequence[str] = (),
    next_action: str = "",
    rules: Sequence[Claim] | None = None,
    by_rules: str = "",
) -> Debrief:
    """Check and score a coach's claims.

    Args:
        objectives: of the scenario; each gets exactly one result, in this order.
        claims: the coach's; the first per objective counts, claims about unknown objectives do not.
        transcript: the whole scene in order.
        language: of the scene, for reasons and replacements.
        opening: the coach's first sentence.
        priorities: the coach's; at most two survive.
        next_action: the coach's one next action.
        rules: what the rules claim, where ``claims`` are a model's: theirs are scored, and the model adds.
        by_rules: why rules wrote it although a model coaches.
    """
    by_id = first_of_each(claims)
    if rules is None:
        merged = [Merged(by_id.get(objective.id)) for objective in objectives]
    else:
        located = first_of_each(rules)
        merged = [merge(o, located.get(o.id), by_id.get(o.id), language) for o in objectives]
    ordered = [each.claim for each in merged]
    proposed = Feedback(
        opening,
        tuple(
            FeedbackLine(o.id, *((c.situation, c.behaviour, c.impact, c.next_step) if c else ()))
            for o, c in zip(objectives, ordered, strict=True)
        ),
        tuple(text for text in priorities if text.strip()),
        next_action,
    )
    shown, findings = clean(proposed, [line.text for line in transcript], language)
    results = tuple(
        _result(objective, each, transcript, line, language)
        for objective, each, line in zip(objectives, merged, shown.lines, strict=True)
    )
    scored = [result for result in results if result.value is not None]
    weight = sum(result.weight for result in scored)
    total = sum(result.weight * (result.value or 0.0) for result in scored) / weight if scored else None
    learner = [line for line in transcript if line.speaker == "learner"]
    return Debrief(
        language=language,
        opening=shown.opening,
        objectives=results,
        total=None if total is None else round(total, 6),
        share_scored=min(1.0, weight / sum(o.weight for o in objectives)) if objectives else 0.0,
        knocked_out=tuple(
            o.id for o, r in zip(objectives, results, strict=True) if o.knock_out and r.level == o.levels[0].key
        ),
        priorities=shown.priorities,
        next_action=shown.next_action,
        counts=behaviour_counts(transcript),
        learner_turns=len(learner),
        talk_ratio=share_of_words(transcript),
        shares=shares_by_name(transcript),
        notice=load(language).texts["notice"],
        removed=tuple(Removed(rule=f.rule.value, where=f.where, words=f.words) for f in findings),
        by_rules=by_rules,
    )


def behaviour_counts(transcript: Sequence[TranscriptLine]) -> dict[str, int]:
    """How often each behaviour was observed in the learner's lines, leaving out words addressed to the scorer."""
    found: Counter[str] = Counter(
        observation.behaviour.value
        for line in transcript
        if line.speaker == "learner"
        for observation in line.observations
        if counts(line.text, observation.start, observation.end)
    )
    return dict(sorted(found.items()))


def share_of_words(transcript: Sequence[TranscriptLine]) -> float | None:
    """The learner's share of all words said, in [0, 1]; None where nobody said any."""
    spoken: Counter[str] = Counter()
    for line in transcript:
        spoken[line.speaker] += len(_WORD.findall(line.text))
    total = spoken["learner"] + spoken["persona"]
    return round(spoken["learner"] / total, 4) if total else None


def shares_by_name(transcript: Sequence[TranscriptLine]) -> dict[str, float]:
    """The share of all words of each of several people the learner met, in [0, 1]; empty where lines have no names."""
    spoken: Counter[str] = Counter()
    for line in transcript:
        spoken[line.name] += len(_WORD.findall(line.text))
    total = sum(spoken.values())
    return {name: round(words / total, 4) for name, words in spoken.items() if name and total}


def _result(
    objective: Objective, merged: Merged, transcript: Sequence[TranscriptLine], line: FeedbackLine, language: str
) -> ObjectiveResult:
    claim = merged.claim
    located, missing, void = _located(claim.quotes if claim else (), objective, transcript)
    added, astray, _ = _located(merged.added, objective, transcript)
    level = next((level for level in objective.levels if claim and level.key == claim.level), None)
    reason = _why_not(claim, level is not None, bool(located), void)
    scored = reason is None and level is not None
    return ObjectiveResult(
        objective_id=objective.id,
        text=objective.text,
        weight=objective.weight,
        scored=scored,
        level=level.key if scored and level else None,
        anchor=level.anchor if scored and level else "",
        value=level.value if scored and level else None,
        quotes=tuple(located),
        not_found=(*missing, *astray),
        reason=reason,
        reason_text=_reason_text(reason, objective, language),
        situation=line.situation if scored else "",
        behaviour=line.behaviour if scored else "",
        impact=line.impact if scored else "",
        next_step=line.next_step,
        added=tuple(quote for quote in added if not any(_overlap(quote, other) for other in located)),
        differs=merged.differs,
        would_show="" if scored else would_show(objective, language),
    )


def would_show(objective: Objective, language: str) -> str:
    """One sentence with words that would be evidence for the objective; empty where none of its behaviours is known."""
    texts = load(language).texts["would_show"]
    found = [texts[name] for name in dict.fromkeys(objective.behaviours) if name in texts][:EXAMPLES]
    told: str = texts["intro"]
    return told.format(examples=texts["or"].join(found)) if found else ""


def _located(
    quotes: Sequence[tuple[int | None, str]], objective: Objective, transcript: Sequence[TranscriptLine]
) -> tuple[list[LocatedQuote], list[str], bool]:
    """The quotes that were found, the words that were not, and whether any was found where it may not count."""
    located: list[LocatedQuote] = []
    missing: list[str] = []
    void = False
    for turn, words in quotes:
        quote, barred = _find(turn, words, objective, transcript)
        void = void or barred
        if quote is None:
            missing.append(words)
        elif quote not in located:
            located.append(quote)
    return located, missing, void


def _overlap(one: LocatedQuote, other: LocatedQuote) -> bool:
    return one.turn == other.turn and one.start < other.end and other.start < one.end


def _reason_text(reason: NotScored | None, objective: Objective, language: str) -> str:
    if reason is None:
        return ""
    told: str = load(language).texts["not_scored"][reason.value]
    return told.format(objective=objective.text.rstrip(" ."))


def _why_not(claim: Claim | None, known: bool, located: bool, void: bool) -> NotScored | None:
    if claim is None:
        return NotScored.NO_CLAIM
    if claim.level is None:
        return NotScored.NO_LEVEL
    if not known:
        return NotScored.UNKNOWN_LEVEL
    if located:
        return None
    if not claim.quotes:
        return NotScored.NO_QUOTE
    return NotScored.NOT_EVIDENCE if void else NotScored.QUOTE_NOT_FOUND


def _find(
    turn: int | None, words: str, objective: Objective, transcript: Sequence[TranscriptLine]
) -> tuple[LocatedQuote | None, bool]:
    """Where the learner said ``words``, the claimed turn first; and whether they were found but may not count."""
    learner = [line for line in transcript if line.speaker == "learner"]
    barred = False
    for line in sorted(learner, key=lambda line: line.turn != turn):
        place: Location = locate(words, line.text)
        if place.status is Match.ABSENT or place.start is None or place.end is None:
            continue
        if not counts(line.text, place.start, place.end):
            barred = True
            continue
        start, end = place.start, place.end
        seen = any(
            o.behaviour.value in objective.behaviours and o.start < end and start < o.end for o in line.observations
        )
        return (
            LocatedQuote(
                turn=line.turn,
                quote=line.text[start:end],
                start=start,
                end=end,
                match=place.status.value,
                observed=seen,
            ),
            False,
        )
    return None, barred
