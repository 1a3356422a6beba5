"""A persona's reply, checked by code and taken again within a bound; in the end code speaks rather than a bad take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agents.persona import Persona, PersonaCue, Said
from agents.persona.instructions import instructions
from practice.reveal import Step
from practice.scenario import Scenario
from practice.screening import Finding, Problem, screen

MAX_RETAKES = 2
_NEVER = frozenset(
    {
        Problem.LEAK,
        Problem.ROLE_FLIP,
        Problem.ASSISTANT_TALK,
        Problem.INSTRUCTIONS,
        Problem.EMPTY,
        Problem.ABUSE,
    }
)


@dataclass(frozen=True)
class Take:
    """One attempt at a reply, and everything code found wrong with it."""

    text: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Reply:
    """What is said in the end, and the takes before it; ``by_code`` where no take could stand."""

    text: str
    takes: tuple[Take, ...]
    by_code: bool = False

    @property
    def overruled(self) -> list[dict[str, str]]:
        """What was found wrong, as it is stored with the turn."""
        return [
            {"problem": finding.problem.value, "quote": finding.quote}
            for take in self.takes
            for finding in take.findings
        ]


def locked_facts(scenario: Scenario, step: Step) -> list[str]:
    """What nobody in the scene may say yet: the locked facts of everybody."""
    return [
        concern.fact
        for person, state in zip(scenario.people, step.state.people, strict=True)
        for concern in person.concerns
        if concern.id not in state.unlocked
    ]


async def reply_to(
    cue: PersonaCue,
    persona: Persona,
    scenario: Scenario,
    step: Step,
    *,
    lines: tuple[Said, ...],
    piece: Callable[[str], None],
    reset: Callable[[str], None],
) -> Reply:
    """Have the persona answer a cue; a take with a problem is spoken again, at most ``MAX_RETAKES`` times.

    A last take that only repeats, narrates or changes the language stands. One that leaks, speaks for somebody else,
    speaks as a machine, reads out its instructions, abuses the learner or is empty never does: a line of the signed
    deck takes its place.

    Args:
        cue: what the player receives.
        persona: who plays.
        scenario: the twin that is played.
        step: what the rules made of the learner's words.
        lines: everything said so far.
        piece: hears each piece as it is spoken.
        reset: is told why everything heard so far does not count.
    """
    locked, others = locked_facts(scenario, step), tuple(other.name for other in cue.others)
    takes: list[Take] = []
    for take in range(MAX_RETAKES + 1):
        if take:
            reset(takes[-1].findings[-1].problem.value)
        pieces: list[str] = []
        async for each in persona.speak(cue):
            if each:
                pieces.append(each)
                piece(each)
        text = "".join(pieces).strip()
        findings = screen(
            text,
            locked_facts=locked,
            history=cue.history,
            language=scenario.language,
            persona_name=cue.name,
            others=others,
            again=cue.again,
            instructions=instructions(),
        )
        takes.append(Take(text, findings))
        if not findings:
            return Reply(text, tuple(takes))
    last = takes[-1]
    if not any(finding.problem in _NEVER for finding in last.findings):
        return Reply(last.text, tuple(takes))
    text = _safe_line(scenario, step, lines)
    reset(last.findings[-1].problem.value)
    piece(text)
    return Reply(text, tuple(takes), by_code=True)


def _safe_line(scenario: Scenario, step: Step, lines: tuple[Said, ...]) -> str:
    """A line from the speaker's signed deck that was not said yet, for code to speak where the player cannot."""
    persona, state = scenario.people[step.speaker], step.state.people[step.speaker]
    said = {line.text for line in lines}
    covers = [c.cover for c in persona.concerns if c.id not in state.unlocked]
    return next((line for line in (*persona.small_talk, *covers, *persona.closing) if line not in said), persona.stance)
