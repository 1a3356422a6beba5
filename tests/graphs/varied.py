"""A signed scenario with other names and numbers in it, whose second concern opens to being heard."""

from __future__ import annotations

from typing import Any

from agents.author import Draft, DraftOrder
from practice.scenario import Concern, RevealCondition, RevealOn, Scenario, Slot
from store.unit_of_work import Store
from tests.company import OFFLINE, SCENARIO, Company, ensemble
from tests.desk import Desk

VARIED = SCENARIO.model_copy(
    update={
        "title": "{weeks} weeks late",
        "setting": "Friday, half past two. {name} sits down; the second release note is {weeks} weeks late.",
        "persona": SCENARIO.persona.model_copy(
            update={
                "name": "{name}",
                "concerns": (
                    *SCENARIO.persona.concerns,
                    Concern(
                        id="tired",
                        fact="After {weeks} weeks of evenings there is nothing left to give.",
                        topic=("tired", "evenings"),
                        cover="It is fine.",
                        reveal=RevealCondition(on=RevealOn.ACKNOWLEDGEMENT),
                        voiced="I have not had an evening in {weeks} weeks.",
                    ),
                ),
            }
        ),
        "exemplars": (
            "What has been behind the delay, from where you sit?",
            "That sounds exhausting, {name}.",
            "I will ask for a second reviewer by Monday.",
        ),
        "slots": (
            Slot(key="name", values=("Nora", "Mira", "Joan")),
            Slot(key="weeks", values=("two", "three")),
        ),
    }
)


class _Writes:
    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    async def draft(self, order: DraftOrder) -> Draft:
        return Draft(scenario=self._scenario, provenance=OFFLINE)


async def signed(store: Store, company: Company, scenario: Scenario = VARIED, **players: Any) -> str:
    """Have it drafted, and signed by Jonas; gives the version's id."""
    desk = Desk(store, company, ensemble(author=_Writes(scenario), **players))
    checkpoint = await desk.ordered(company.maria)
    await desk.decide(company.jonas, checkpoint)
    return str(checkpoint.subject_id)
