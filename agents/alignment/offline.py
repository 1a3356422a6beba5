"""The judge, played by rules: signed TF-IDF against anchors and examples; a person decides what it cannot."""

from __future__ import annotations

from agents.alignment import ClaimedQuote, Judgement, JudgeQuestion, lexicon
from agents.alignment.advice import change_for, explain
from agents.alignment.ladder import place
from agents.alignment.reading import counts_as_counterpart, read
from agents.alignment.rubric import rubric
from agents.provenance import Provenance
from evidence.canonical import digest, text_digest

VERSION = "2"


class OfflineAlignment:
    """Judges by rules, in English. The same question has the same answer, always."""

    deterministic = True

    def __init__(self) -> None:
        self._digest = text_digest(lexicon.source())
        self._reply_schema = digest(Judgement.model_json_schema())

    def identity(self) -> dict[str, str]:
        """What a judgement depends on besides the question; see ``agents.alignment.Alignment``."""
        return {
            "player": "offline",
            "model": f"offline rules {VERSION}",
            "prompt_digest": self._digest,
            "reply_schema": self._reply_schema,
            "parameters": "none",
        }

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        """Place the text on the criterion's levels, or abstain. ``sample`` changes nothing."""
        criterion = question.criterion
        if not question.language.lower().startswith("en"):
            return self._reply(None, (), "The offline rules read English only, so a person has to settle this.", "")
        ready = rubric(criterion, question.clauses)
        found, aside = read(
            question.fields,
            counts_as_counterpart(criterion.scope),
            [level.key for level in criterion.levels],
            [clause.text for clause in question.clauses],
        )
        finding = place(ready, found)
        quotes = tuple(ClaimedQuote(quote=one.text, field=one.field) for one in finding.quoted)
        return self._reply(finding.key, quotes, explain(criterion, finding, aside), change_for(criterion, finding))

    def _reply(self, level: str | None, quotes: tuple[ClaimedQuote, ...], rationale: str, change: str) -> Judgement:
        return Judgement(
            level=level,
            quotes=quotes,
            rationale=rationale,
            change=change,
            raw="",
            provenance=Provenance(player="offline", model=f"offline rules {VERSION}", prompt_digest=self._digest),
        )
