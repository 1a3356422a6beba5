"""A French scenario from the order to the debrief: models play, and the rules speak and understand French."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from agents.alignment import ClaimedQuote
from agents.author import Draft, DraftOrder
from agents.build import EnsembleSettings, RoleSettings, speechless
from agents.coach import ClaimedLevel, CoachView, DebriefDraft, Hint, Rung
from agents.endpoints import ModelSettings
from evidence.errors import InvalidInput
from graphs import practising
from graphs.commissioning import order
from graphs.live import LiveTurns
from graphs.playing import Player
from practice.scenario import RevealCondition, RevealOn, Scenario
from store.purpose import Purpose
from store.unit_of_work import Store
from tests.company import BRIEF, OFFLINE, SCENARIO, Company, ScriptedPersona, ensemble
from tests.graphs.signing import approve_all

from langgraph.checkpoint.memory import InMemorySaver  # isort: skip

_CONCERN = SCENARIO.persona.concerns[0].model_copy(
    update={
        "fact": "Son travail attend la relecture depuis neuf jours, parce que le second relecteur est parti.",
        "topic": ("retard", "délai", "relecture"),
        "cover": "Il y avait beaucoup à faire en même temps.",
        "reveal": RevealCondition(on=RevealOn.OPEN_QUESTION),
        "voiced": "Franchement ? Mes modifications ont attendu neuf jours. Il n'y a plus personne.",
    }
)
FRENCH: Scenario = SCENARIO.model_copy(
    update={
        "title": "Deux échéances",
        "language": "fr",
        "setting": "Vendredi, quatorze heures. Nora s'assoit dans votre bureau ; la note a une semaine de retard.",
        "learner_role": "Vous dirigez l'équipe.",
        "learner_goal": "Demandez ce qui explique le retard avant de convenir de quoi que ce soit.",
        "opening_line": "Vous vouliez me voir ?",
        "persona": SCENARIO.persona.model_copy(
            update={
                "role": "développeuse",
                "stance": "Le plan était serré, voilà tout.",
                "concerns": (_CONCERN,),
                "small_talk": ("C'est comme ça.", "On fait ce qu'on peut."),
                "closing": ("Bon. Restons-en là.",),
            }
        ),
    }
)
ASKING = "Qu’est-ce qui explique ce retard, de votre point de vue ?"


class FrenchAuthor:
    async def draft(self, order: DraftOrder) -> Draft:
        assert order.brief.language == "fr"
        return Draft(scenario=FRENCH, provenance=OFFLINE)


class FrenchCoach:
    provenance = OFFLINE

    async def hint(self, view: CoachView, rung: Rung, *, remarks: Sequence[str] = ()) -> Hint:
        return Hint(rung=rung, text="Posez une question ouverte.", provenance=OFFLINE)

    async def debrief(self, view: CoachView, *, remarks: tuple[str, ...] = ()) -> DebriefDraft:
        assert view.language == "fr"
        asked = ClaimedLevel(objective_id="ask", level="some", quotes=(ClaimedQuote(quote=ASKING, field="1"),))
        return DebriefDraft(
            opening="Merci.",
            levels=(asked,),
            priorities=("Tu es trop impatient.",),
            next_action="Vous êtes impatient.",
            provenance=OFFLINE,
        )


async def test_a_french_practice_from_the_order_to_the_debrief(store: Store, company: Company) -> None:
    persona = ScriptedPersona(
        [
            "I am fine, thank you, and that is all that you need to know about it.",
            "Mes modifications ont attendu neuf jours.",
        ]
    )
    players = ensemble(author=FrenchAuthor(), persona=persona, coach=FrenchCoach())
    brief = BRIEF.model_copy(update={"language": "fr"})
    run_id = await order(store, company.maria, company.programme_id, brief, languages=frozenset({"en", "fr"}))
    await Player(store, players, InMemorySaver()).bring_forward(run_id)
    async with store.read() as work:
        [checkpoint] = await work.approvals.checkpoints(run_id=run_id, status="pending")
    await approve_all(store, company, checkpoint)

    practice = await practising.begin(store, company.amir, checkpoint.subject_id)
    live = LiveTurns(store, players)
    me = company.amir.person_id

    async def say(text: str) -> dict[str, Any]:
        turn = await live.say(practice, me, text)
        return [event async for event in live.listen(practice, me, turn=turn.number)][-1].data

    first = await say(ASKING)
    assert first["opened"] == 1, "the right question is understood in French, and answered in this turn"
    assert first["reply"] == "Mes modifications ont attendu neuf jours.", "a reply in English is taken again"
    ended = [await say(words) for words in ("Sale pute.", "Je vais te tuer.")][-1]
    assert ended["ended"]
    assert "ma limite" in ended["reply"]
    await practising.reflect(store, company.amir, practice, "J'ai demandé tard.")
    debrief = await practising.debrief(store, players, company.amir, practice)
    assert debrief.objectives[0].level == "some"
    assert debrief.objectives[0].quotes[0].quote == ASKING
    assert "peut se tromper" in debrief.notice
    assert debrief.next_action.startswith("Avant votre prochain entretien"), "words about a trait are not passed on"
    async with store.read() as work:
        turns = await work.practices.turns(practice, reader=me, purpose=Purpose.OWN_PRACTICE)
    assert turns[0].observed["observations"][0]["behaviour"] == "open_question"
    assert {each["problem"] for each in turns[0].observed["overruled"]} == {"language"}
    await live.close()


async def test_an_order_that_nobody_can_play_is_refused_and_says_why(store: Store, company: Company) -> None:
    silent = speechless(EnsembleSettings(), "fr")
    assert silent == ("author", "persona")
    brief = BRIEF.model_copy(update={"language": "fr"})
    with pytest.raises(InvalidInput, match="author, persona: rules play there, and they speak English only"):
        await order(store, company.maria, company.programme_id, brief, languages=frozenset({"fr"}), speechless=silent)


def test_who_is_speechless_follows_from_who_plays() -> None:
    model = RoleSettings(player="model", model=ModelSettings(base_url="http://127.0.0.1:9/v1", model="any"))
    assert speechless(EnsembleSettings(), "en-GB") == ()
    assert speechless(EnsembleSettings(author=model), "de") == ("persona",)
    assert speechless(EnsembleSettings(author=model, persona=model), "de") == ()
    assert speechless(EnsembleSettings(author=model, persona=model, coach=model), "fr") == ()
