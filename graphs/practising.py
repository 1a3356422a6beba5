"""Everything a learner does besides speaking: begin, get help, pause, finish, reflect, read the debrief."""

from __future__ import annotations

import json
from typing import Any

from agents.coach import Hint, Rung
from agents.coach.view import checked
from agents.ensemble import Ensemble
from agents.metering import Account, charged_to
from approvals.people import Actor, Role
from approvals.roles import require
from evidence.errors import Conflict, InvalidInput
from graphs.fitness import may_play
from graphs.scenes import Scene, coach_view, load_scene, signed_scenario, transcript
from practice import ladder
from practice.debrief import Debrief
from practice.detectors import load_pack, observe
from practice.reveal import RevealReason
from practice.unsaid import Opened, Unsaid, unsaid
from practice.variation import twin
from store.purpose import Purpose
from store.unit_of_work import Store

MAX_REFLECTION = 8000


async def begin(
    store: Store, actor: Actor, version_id: str, *, twin_seed: int = 0, ensemble: Ensemble | None = None
) -> str:
    """Begin to practise a signed version; ``twin_seed`` other than 0 varies its signed details.

    Where ``ensemble`` tells who plays here, nothing begins with a persona that may not; a turn is refused then anyway.

    Raises:
        NotSigned: there is no live sign-off of exactly this text.
        NotAllowed: the actor is no learner.
        ModelUnfit: the persona's model was found unfit.
    """
    require(actor, Role.LEARNER, to="practise")
    if ensemble is not None:
        await may_play(store, ensemble, "persona")
    async with store.write() as work:
        # Programme, then sign-off: in this order a strategy that comes into force locks them, too.
        await work.strategy.programme((await work.design.version(version_id)).programme_id, held=True)
        scenario, digest, programme_id = await signed_scenario(work, version_id, held=True)
        return await work.practices.start(
            programme_id=programme_id,
            version_id=version_id,
            digest=digest,
            learner_id=actor.person_id,
            choices=twin(scenario, twin_seed),
        )


async def hint(store: Store, ensemble: Ensemble, actor: Actor, practice_id: str) -> tuple[Hint, int]:
    """Help with the next thing to say, one rung further up the ladder each time on the same turn.

    Returns:
        The hint, and how many are left in this practice.

    Raises:
        Conflict: the practice is not open, or no hints are left.
        ModelUnfit: the coach's model was found unfit.
    """
    async with store.read() as work:
        scene = await load_scene(work, practice_id, actor.person_id, Purpose.OWN_PRACTICE)
        given = await work.practices.hints(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
    if scene.practice.status != "open":
        raise Conflict(f"This practice is {scene.practice.status}.", todo="Hints are for an open practice.")
    if not ladder.hints_left(scene.scenario.difficulty, len(given)):
        raise Conflict("There are no hints left in this practice.", todo="Try it in your own words; it is safe here.")
    turn = len(scene.turns) + 1
    rung = Rung(ladder.next_rung(sum(1 for each in given if each.turn == turn)))
    await may_play(store, ensemble, "coach")
    with charged_to(_account(scene)):
        said = await ensemble.coach.hint(coach_view(scene), rung)
    async with store.write() as work:
        now = await work.practices.hints(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        if len(now) != len(given):
            raise Conflict("Another hint has just been given.", todo="Load the practice again to read it.")
        await work.practices.add_hint(
            practice_id,
            turn=turn,
            rung=said.rung.value,
            text=said.text,
            provenance=said.provenance.model_dump(),
            reader=actor.person_id,
            purpose=Purpose.OWN_PRACTICE,
        )
    return said, ladder.hints_left(scene.scenario.difficulty, len(given) + 1)


async def pause(store: Store, actor: Actor, practice_id: str, *, resume: bool = False) -> None:
    """Pause an open practice, or resume a paused one."""
    was, will_be = ("paused", "open") if resume else ("open", "paused")
    async with store.write() as work:
        await work.practices.get(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        await work.practices.set_status(practice_id, will_be, expected=[was])


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
        ModelFailed: the coach gave no usable reply, or may not play; nothing is kept, and it can be asked again.
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
        draft = await ensemble.coach.debrief(coach_view(scene))
    result = checked(scene.scenario, draft, transcript(scene))
    stored: dict[str, Any] = {"debrief": result.model_dump(mode="json"), "provenance": draft.provenance.model_dump()}
    async with store.write() as work:
        await work.practices.set_status(practice_id, "debriefed", expected=["reflected"])
        await work.practices.keep_text(
            practice_id,
            "debrief",
            json.dumps(stored, ensure_ascii=False),
            reader=actor.person_id,
            purpose=Purpose.OWN_PRACTICE,
        )
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
    )


def _account(scene: Scene) -> Account:
    return Account("practice", scene.practice.id, scene.practice.programme_id, scene.practice.learner_id)
