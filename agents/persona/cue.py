"""From scenario and state to what a persona's player receives: locked facts are left out here, so they cannot leak.

With several people in the scene a cue holds the deck of the one who speaks and nothing of the others' but their names
and roles: what they have said stands in the history, what they have not said stands nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.persona import Cover, OpenConcern, PersonaCue, Present, Said
from practice.observation import Observation
from practice.reveal import Step
from practice.scenario import Persona, Scenario

HISTORY = 100  # lines: more than a whole scene has, since who forgets repeats; a model may be shown fewer


def cue_for(
    scenario: Scenario,
    step: Step,
    *,
    history: Sequence[Said],
    learner_says: str,
    observations: Sequence[Observation],
    language_level: str = "",
) -> PersonaCue:
    """The cue for one turn.

    Args:
        scenario: the twin that is played.
        step: what the reveal rules made of the learner's words, and who answers.
        history: the conversation before these words, the opening line included, oldest first.
        learner_says: the learner's words.
        observations: what code saw in them.
        language_level: the learner's wish for plainer words, in place of the persona's own level.
    """
    persona, state = scenario.people[step.speaker], step.state.people[step.speaker]
    unlocked = set(state.unlocked)
    return PersonaCue(
        name=persona.name,
        role=persona.role,
        relationship=persona.relationship,
        style=persona.style,
        language_level=language_level or persona.language_level,
        stance=persona.stance,
        goals=persona.goals,
        setting=scenario.setting,
        learner_role=scenario.learner_role,
        language=scenario.language,
        difficulty=scenario.difficulty.value,
        mood=state.mood,
        trust=state.trust,
        turn=state.turn,
        objections=tuple(o.line for i, o in enumerate(persona.objections) if i not in state.objections_raised),
        covers=tuple(Cover(topic=c.topic, line=c.cover) for c in persona.concerns if c.id not in unlocked),
        open_concerns=tuple(
            OpenConcern(id=c.id, topic=c.topic, fact=c.fact, voiced=c.voiced, now=c.id in step.newly_unlocked)
            for c in persona.concerns
            if c.id in unlocked
        ),
        all_open=len(unlocked) == len(persona.concerns),
        small_talk=persona.small_talk,
        closing=persona.closing,
        history=tuple(_heard_by(persona, history[-HISTORY:]) if scenario.others else history[-HISTORY:]),
        learner_says=learner_says,
        observations=tuple(observations),
        ending=step.ending.value if step.ending else "",
        others=_others(scenario, step) if scenario.others else (),
        leaves=step.leaves,
        cuts_in=step.cuts_in,
        simpler=step.state.simpler or bool(language_level),
        again=step.again,
    )


def _heard_by(persona: Persona, history: Sequence[Said]) -> list[Said]:
    """The conversation from one chair: one's own lines are the persona's, everybody else's are not."""
    return [
        line
        if line.speaker == "learner" or line.name == persona.name
        else Said(speaker="other", text=line.text, name=line.name)
        for line in history
    ]


def _others(scenario: Scenario, step: Step) -> tuple[Present, ...]:
    return tuple(
        Present(name=person.name, role=person.role, left=step.state.people[index].left)
        for index, person in enumerate(scenario.people)
        if index != step.speaker
    )
