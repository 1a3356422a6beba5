"""What if: from any turn of a practice another try plays on, and both stand side by side. The first one stays as it is.

A branch is a practice of its own: the turns before the fork are copied into it, with the state they left.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from agents.ensemble import Ensemble
from approvals.people import Actor, Role
from approvals.roles import require
from evidence.errors import Conflict, InvalidInput, NotSigned
from graphs.answering import Once, Reference, transact
from graphs.fitness import may_play
from graphs.practising import named, opening
from graphs.scenes import Scene, in_its_language, load_scene
from practice.preferences import Preferences
from practice.scenario import Scenario
from practice.scene import SceneState
from practice.standing import Standing, standing
from store.purpose import Purpose
from store.records import Turn
from store.repositories.practices import Try
from store.unit_of_work import Store, UnitOfWork

MOST_BRANCHES = 12  # from one practice: more can be neither kept apart nor compared
_TOLD = frozenset({"reflected", "debriefed"})  # when a learner may know what opened


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True)


class Came(_Shown):
    """Something that opened, and the learner's words that did it."""

    fact: str
    quote: str
    behaviour: str
    person: str = Field(default="", description="whose it is, in a scene with several people")


class SideTurn(_Shown):
    """One turn of a try. ``opened`` and ``standing`` are None until its learner has reflected on it."""

    number: int
    said: str
    reply: str
    speaker: str = Field(default="", description="who replied, in a scene with several people")
    opened: tuple[Came, ...] | None = None
    standing: tuple[Standing, ...] | None = None


class Side(_Shown):
    """One try from a fork on."""

    practice_id: str
    status: str
    original: bool
    challenge: str
    goal: str
    turns: tuple[SideTurn, ...]


class Fork(_Shown):
    """A turn from which a practice was tried in more than one way; the original stands first."""

    turn: int
    sides: tuple[Side, ...]

    @property
    def numbers(self) -> range:
        """The turns that any side has, from the fork on."""
        return range(self.turn, max((turn.number for side in self.sides for turn in side.turns), default=0) + 1)


class Comparison(_Shown):
    """All tries that come from one practice, fork by fork."""

    practice_id: str
    title: str
    persona: str
    others: tuple[str, ...] = Field(default=(), description="who else is in the scene")
    forks: tuple[Fork, ...]


