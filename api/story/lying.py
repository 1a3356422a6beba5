"""A judge that lies on purpose, once, so that people can watch code catch it. Only the demo uses it, and says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agents.alignment import Alignment, ClaimedQuote, Judgement, JudgeQuestion, second_draw
from agents.provenance import Provenance

INVENTED = "Before any greeting, the learner says in one breath what nobody in the room wants to hear."
LABEL = "a judge that lies on purpose"
PLAYER = "demonstration"


class OneLie:
    """Passes every question on to an honest judge, except one sample about one criterion, for which it invents a quote.

    Args:
        honest: who judges otherwise.
        criterion_id: what the lie is about.
        sample: which of the repeated answers is the lie.
        repeated: whether every question is asked as often as the criteria set says, so that honest answers stand beside
            the lie. Without that, the lie is the only answer, and with its quote struck out a person has to decide.
    """

    def __init__(self, honest: Alignment, criterion_id: str, sample: int = 1, *, repeated: bool = True) -> None:
        self.deterministic = not repeated
        self._honest = honest
        self._criterion_id = criterion_id
        self._sample = sample if repeated else 0

    def identity(self) -> dict[str, str]:
        """The honest judge's identity, marked, so that nothing of this is ever taken for a real judgement."""
        return {**self._honest.identity(), PLAYER: f"{LABEL}: {self._criterion_id}, sample {self._sample}"}

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        """Answer honestly, or with the one lie, and stay with it: the best level, on words that stand nowhere."""
        told = (self._sample, second_draw(self._sample))
        if question.criterion.id != self._criterion_id or sample not in told:
            return await self._honest.judge(question, sample)
        return Judgement(
            level=question.criterion.levels[-1].key,
            quotes=(ClaimedQuote(quote=INVENTED, field=next(iter(question.fields), "")),),
            rationale="It says so in so many words.",
            provenance=Provenance(player=PLAYER, model=LABEL, prompt_digest="0" * 64),
        )


def planted(samples: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The criteria about which such a judge spoke, as the samples of a verdict record who gave them."""
    return frozenset(str(sample["criterion_id"]) for sample in samples if sample["player"] == PLAYER)
