"""Whole practices, from beginning to debrief, through all but HTTP; what must hold is looked at on every turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.author import Draft, DraftOrder
from agents.author.offline import OfflineAuthor
from agents.coach.offline import OfflineCoach
from agents.ensemble import Ensemble
from agents.persona.offline import OfflinePersona
from approvals.people import Actor
from evidence.errors import Conflict
from evidence.locate import Match, locate
from examples import COMPANIES, brief_names, document
from graphs import practising
from graphs.live import LiveTurns
from graphs.scenes import Scene, load_scene
from graphs.speaking import Event
from practice.brief import Brief
from practice.scenario import Concern, Persona, Scenario
from practice.scene import SceneState
from store.purpose import Purpose
from store.unit_of_work import Store
from strategy.loading import load_charter, load_yaml
from tests.company import OFFLINE, Company, ensemble
from tests.graphs.signing import signed_scenario

CLAUSES = ("ask-first", "plain")  # of the test company, under which everything is signed here
MOST_TURNS = 40


async def example_scenarios() -> dict[str, Scenario]:
    """Every brief of the example companies, as the offline author drafts it from the company's charter."""
    found = {}
    for company in COMPANIES:
        charter = load_charter(document(company, "charter.yaml"), "charter.yaml")
        for name in brief_names(company):
            brief = load_yaml(document(company, f"briefs/{name}"), name, Brief)
            draft = await OfflineAuthor().draft(DraftOrder(brief=brief, charter=charter))
            found[f"{company}/{name.removesuffix('.yaml')}"] = draft.scenario
    return found


def of_the_test_company(scenario: Scenario) -> Scenario:
    """The same scene under clauses that the test company has."""
    objectives = tuple(each.model_copy(update={"clause_ids": CLAUSES}) for each in scenario.objectives)
    return scenario.model_copy(update={"clause_ids": CLAUSES, "objectives": objectives})


async def signed(store: Store, company: Company, scenario: Scenario) -> str:
    """The id of its version, signed."""

    class Author:
        async def draft(self, order: DraftOrder) -> Draft:
            return Draft(scenario=of_the_test_company(scenario), provenance=OFFLINE)

    return (await signed_scenario(store, company, ensemble(author=Author()))).subject_id


def by_rules() -> Ensemble:
    """Persona and coach by rules; nobody else takes part in a practice."""
    return ensemble(persona=OfflinePersona(), coach=OfflineCoach())


@dataclass
class Whole:
    """One practice from beginning to end, and everything that was wrong on the way."""

    practice_id: str
    turns: int = 0
    opened: int = 0
    ending: str = ""
    total: float | None = None
    wrong: list[str] = field(default_factory=list)

    def expect(self, holds: bool, what: str) -> None:
        """Note what does not hold, with the turn."""
        if not holds:
            self.wrong.append(f"turn {self.turns}: {what}")


async def play_whole(
    store: Store,
    players: Ensemble,
    learner: Actor,
    version_id: str,
    says: Callable[[str], str],
    *,
    most: int = MOST_TURNS,
    hints_at: Sequence[int] = (2, 5),
) -> Whole:
    """Play a practice to its end, or for ``most`` turns, then reflect and read the debrief twice.

    Args:
        store: where everything is kept.
        players: persona and coach.
        learner: who practises.
        version_id: what; it is signed.
        says: what the learner says, given what they heard last.
        most: turns after which the learner finishes the scene.
        hints_at: turns before which the learner asks for help.
    """
    whole = Whole(await practising.begin(store, learner, version_id, ensemble=players))
    live = LiveTurns(store, players)
    try:
        scene = await _loaded(store, learner, whole)
        heard = scene.lines[-1].text
        while whole.turns < most and scene.practice.status == "open":
            if whole.turns + 1 in hints_at:
                await _hinted(store, players, learner, whole, scene)
            said = says(heard)
            turn = await live.say(whole.practice_id, learner.person_id, said)
            told = [e async for e in live.listen(whole.practice_id, learner.person_id, turn=turn.number)]
            if told[-1].data.get("kind") != "turn":  # paused, or kept out: no turn was taken
                whole.ending = str(told[-1].data.get("kind"))
                break
            before, scene = scene, await _loaded(store, learner, whole)
            whole.turns += 1
            _look_at(whole, before, scene, said, told)
            heard = scene.lines[-1].text
        await _finished(store, players, learner, whole)
    finally:
        await live.close()
    return whole


async def _loaded(store: Store, learner: Actor, whole: Whole) -> Scene:
    async with store.read() as work:
        return await load_scene(work, whole.practice_id, learner.person_id, Purpose.OWN_PRACTICE)


