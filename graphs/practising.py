"""Everything a learner does besides speaking: begin, get help, pause, finish, reflect, read the debrief."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from agents.coach import Hint, Rung
from agents.coach.hinting import by_rules, give
from agents.coach.writing import write
from agents.ensemble import Ensemble
from agents.failures import ModelUnfit
from agents.metering import Account, charged_to
from approvals.people import Actor, Role
from approvals.roles import require
from evidence.errors import Conflict, InvalidInput
from graphs.answering import Once, Reference, transact
from graphs.fitness import may_play
from graphs.helping import mastered
from graphs.reaching import may_begin
from graphs.scenes import Scene, coach_view, load_scene, preferences_of, signed_scenario, transcript
from graphs.transfer.tapping import note_practice
from practice import ladder
from practice.debrief import Debrief
from practice.detectors import available_languages, load_pack, observe
from practice.preferences import Form, HintLevel, Preferences
from practice.reveal import RevealReason
from practice.scenario import Scenario
from practice.translation import offered
from practice.unsaid import Opened, Unsaid, unsaid
from practice.variation import another, twin
from store.purpose import Purpose
from store.records import Practice
from store.repositories.practices import Try
from store.unit_of_work import Store, UnitOfWork

MAX_REFLECTION = 8000
AS_IT_IS = Preferences()


async def begin(
    store: Store,
    actor: Actor,
    version_id: str,
    *,
    twin_seed: int = 0,
    varied: bool = False,
    form: Form = Form.FULL,
    preferences: Preferences = AS_IT_IS,
    speechless: tuple[str, ...] = (),
    ensemble: Ensemble | None = None,
    once: Once | None = None,
) -> str:
    """Begin to practise a signed version.

    Args:
        store: where everything is kept.
        actor: who practises.
        version_id: what.
        twin_seed: other than 0 varies its signed details.
        varied: vary them so that they differ from those of the last practice of this version, too.
        form: the whole, or the three-minute version.
        preferences: what the learner chose.
        speechless: the roles that nobody plays in the language that was chosen.
        ensemble: where it tells who plays here, nothing begins with a persona that may not; a turn is refused then
            anyway.
        once: the numbered request, so that it begins one practice however often it is sent.

    Raises:
        NotSigned: there is no live sign-off of exactly this text.
        NotAllowed: the actor is no learner.
        InvalidInput: it is not translated into the language that was chosen, or nobody speaks it here.
        ModelUnfit: the persona's model was found unfit.
    """
    require(actor, Role.LEARNER, to="practise")
    if ensemble is not None:
        await may_play(store, ensemble, "persona")

    async def effect(work: UnitOfWork) -> Reference:
        opened = await opening(work, actor, version_id)
        may_speak(opened.scenario, preferences.language, speechless)
        choices = twin(opened.scenario, twin_seed)
        if varied:
            met = [each.choices for each in await tried(work, actor, version_id)]
            choices = another(opened.scenario, twin_seed, met[-1] if met else {}, met)
        return await opened.start(work, actor, choices, form, preferences)

    return named(await transact(store, once, Reference, effect))


def may_speak(scenario: Scenario, language: str, speechless: tuple[str, ...] = ()) -> None:
    """Refuse a language in which this scenario cannot be practised here; an empty one is that of the scenario.

    Raises:
        InvalidInput: there is no whole translation of the text as it reads now, or nobody plays a role in it.
    """
    if language in ("", scenario.language):
        return
    there = offered(scenario)
    if language not in there or language not in available_languages():
        raise InvalidInput(
            f"This scenario is not offered in '{language}'.",
            where="preferences.language",
            todo=f"It is signed in: {', '.join((scenario.language, *there))}.",
        )
    if speechless:
        raise InvalidInput(
            f"Nobody here speaks '{language}' as {', '.join(speechless)}: rules play there, and they do not know it.",
            where="preferences.language",
            todo=f"Practise in '{scenario.language}', or ask an admin to set a language model (docs/models.md).",
        )


class Opening(NamedTuple):
    """A signed version that may be begun."""

    scenario: Scenario
    digest: str
    programme_id: str
    version_id: str

    async def start(
        self,
        work: UnitOfWork,
        actor: Actor,
        choices: Mapping[str, str],
        form: str,
        preferences: Preferences,
        *,
        branch_of: str | None = None,
        branch_turn: int | None = None,
    ) -> Reference:
        """Start a practice of it; see ``Practices.start``."""
        practice_id = await work.practices.start(
            programme_id=self.programme_id,
            version_id=self.version_id,
            digest=self.digest,
            learner_id=actor.person_id,
            choices=choices,
            form=form,
            preferences=kept(preferences),
            branch_of=branch_of,
            branch_turn=branch_turn,
        )
        return Reference(id=practice_id)


async def opening(work: UnitOfWork, actor: Actor, version_id: str, *, held: bool = True) -> Opening:
    """The one door to a scenario for this person: a practice, a twin, a branch and an example go through it.

    Whatever more is asked before somebody may begin than a sign-off, is asked here and nowhere else. ``held`` keeps the
    sign-off from being revoked until the transaction ends.

    Raises:
        NotSigned: there is no live sign-off of exactly this text.
        NotFound: there is no such version.
    """
    # Programme, then sign-off: in this order a strategy that comes into force locks them, too.
    await work.strategy.programme((await work.design.version(version_id)).programme_id, held=held)
    scenario, digest, programme_id = await signed_scenario(work, version_id, held=held)
    await may_begin(work, actor, version_id, held=held)
    return Opening(scenario, digest, programme_id, version_id)


async def prefer(store: Store, actor: Actor, practice_id: str, preferences: Preferences) -> None:
    """Change how a practice goes on; from the next turn on it is played so.

    Raises:
        Conflict: the scene is over, or another language is asked for: a scene stays in the one it began in.
    """
    async with store.write() as work:
        practice = await work.practices.get(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        if practice.status not in {"open", "paused"}:
            raise Conflict("The scene is over.", todo="Try it again, and choose before you begin.")
        language = preferences_of(practice).language
        if preferences.language not in ("", language):
            raise Conflict("A scene stays in the language it began in.", todo="Begin it anew in the other language.")
        preferences = preferences.model_copy(update={"language": language})
        await work.practices.keep_text(
            practice_id,
            "preferences",
            json.dumps(kept(preferences)),
            reader=actor.person_id,
            purpose=Purpose.OWN_PRACTICE,
        )


def kept(preferences: Preferences) -> dict[str, Any]:
    """Preferences as they are stored: what was chosen, and nothing for what is usual."""
    return preferences.model_dump(mode="json", exclude_defaults=True)


async def tried(work: UnitOfWork, actor: Actor, version_id: str) -> list[Try]:
    """How often, and with which signed details, somebody has begun a version; oldest first."""
    tries = await work.practices.tries(actor.person_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
    return [each for each in tries if each.version_id == version_id]


def named(answer: Reference) -> str:
    """The id of what was begun."""
    if answer.id is None:  # pragma: no cover - beginning always names a practice
        raise RuntimeError("nothing was begun")
    return answer.id


async def hint(store: Store, ensemble: Ensemble, actor: Actor, practice_id: str) -> tuple[Hint, int]:
    """Help with the next thing to say, one rung further up the ladder each time on the same turn.

    What was said in an earlier hint is not said again as long as there is a rung above it; where there is none, it is
    told once more and costs nothing.

    Returns:
        The hint, and how many are left in this practice. Where the coach's model gives none that may be shown, it is
        the rules', and ``by_rules`` says why.

    Raises:
        Conflict: the practice is not open, or no hints are left.
        ModelFailed: the model gave none, and rules have no words of the scene's language.
    """
    async with store.read() as work:
        scene = await load_scene(work, practice_id, actor.person_id, Purpose.OWN_PRACTICE)
        given = await work.practices.hints(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        known = await mastered(work, scene)
    if scene.practice.status != "open":
        raise Conflict(f"This practice is {scene.practice.status}.", todo="Hints are for an open practice.")
    if scene.preferences.hints is HintLevel.NONE:
        raise Conflict("You chose to practise without hints.", todo="Change how you practise, and ask again.")
    if not ladder.hints_left(scene.scenario.difficulty, len(given), known):
        raise Conflict("There are no hints left in this practice.", todo="Try it in your own words; it is safe here.")
    turn = len(scene.turns) + 1
    asked, before = sum(1 for each in given if each.turn == turn), {each.text for each in given}
    rung = Rung(ladder.next_rung(asked, known))
    said = await _helped(store, ensemble, scene, rung)
    while said.text in before and (above := Rung(ladder.next_rung(asked + 1, known))) is not rung:
        asked, rung = asked + 1, above
        said = await _helped(store, ensemble, scene, rung)
    if said.text in before:
        return said, ladder.hints_left(scene.scenario.difficulty, len(given), known)
    async with store.write() as work:
        now = await work.practices.hints(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        if len(now) != len(given):
            raise Conflict("Another hint has just been given.", todo="Load the practice again to read it.")
        await work.practices.add_hint(
            practice_id,
            turn=turn,
            rung=said.rung.value,
            text=said.text,
            provenance=said.provenance.model_dump() | ({"by_rules": said.by_rules} if said.by_rules else {}),
            reader=actor.person_id,
            purpose=Purpose.OWN_PRACTICE,
        )
    return said, ladder.hints_left(scene.scenario.difficulty, len(given) + 1, known)


async def _helped(store: Store, ensemble: Ensemble, scene: Scene, rung: Rung) -> Hint:
    """A hint on a rung: the coach's, or the rules' where its model is unfit."""
    try:
        await may_play(store, ensemble, "coach")
    except ModelUnfit as unfit:  # rules cost nothing, and nobody doubts them
        return await by_rules(coach_view(scene), rung, unfit)
    with charged_to(_account(scene)):
        return await give(ensemble.coach, coach_view(scene), rung)


async def pause(store: Store, actor: Actor, practice_id: str, *, resume: bool = False) -> None:
    """Pause an open practice, or resume one that was paused, or stopped over words that belonged to the role.

    Raises:
        Conflict: it has moved on, or the scenario was taken back for the time being, and stopped with it.
    """
    was, will_be = (["paused", "stopped"], "open") if resume else (["open"], "paused")
    async with store.write() as work:
        practice = await work.practices.get(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        if resume and await taken_back(work, practice):
            raise Conflict(
                "This scenario was taken back for the time being.",
                todo="Finish this practice to reflect on it, or begin another scenario.",
            )
        await work.practices.set_status(practice_id, will_be, expected=was)


async def taken_back(work: UnitOfWork, practice: Practice) -> bool:
    """Whether a practice was stopped, and its scenario is suspended: it cannot go on, whatever was said in it."""
    if practice.status != "stopped":
        return False
    rollout = await work.reach.rollout_of(practice.version_id)
    return rollout is not None and rollout.suspended_at is not None


async def finish(store: Store, actor: Actor, practice_id: str) -> None:
    """End the scene; the learner's reflection comes next.

    Raises:
        Conflict: nothing was said yet, or it is finished already.
    """
    async with store.write() as work:
        scene = await load_scene(work, practice_id, actor.person_id, Purpose.OWN_PRACTICE)
        if not scene.turns:
            raise Conflict(
                "Nothing was said yet.", todo="Say at least one thing, or just leave; nothing is kept against you."
            )
        await work.practices.set_status(practice_id, "finished", expected=["open", "paused", "stopped"])


async def reflect(store: Store, actor: Actor, practice_id: str, text: str) -> None:
    """Keep the learner's own reflection, which comes before any feedback.

    Raises:
        InvalidInput: it is empty or too long.
        Conflict: the scene is not finished.
    """
    cleaned = text.strip()
    if not cleaned or len(cleaned) > MAX_REFLECTION:
        raise InvalidInput(
            f"A reflection has 1 to {MAX_REFLECTION} characters.", where="text", todo="One sentence is enough."
        )
    async with store.write() as work:
        practice = await work.practices.get(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        if practice.status == "debriefed":
            raise Conflict("You have read the debrief; your view before it stays as it was.", todo="Try it once more.")
        if practice.status not in {"finished", "reflected"}:
            raise Conflict("The scene is not finished.", todo="Finish it first.")
        await work.practices.keep_text(
            practice_id, "reflection", cleaned, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE
        )
        await work.practices.set_status(practice_id, "reflected", expected=["finished", "reflected"])


async def debrief(store: Store, ensemble: Ensemble, actor: Actor, practice_id: str) -> Debrief:
    """The debrief: what the coach claims, as far as code finds it in the learner's own words, scored by code.

    Raises:
        Conflict: the scene is not finished, or the learner has not reflected yet.
        ModelFailed: the coach could not be asked, or may not play; nothing is kept, and it can be asked again.
    """
    async with store.read() as work:
        scene = await load_scene(work, practice_id, actor.person_id, Purpose.OWN_PRACTICE)
    if scene.practice.debrief is not None:
        return Debrief.model_validate(scene.practice.debrief["debrief"])
    if scene.practice.status == "finished":
        raise Conflict("Your own view comes first.", todo="Write a sentence of reflection, then read the debrief.")
    if scene.practice.status != "reflected":
        raise Conflict("The scene is not finished.", todo="Finish it first.")
    await may_play(store, ensemble, "coach")
    with charged_to(_account(scene)):
        written = await write(
            ensemble.coach, scene.scenario, transcript(scene), reflection=scene.practice.reflection or ""
        )
    result = written.debrief
    stored: dict[str, Any] = {"debrief": result.model_dump(mode="json"), "provenance": written.provenance.model_dump()}
    async with store.write() as work:
        await work.practices.set_status(practice_id, "debriefed", expected=["reflected"])
        await work.practices.keep_text(
            practice_id,
            "debrief",
            json.dumps(stored, ensure_ascii=False),
            reader=actor.person_id,
            purpose=Purpose.OWN_PRACTICE,
        )
        kept = await work.practices.get(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        await note_practice(work, kept)
    return result


async def what_stayed_unsaid(store: Store, actor: Actor, practice_id: str) -> tuple[Unsaid, ...]:
    """Which concerns opened and by which of the learner's words, and which never did; only after the scene.

    Raises:
        Conflict: the scene is still being played.
    """
    async with store.read() as work:
        scene = await load_scene(work, practice_id, actor.person_id, Purpose.OWN_PRACTICE)
    if scene.practice.status not in {"reflected", "debriefed"}:
        raise Conflict("That would spoil the scene.", todo="Finish it and reflect first.")
    opened = [
        Opened(turn.number, RevealReason(each["concern"], each["behaviour"], each["quote"], each.get("topic", "")))
        for turn in scene.turns
        for each in turn.observed.get("opened", ())
    ]
    return unsaid(
        scene.scenario.persona,
        opened,
        transcript(scene),
        language=scene.scenario.language,
        exemplars=scene.scenario.exemplars,
        observe=lambda text: observe(text, pack=load_pack(scene.scenario.language)),
        others=scene.scenario.others,
    )


def _account(scene: Scene) -> Account:
    return Account("practice", scene.practice.id, scene.practice.programme_id, scene.practice.learner_id)
