"""The coach, played by a language model."""

from __future__ import annotations

from collections.abc import Iterator

from agents.alignment import ClaimedQuote
from agents.coach import ClaimedLevel, CoachView, DebriefDraft, Hint, NumberedLine, Rung
from agents.coach.reply import DebriefReply, HintReply
from agents.models import RoleModel
from agents.prompts import language_name, lines, load_prompt
from agents.provenance import Provenance, Usage
from agents.structured import ask


class ModelCoach:
    """Helps with a language model."""

    def __init__(self, model: RoleModel) -> None:
        self._model = self.model = model
        self._prompt = load_prompt("agents.coach")

    async def hint(self, view: CoachView, rung: Rung) -> Hint:
        """Help with the next thing to say; see ``agents.coach.Coach``."""
        values = {
            **self._scene(view),
            "exemplars": "\n".join(f"- {line}" for line in view.exemplars),
            "rung": self._prompt.word(rung.value),
        }
        answer = await ask(self._model, self._prompt.messages(values, user="User: hint"), HintReply)
        return Hint(rung=rung, text=answer.value.text, provenance=self._provenance(answer.usage))

    async def debrief(self, view: CoachView) -> DebriefDraft:
        """Propose feedback on a finished scene; see ``agents.coach.Coach``."""
        values = {**self._scene(view), "reflection": view.reflection}
        answer = await ask(
            self._model,
            self._prompt.messages(values, user="User: debrief"),
            DebriefReply,
            check=lambda reply: list(_problems(reply, view)),
            quotable={"levels[].quotes[].quote": [line.text for line in view.transcript if line.speaker == "learner"]},
            choices={
                "levels[].quotes[].turn": [line.turn for line in view.transcript if line.speaker == "learner"],
                "levels[].objective_id": [objective.id for objective in view.objectives],
                "levels[].level": [
                    *dict.fromkeys(rung.key for objective in view.objectives for rung in objective.levels),
                    None,
                ],
            },
        )
        reply = answer.value
        return DebriefDraft(
            opening=reply.opening,
            levels=tuple(
                ClaimedLevel(
                    objective_id=claimed.objective_id,
                    level=claimed.level,
                    quotes=tuple(ClaimedQuote(quote=line.quote, field=str(line.turn)) for line in claimed.quotes),
                    situation=claimed.situation,
                    behaviour=claimed.behaviour,
                    impact=claimed.impact,
                    next_step=claimed.next_step,
                )
                for claimed in reply.levels
            ),
            priorities=tuple(reply.priorities),
            next_action=reply.next_action,
            provenance=self._provenance(answer.usage),
        )

    def _scene(self, view: CoachView) -> dict[str, str]:
        word = self._prompt.word
        told = [
            (word("setting"), view.setting),
            (word("learner_role"), view.learner_role),
            (word("learner_goal"), view.learner_goal),
            (word("persona"), view.persona_name),
        ]
        objectives = (
            "\n".join(
                [f"[{objective.id}] {objective.text}", *(f"- {rung.key}: {rung.anchor}" for rung in objective.levels)]
            )
            for objective in view.objectives
        )
        return {
            "language": language_name(view.language),
            "scene": lines(told),
            "objectives": "\n\n".join(objectives),
            "transcript": "\n".join(self._line(line, view) for line in view.transcript) or word("empty"),
        }

    def _line(self, line: NumberedLine, view: CoachView) -> str:
        learner = line.speaker == "learner"
        who = self._prompt.word("you") if learner else view.persona_name
        heard = ", ".join(dict.fromkeys(seen.behaviour.value.replace("_", " ") for seen in line.observations))
        note = f" ({self._prompt.word('observed')}: {heard})" if learner and heard else ""
        return f"{line.turn} {who}{note}: {' '.join(line.text.split())}"

    def _provenance(self, usage: Usage) -> Provenance:
        return Provenance(
            player="model", model=self._model.settings.model, prompt_digest=self._prompt.digest, usage=usage
        )


def _problems(reply: DebriefReply, view: CoachView) -> Iterator[str]:
    objectives = {objective.id: objective for objective in view.objectives}
    given = [claimed.objective_id for claimed in reply.levels]
    for missing in objectives.keys() - set(given):
        yield f"levels: the objective '{missing}' is missing"
    for index, claimed in enumerate(reply.levels):
        objective = objectives.get(claimed.objective_id)
        if objective is None:
            yield f"levels.{index}.objective_id: there is no such objective; they are {', '.join(objectives)}"
        elif given.index(claimed.objective_id) != index:
            yield f"levels.{index}.objective_id: '{claimed.objective_id}' has an entry already"
        elif claimed.level is not None and claimed.level not in {rung.key for rung in objective.levels}:
            keys = ", ".join(rung.key for rung in objective.levels)
            yield f"levels.{index}.level: there is no such level; choose one of {keys} or null"