async def branch(
    store: Store,
    actor: Actor,
    practice_id: str,
    turn: int,
    *,
    preferences: Preferences | None = None,
    ensemble: Ensemble | None = None,
    once: Once | None = None,
) -> str:
    """Try another way from ``turn`` on: what was said before it stands, and the scene goes on as it stood then.

    Args:
        store: where everything is kept.
        actor: whose practice it is.
        practice_id: under way or over; a branch will do, too. It is not changed.
        turn: the first turn that is said anew, from 1.
        preferences: what the learner chooses for the branch; left out, they stay as they are.
        ensemble: see ``practising.begin``.
        once: the numbered request.

    Raises:
        NotFound: the practice is not the actor's own.
        InvalidInput: it has no such turn.
        NotSigned: there is no live sign-off any more of exactly the text that it plays.
        Conflict: it has as many branches as can be compared.
        ModelUnfit: the persona's model was found unfit.
    """
    require(actor, Role.LEARNER, to="practise")
    if ensemble is not None:
        await may_play(store, ensemble, "persona")

    async def effect(work: UnitOfWork) -> Reference:
        original = await work.practices.get(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        opened = await opening(work, actor, original.version_id)
        if opened.digest != original.digest:
            raise NotSigned(
                "The text of this practice is not what is signed now.", todo="Begin the scenario again, as it is now."
            )
        tries = await work.practices.tries(actor.person_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        _check(turn, next(each.turns for each in tries if each.id == practice_id))
        if sum(each.branch_of == practice_id for each in tries) >= MOST_BRANCHES:
            raise Conflict(
                f"This practice has {MOST_BRANCHES} branches.", todo="Go on with one of them, or branch from a branch."
            )
        chosen = in_its_language(original, preferences)
        begun = await opened.start(
            work, actor, original.choices, original.form, chosen, branch_of=practice_id, branch_turn=turn
        )
        mine: dict[str, Any] = {"reader": actor.person_id, "purpose": Purpose.OWN_PRACTICE}
        await work.practices.copy_before(practice_id, turn, named(begun), **mine)
        return begun

    return named(await transact(store, once, Reference, effect))


async def compare(store: Store, actor: Actor, practice_id: str) -> Comparison:
    """A practice, what it branched from, and all branches of these, side by side from each fork on.

    Raises:
        NotFound: the practice is not the actor's own.
    """
    async with store.read() as work:
        here = await load_scene(work, practice_id, actor.person_id, Purpose.OWN_PRACTICE)
        tries = await work.practices.tries(actor.person_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        family = _family(practice_id, tries)
        scenes = {
            each.id: await load_scene(work, each.id, actor.person_id, Purpose.OWN_PRACTICE)
            for each in (family if len(family) > 1 else [])
        }
    places = sorted({(each.branch_of, each.branch_turn) for each in family if each.branch_of and each.branch_turn})
    forks = []
    for original, turn in places:
        of_it = [each.id for each in family if (each.branch_of, each.branch_turn) == (original, turn)]
        sides = (_side(scenes[each], turn, original=each == original) for each in (original, *of_it))
        forks.append(Fork(turn=turn, sides=tuple(sides)))
    return Comparison(
        practice_id=practice_id,
        title=here.scenario.title,
        persona=here.scenario.persona.name,
        others=tuple(other.name for other in here.scenario.others),
        forks=tuple(sorted(forks, key=lambda fork: fork.turn)),
    )


def _check(turn: int, said: int) -> None:
    if not 1 <= turn <= said:
        has = f"It has turns 1 to {said}." if said else "Nothing was said in it yet."
        raise InvalidInput(f"There is no turn {turn} in this practice.", where="turn", todo=has)


def _family(practice_id: str, tries: Iterable[Try]) -> list[Try]:
    """Everything that hangs together by branching, oldest first."""
    tries = list(tries)
    above = {each.id: each.branch_of for each in tries}

    def root(each: str) -> str:
        while (up := above.get(each)) is not None:
            each = up
        return each

    return [each for each in tries if root(each.id) == root(practice_id)]


def _side(scene: Scene, turn: int, *, original: bool) -> Side:
    told = scene.practice.status in _TOLD
    facts = carried(scene.scenario)
    return Side(
        practice_id=scene.practice.id,
        status=scene.practice.status,
        original=original,
        challenge=scene.scenario.difficulty.value,
        goal=scene.preferences.goal,
        turns=tuple(_turn(scene, each, facts if told else None) for each in scene.turns if each.number >= turn),
    )


def carried(scenario: Scenario) -> dict[str, tuple[str, str]]:
    """By the id of a concern: its fact, and whose it is where there are several people."""
    return {
        concern.id: (concern.fact, person.name if scenario.others else "")
        for person in scenario.people
        for concern in person.concerns
    }


def _turn(scene: Scene, turn: Turn, facts: dict[str, tuple[str, str]] | None) -> SideTurn:
    speaker = scene.speaker(turn) if scene.scenario.others else ""
    said = SideTurn(number=turn.number, said=turn.learner_text, reply=turn.reply, speaker=speaker)
    if facts is None:
        return said
    opened = tuple(
        Came(
            fact=facts[each["concern"]][0],
            person=facts[each["concern"]][1],
            quote=each["quote"],
            behaviour=each["behaviour"],
        )
        for each in turn.observed.get("opened", ())
        if each["concern"] in facts
    )
    stands = standing(scene.scenario, SceneState.model_validate(turn.state))
    return said.model_copy(update={"opened": opened, "standing": stands})
