"""An example to watch: the signed exemplar lines said in order, answered by the persona under the rules of a practice.

Nothing of it is stored: it is nobody's practice and no evidence. What is hidden shows only as far as it opens in it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from agents.ensemble import Ensemble
from agents.metering import Account, charged_to
from agents.persona import Said
from agents.persona.cue import cue_for
from approvals.people import Actor, Role
from approvals.roles import require
from graphs.branching import Came, carried
from graphs.fitness import may_play
from graphs.practising import may_speak, opening
from graphs.replying import reply_to
from practice.scenario import Scenario
from practice.standing import Standing, standing
from practice.translation import choices_in, translated
from practice.turn import Taken, take
from practice.turn_taking import answered, begin
from practice.variation import render, twin
from store.unit_of_work import Store


class Did(BaseModel):
    """A behaviour that code saw in a line, and the words it saw it in."""

    model_config = ConfigDict(frozen=True)

    behaviour: str
    quote: str


class Line(BaseModel):
    """One exemplar line, what it did, and how it was answered."""

    model_config = ConfigDict(frozen=True)

    number: int
    said: str
    did: tuple[Did, ...]
    opened: tuple[Came, ...]
    speaker: str
    reply: str
    standing: tuple[Standing, ...]
    ended: bool


@dataclass(frozen=True)
class Example:
    """A signed scenario, and who plays it."""

    scenario: Scenario
    account: Account
    ensemble: Ensemble

    @property
    def player(self) -> str:
        """Who speaks as the other person."""
        return self.ensemble.persona.provenance.label

    async def lines(self) -> AsyncGenerator[Line, None]:
        """Play it, a line at a time, until the lines are said or the scene is over.

        Raises:
            ModelFailed: the persona's model gave no reply.
        """
        scenario, state = self.scenario, begin(self.scenario)
        history = [Said(speaker="persona", text=scenario.opening_line, name=scenario.persona.name)]
        facts = carried(scenario)
        for said in scenario.exemplars:
            earlier = [line.text for line in history if line.speaker == "learner"]
            taken = take(scenario, state, said, previous=history[-1].text, earlier=earlier)
            with charged_to(self.account):
                reply = await self._reply(taken, said, history)
            step = taken.step
            state, speaker = answered(step, scenario, reply), scenario.people[step.speaker].name
            history += [Said(speaker="learner", text=said), Said(speaker="persona", text=reply, name=speaker)]
            yield Line(
                number=state.turn,
                said=said,
                did=tuple(Did(behaviour=each.behaviour.value, quote=each.quote) for each in taken.observations),
                opened=tuple(
                    Came(
                        fact=facts[each.concern_id][0],
                        person=facts[each.concern_id][1],
                        quote=each.quote,
                        behaviour=each.behaviour,
                    )
                    for each in step.reasons
                ),
                speaker=speaker,
                reply=reply,
                standing=standing(scenario, state),
                ended=state.ended,
            )
            if state.ended:
                return

    async def _reply(self, taken: Taken, said: str, history: list[Said]) -> str:
        cue = cue_for(self.scenario, taken.step, history=history, learner_says=said, observations=taken.observations)
        told = await reply_to(
            cue, self.ensemble.persona, self.scenario, taken.step, lines=tuple(history), piece=_unheard, reset=_unheard
        )
        return told.text


async def example(
    store: Store,
    ensemble: Ensemble,
    actor: Actor,
    version_id: str,
    *,
    twin_seed: int = 0,
    language: str = "",
    speechless: tuple[str, ...] = (),
) -> Example:
    """An example of a signed version, ready to be played; ``language`` and ``speechless`` as in ``practising.begin``.

    Raises:
        NotAllowed: the actor is neither learner nor designer.
        InvalidInput: it is not translated into this language, or nobody speaks it here.
        NotSigned: there is no live sign-off of exactly this text.
        ModelUnfit: the persona's model was found unfit.
    """
    require(actor, Role.LEARNER, Role.DESIGNER, to="watch an example")
    await may_play(store, ensemble, "persona")
    async with store.read() as work:
        opened = await opening(work, actor, version_id, held=False)
    source = opened.scenario
    may_speak(source, language, speechless)
    spoken = translated(source, language or source.language)
    scenario = render(spoken, choices_in(source, spoken, twin(source, twin_seed)))
    return Example(scenario, Account("practice", version_id, opened.programme_id, actor.person_id), ensemble)


def _unheard(_words: str) -> None:
    """Nobody listens while a reply is made: a line is shown once it is whole."""