def _states(scene: Scene) -> list[tuple[Persona, SceneState]]:
    return list(zip(scene.scenario.people, scene.state.people, strict=True))


def _locked(scene: Scene) -> list[Concern]:
    return [each for persona, state in _states(scene) for each in persona.concerns if each.id not in state.unlocked]


def _look_at(whole: Whole, before: Scene, after: Scene, said: str, told: Sequence[Event]) -> None:
    """The invariants of one turn: the story only grows, nothing opens unearned, nothing locked is heard."""
    turn = after.turns[-1]
    whole.expect(after.turns[:-1] == before.turns, "an earlier turn has changed")
    whole.expect(turn.number == whole.turns and turn.attempt == 1, "the turn is not the next one")
    whole.expect(turn.learner_text == said.strip(), "what was said is not what is kept")

    places = [tuple(int(part) for part in event.id.split(".")) for event in told]
    whole.expect(places == [(turn.number, 1, index + 1) for index in range(len(told))], "event ids have gaps")
    whole.expect([e.kind in {"done", "failed"} for e in told] == [False] * (len(told) - 1) + [True], "not one end")
    resets = [index for index, event in enumerate(told) if event.kind == "reset"]
    spoken = "".join(e.data["text"] for e in told[resets[-1] + 1 if resets else 0 : -1])
    whole.expect(spoken.strip() == turn.reply == told[-1].data.get("reply"), "heard, told and kept are not the same")

    opened = turn.observed.get("opened", ())
    whole.expect(len(opened) <= 1, "more than one concern opened in one turn")
    for reason in opened:
        whole.expect(locate(reason["quote"], said).status is not Match.ABSENT, "it opened by words nobody said")
    for (persona, state), (_, earlier) in zip(_states(after), _states(before), strict=True):
        known = {each.id for each in persona.concerns}
        whole.expect(set(earlier.unlocked) <= set(state.unlocked) <= known, "a concern closed again")
        whole.expect(-3 <= state.mood <= 3 and -5 <= state.trust <= 5, "mood or trust is out of bounds")
    whole.expect(after.state.turn == turn.number <= MOST_TURNS, "the scene's turn is not the turn")
    whole.expect(bool(turn.observed.get("ending")) == after.state.ended, "the ending is not the state's")

    heard = " ".join(str(value) for event in told for value in event.data.values())
    for concern in _locked(after):
        for hidden in (concern.fact, concern.voiced):
            whole.expect(locate(hidden, heard).status is Match.ABSENT, f"heard before it opened: {concern.id}")
    whole.opened = sum(len(state.unlocked) for _, state in _states(after))
    whole.ending = str(turn.observed.get("ending") or "")


async def _hinted(store: Store, players: Ensemble, learner: Actor, whole: Whole, scene: Scene) -> None:
    try:
        hint, _ = await practising.hint(store, players, learner, whole.practice_id)
    except Conflict:
        return  # none are left
    for concern in _locked(scene):
        for hidden in (concern.fact, concern.voiced):
            whole.expect(locate(hidden, hint.text).status is Match.ABSENT, f"a hint tells what is hidden: {concern.id}")


async def _finished(store: Store, players: Ensemble, learner: Actor, whole: Whole) -> None:
    """The end of it: the debrief says nothing of which the learner's own words do not show it, and says it once."""
    if not whole.turns:
        return
    scene = await _loaded(store, learner, whole)
    if scene.practice.status != "finished":
        await practising.finish(store, learner, whole.practice_id)
    await practising.reflect(store, learner, whole.practice_id, "I tried to listen.")
    debrief = await practising.debrief(store, players, learner, whole.practice_id)
    whole.expect(debrief == await practising.debrief(store, players, learner, whole.practice_id), "it changed")
    own = {turn.number: turn.learner_text for turn in scene.turns}
    for result in debrief.objectives:
        whole.expect((result.value is None) == (not result.quotes), f"{result.objective_id}: scored without a quote")
        for quote in result.quotes:
            found = locate(quote.quote, own.get(quote.turn, "")).status is not Match.ABSENT
            whole.expect(found, f"{result.objective_id}: a quote the learner never said")
    whole.expect(
        len(debrief.priorities) <= 2 and bool(debrief.next_action), "more than two priorities, or no next step"
    )
    whole.total = debrief.total
    told: dict[str, Any] = {
        each.concern_id: each for each in await practising.what_stayed_unsaid(store, learner, whole.practice_id)
    }
    whole.expect(sum(each.opened for each in told.values()) == whole.opened, "unsaid does not say what opened")
