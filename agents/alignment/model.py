"""The judge, played by a language model."""

from __future__ import annotations

from collections.abc import Iterator

from agents.alignment import Appeal, ClaimedQuote, Judgement, JudgeQuestion
from agents.alignment.reply import JudgeReply
from agents.models import RoleModel
from agents.prompts import language_name, lines, load_prompt
from agents.provenance import Provenance
from agents.schemas import schema_digest
from agents.structured import ask, first_form
from strategy.criteria import Criterion, Level


class ModelAlignment:
    """Judges with a language model."""

    deterministic = False

    def __init__(self, model: RoleModel) -> None:
        self._model = self.model = model
        self._prompt = load_prompt("agents.alignment")

    def identity(self) -> dict[str, str]:
        """What a judgement depends on besides question and sample number; see ``agents.alignment.Alignment``."""
        return {
            "player": "model",
            **self._model.identity(),
            "prompt_digest": self._prompt.digest,
            "reply_schema": schema_digest(JudgeReply),
            "form": first_form(self._model.settings).value,
            "seed": "none" if "seed" in self._model.settings.without else "sample",
        }

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        """Answer once; the sample's number is the seed."""
        criterion = question.criterion
        values = {
            "language": language_name(question.language),
            "abstaining": self._prompt.word("may_abstain" if criterion.allow_abstain else "must_choose"),
            "criterion": self._criterion(question),
            "clauses": "\n".join(f"[{c.id}] ({c.kind.value.replace('_', ' ')}) {c.text}" for c in question.clauses),
            "scenario": "\n\n".join(f"[{name}]\n{text}" for name, text in question.fields.items()),
        }
        if question.appeal is not None:
            values |= {"first": self._first(question.appeal), "argument": question.appeal.argument}
        answer = await ask(
            self._model,
            self._prompt.messages(values, user="User" if question.appeal is None else "Appeal"),
            JudgeReply,
            check=lambda reply: list(_problems(reply, criterion)),
            quotable={"quotes[].quote": question.fields.values()},
            choices={
                "quotes[].field": list(question.fields),
                "level": [*(level.key for level in question.levels), *([None] if criterion.allow_abstain else [])],
            },
            seed=sample,
        )
        reply = answer.value
        return Judgement(
            level=reply.level,
            quotes=tuple(
                ClaimedQuote(quote=claimed.quote, field=claimed.field.strip("[] ")) for claimed in reply.quotes
            ),
            rationale=reply.rationale.strip(),
            change=reply.change.strip(),
            raw=answer.raw,
            provenance=Provenance(
                player="model",
                model=self._model.settings.model,
                prompt_digest=self._prompt.digest,
                usage=answer.usage,
            ),
        )

    def _criterion(self, question: JudgeQuestion) -> str:
        ranked, read = question.criterion.levels, question.levels
        heading = self._prompt.word("levels")
        if read != ranked:
            # The order of reading then says nothing about rank, so the rank is said.
            heading = f"{self._prompt.word('levels_otherwise')} {', '.join(level.key for level in ranked)}"
        levels = "\n".join(self._level(level) for level in read)
        return f"{self._prompt.word('question')}: {question.criterion.question}\n{heading}:\n{levels}"

    def _first(self, appeal: Appeal) -> str:
        quotes = "\n".join(f"- [{claimed.field}] {claimed.quote}" for claimed in appeal.quotes)
        return lines(
            [
                (self._prompt.word("first_level"), appeal.level or self._prompt.word("abstained")),
                (self._prompt.word("first_quotes"), f"\n{quotes}" if quotes else self._prompt.word("no_quotes")),
                (self._prompt.word("first_rationale"), appeal.rationale),
            ]
        )

    def _level(self, level: Level) -> str:
        mark = "" if level.needs_evidence else f" ({self._prompt.word('no_evidence')})"
        parts = [f"- {level.key}{mark}: {level.anchor}"]
        if level.positive_example:
            parts.append(f"  {self._prompt.word('fits')}: {level.positive_example}")
        if level.negative_example:
            parts.append(f"  {self._prompt.word('unlike')}: {level.negative_example}")
        return "\n".join(parts)


def _problems(reply: JudgeReply, criterion: Criterion) -> Iterator[str]:
    keys = ", ".join(level.key for level in criterion.levels)
    if reply.level is None:
        if not criterion.allow_abstain:
            yield f"level: you may not abstain here; choose one of {keys}"
    elif criterion.level(reply.level) is None:
        yield f"level: there is no such level; choose one of {keys}" + (" or null" if criterion.allow_abstain else "")
