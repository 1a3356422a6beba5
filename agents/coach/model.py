"""The coach, played by a language model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.alignment import ClaimedQuote
from agents.coach import ClaimedLevel, CoachView, DebriefDraft, Hint, NumberedLine, Rung
from agents.coach.reply import DebriefReply, HintReply, NoticeReply
from agents.models import RoleModel
from agents.prompts import language_name, lines, load_prompt
from agents.provenance import Provenance, Usage
from agents.structured import ask
from practice.evidence_rules import heard
from practice.observation import Behaviour

RECENT = 6  # lines of the talk that a second look at the last one needs


class ModelCoach:
    """Helps with a language model.

    Args:
        model: whom to ask.
        unfiltered: give it also what the learner says to the scorer, to find out whether it obeys; for the conformance
            suite only.
    """

    def __init__(self, model: RoleModel, *, unfiltered: bool = False) -> None:
        self._unfiltered = unfiltered
        self._model = self.model = model
        self.observer = f"model {model.settings.model}"
        self._prompt = load_prompt("agents.coach")

    async def hint(self, view: CoachView, rung: Rung, *, remarks: Sequence[str] = ()) -> Hint:
        """Help with the next thing to say; see ``agents.coach.Coach``."""
        values = {
            **self._scene(view),
            "exemplars": "\n".join(f"- {line}" for line in view.exemplars),
            "rung": self._prompt.word(rung.value),
            "remarks": "\n".join(remarks),
        }
        answer = await ask(self._model, self._prompt.messages(values, user="User: hint"), HintReply)
        return Hint(rung=rung, text=answer.value.text, provenance=self._provenance(answer.usage))

    async def debrief(self, view: CoachView, *, remarks: Sequence[str] = ()) -> DebriefDraft:
        """Propose feedback on a finished scene; see ``agents.coach.Coach``."""
        values = {**self._scene(view), "reflection": view.reflection, "remarks": "\n".join(remarks)}
        said = [(line.turn, self._heard(line.text)) for line in view.transcript if line.speaker == "learner"]
        answer = await ask(
            self._model,
            self._prompt.messages(values, user="User: debrief"),
            DebriefReply,
            check=lambda reply: list(_problems(reply, view)),
            quotable={"levels[].quotes[].quote": [text for _, text in said if text]},
            choices={
                "levels[].quotes[].turn": [turn for turn, _ in said],
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

    async def notice(self, view: CoachView) -> tuple[tuple[Behaviour, str], ...]:
        """What the learner's last line does; see ``agents.coach.Noticing``."""
        last = next((line for line in reversed(view.transcript) if line.speaker == "learner"), None)
        text = self._heard(last.text) if last is not None else ""
        if not text:
            return ()
        recent = view.model_copy(update={"transcript": view.transcript[-RECENT:]})
        answer = await ask(
            self._model,
            self._prompt.messages(self._scene(recent), user="User: notice"),
            NoticeReply,
            quotable={"seen[].quote": [text]},
        )
        return tuple((Behaviour(each.behaviour), each.quote) for each in answer.value.seen)

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
        who = self._prompt.word("you") if learner else line.name or view.persona_name
        seen = ", ".join(dict.fromkeys(each.behaviour.value.replace("_", " ") for each in line.observations))
        note = f" ({self._prompt.word('observed')}: {seen})" if learner and seen else ""
        text = self._heard(line.text) or self._prompt.word("aside") if learner else line.text
        return f"{line.turn} {who}{note}: {' '.join(text.split())}"

    def _heard(self, text: str) -> str:
        return text if self._unfiltered else heard(text)

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
