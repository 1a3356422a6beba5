"""Measuring how consistently the persona is played: whole scenes with scripted learners, and what code finds in them.

Every reply is looked at twice: as the player said it first, and as a learner would hear it in the end, after the takes
that code asks for anew. The first says what the player can do, the second what a learner meets.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from agents.persona import Persona, Said
from agents.persona.cue import cue_for
from graphs.replying import reply_to
from practice.consistency import SCRIPTS, Heard, Lapse, Learner, Measure, look
from practice.reveal import MAX_TURNS
from practice.scenario import Scenario
from practice.scene import SceneState
from practice.turn import take
from practice.turn_taking import answered, begin
from strategy.statistics.intervals import Interval, wilson

DRAWS = 2000
MOST_SAMPLES = 5  # of one measure


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class Sample(_Told):
    """One lapse and where it was; ``heard`` where it stood in the end."""

    scene: int
    turn: int
    speaker: str
    learner: str
    reply: str
    quote: str
    against: str
    heard: bool


class Rate(_Told):
    """Replies with a lapse, of ``replies``; the interval is of the rate, None where nothing was said."""

    count: int
    replies: int
    rate: float | None
    low: float | None
    high: float | None


class Finding(_Told):
    """One measure: first takes, what was heard in the end, and samples."""

    measure: Measure
    first: Rate
    heard: Rate
    samples: tuple[Sample, ...]


class SceneTold(_Told):
    """One scene that was played."""

    learner: str
    seed: int
    turns: int
    ending: str
    retakes: int
    by_code: int


class Report(_Told):
    """A whole measurement."""

    title: str
    digest: str
    language: str
    people: int
    player: str
    turns: int
    replies: int
    retakes: int
    by_code: int
    rule_breaks: tuple[str, ...]
    scenes: tuple[SceneTold, ...]
    findings: tuple[Finding, ...]


class _Played(_Told):
    """One reply: lapses of its first take and of what was heard."""

    turn: int
    speaker: str
    learner: str
    said: str
    heard: str
    first_lapses: tuple[Lapse, ...]
    lapses: tuple[Lapse, ...]
    takes: int
    by_code: bool


async def measure(
    persona: Persona,
    scenario: Scenario,
    *,
    scenes: int = 8,
    turns: int = MAX_TURNS,
    seed: int = 1,
    told: Callable[[int], None] = lambda done: None,
) -> Report:
    """Play scenes and measure them.

    Args:
        persona: who plays; a model's errors are passed on.
        scenario: with its slots filled.
        scenes: how many; the manners of learners take turns.
        turns: the most turns of a scene; the rules may end it before.
        seed: of the first scene.
        told: hears after each turn how many were played.
    """
    played: list[list[_Played]] = []
    listed: list[SceneTold] = []
    breaks: list[str] = []
    done = 0
    for number in range(scenes):
        learner = Learner(SCRIPTS[number % len(SCRIPTS)], seed + number // len(SCRIPTS))
        scene: list[_Played] = []
        states = [begin(scenario)]
        lines: tuple[Said, ...] = (Said(speaker="persona", text=scenario.opening_line, name=scenario.persona.name),)
        ending = ""
        while not ending and len(scene) < turns:
            one, state, ending, lines = await _turn(persona, scenario, learner, states[-1], lines, turns)
            scene.append(one)
            states.append(state)
            done += 1
            told(done)
        breaks += [f"scene {number + 1}, {problem}" for problem in _rule_breaks(states)]
        played.append(scene)
        listed.append(
            SceneTold(
                learner=learner.manner,
                seed=learner.seed,
                turns=len(scene),
                ending=ending,
                retakes=sum(each.takes - 1 for each in scene),
                by_code=sum(each.by_code for each in scene),
            )
        )
    return Report(
        title=scenario.title,
        digest=scenario.digest(),
        language=scenario.language,
        people=len(scenario.people),
        player=persona.provenance.label,
        turns=turns,
        replies=sum(map(len, played)),
        retakes=sum(each.retakes for each in listed),
        by_code=sum(each.by_code for each in listed),
        rule_breaks=tuple(breaks),
        scenes=tuple(listed),
        findings=tuple(_finding(each, played) for each in Measure),
    )


async def _turn(
    persona: Persona, scenario: Scenario, learner: Learner, state: SceneState, lines: tuple[Said, ...], turns: int
) -> tuple[_Played, SceneState, str, tuple[Said, ...]]:
    says = learner.says(scenario, state.turn + 1)
    observations, step = take(
        scenario,
        state,
        says,
        previous=lines[-1].text,
        earlier=[line.text for line in lines if line.speaker == "learner"],
        max_turns=turns,
    )
    cue = cue_for(scenario, step, history=lines, learner_says=says, observations=observations)
    reply = await reply_to(
        cue, persona, scenario, step, lines=lines, piece=lambda text: None, reset=lambda because: None
    )
    speaker = scenario.people[step.speaker].name
    own = [line.text for line in lines if line.speaker == "persona" and line.name == speaker]
    heard = Heard([*(line.text for line in lines), says], own)
    first = reply.takes[0]
    first_lapses = look(scenario, step, first.text, heard, first.findings)
    lapses = first_lapses
    if reply.text != first.text:
        found = () if reply.by_code else reply.takes[-1].findings
        lapses = look(scenario, step, reply.text, heard, found)
    after = answered(step, scenario, reply.text)
    one = _Played(
        turn=after.turn,
        speaker=speaker,
        learner=says,
        said=first.text,
        heard=reply.text,
        first_lapses=first_lapses,
        lapses=lapses,
        takes=len(reply.takes),
        by_code=reply.by_code,
    )
    spoken = (*lines, Said(speaker="learner", text=says), Said(speaker="persona", text=reply.text, name=speaker))
    return one, after, step.ending.value if step.ending else "", spoken


def _rule_breaks(states: Sequence[SceneState]) -> Iterator[str]:
    """Where mood or trust jumped, or something closed again: the rules never do, whoever plays."""
    for before, after in pairwise(states):
        for was, now in zip(before.people, after.people, strict=True):
            if abs(now.mood - was.mood) > 1:
                yield f"turn {after.turn}: the mood jumped from {was.mood} to {now.mood}"
            if not set(was.unlocked) <= set(now.unlocked):
                yield f"turn {after.turn}: something closed again"
            if abs(now.trust - was.trust) > 4:
                yield f"turn {after.turn}: trust jumped from {was.trust} to {now.trust}"


def _finding(measured: Measure, played: Sequence[Sequence[_Played]]) -> Finding:
    samples = [
        Sample(
            scene=number + 1,
            turn=each.turn,
            speaker=each.speaker,
            learner=each.learner,
            reply=each.heard if in_the_end else each.said,
            quote=lapse.quote,
            against=lapse.against,
            heard=in_the_end,
        )
        for number, scene in enumerate(played)
        for each in scene
        for in_the_end, lapses in ((True, each.lapses), (False, each.first_lapses))
        for lapse in lapses
        if lapse.measure is measured and (in_the_end or lapse not in each.lapses)
    ]
    return Finding(
        measure=measured,
        first=_rate([[_has(each.first_lapses, measured) for each in scene] for scene in played]),
        heard=_rate([[_has(each.lapses, measured) for each in scene] for scene in played]),
        samples=tuple(sorted(samples, key=lambda each: not each.heard)[:MOST_SAMPLES]),
    )


def _has(lapses: Sequence[Lapse], measured: Measure) -> bool:
    return any(lapse.measure is measured for lapse in lapses)


def _rate(scenes: Sequence[Sequence[bool]]) -> Rate:
    """The rate with an interval that knows that the replies of one scene go together.

    Where nothing or everything was found, or in one scene alone, resampling scenes tells nothing: Wilson's is given.
    """
    count, replies = sum(map(sum, scenes)), sum(map(len, scenes))
    interval = wilson(count, replies)
    if 0 < count < replies and len(scenes) > 1:
        interval = _by_scene(scenes, interval)
    return Rate(count=count, replies=replies, rate=interval.estimate, low=interval.low, high=interval.high)


def _by_scene(scenes: Sequence[Sequence[bool]], plain: Interval) -> Interval:
    """Percentiles over resampled scenes, never narrower than the interval of independent replies."""
    drawing = random.Random(len(scenes))  # noqa: S311 - resampling
    sums = [(sum(scene), len(scene)) for scene in scenes]
    rates = []
    for _ in range(DRAWS):
        drawn = drawing.choices(sums, k=len(sums))
        rates.append(sum(found for found, _ in drawn) / max(1, sum(total for _, total in drawn)))
    rates.sort()
    low, high = rates[int(0.025 * DRAWS)], rates[int(0.975 * DRAWS) - 1]
    return Interval(plain.estimate, min(low, plain.low or 0.0), max(high, plain.high or 0.0), plain.n)
