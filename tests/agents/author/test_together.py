"""Briefs that ask for two people are given two, all others none."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

import examples
from agents.author import ChangeRequest, DraftOrder
from agents.author.archetypes import load
from agents.author.composing import compose
from agents.author.matching import choose
from agents.author.model import problems_of
from agents.author.offline import OfflineAuthor
from agents.author.reply import ScenarioReply
from evidence.yaml_documents import parse_yaml
from practice.brief import Brief, Difficulty
from practice.names import called
from practice.observation import Behaviour
from practice.scenario import Scenario
from practice.variation import PLACEHOLDER, render, twin
from strategy.charter import Charter
from strategy.loading import load_charter

TARROW: Charter = load_charter(examples.document("tarrow", "charter.yaml"), "charter.yaml")
LIBRARY = load("en")
BRIEFS = {
    "customer_and_boss": Brief(
        skill="Calming an angry customer",
        audience="Depot coordinators",
        situation="A customer calls about a third late delivery. Her boss joins the call and asks what it costs.",
        worry="Coordinators play the two off against each other.",
    ),
    "two_colleagues": Brief(
        skill="Settling a conflict between peers",
        audience="Shift leads",
        situation="Two drivers have not spoken for days. The shift lead sits down with both of them at one table.",
        worry="Shift leads decide who was right.",
    ),
}


PACKAGED = ("tarrow", "customer-and-their-boss.yaml")


@pytest.mark.parametrize("company", examples.COMPANIES)
def test_one_packaged_brief_asks_for_two_and_the_drafts_of_the_others_stay_what_they_were(company: str) -> None:
    for name in examples.brief_names(company):
        brief = parse_yaml(examples.document(company, f"briefs/{name}"), name, Brief)
        asks = (company, name) == PACKAGED
        assert (choose(brief, LIBRARY).archetype.id in LIBRARY.together) is asks
        assert bool(compose(brief, None, LIBRARY).scenario.others) is asks


async def test_the_packaged_brief_becomes_a_scene_whose_example_speaks_to_both() -> None:
    company, name = PACKAGED
    brief = parse_yaml(examples.document(company, f"briefs/{name}"), name, Brief)
    draft = await OfflineAuthor().draft(DraftOrder(brief=brief, charter=TARROW))
    assert draft.provenance.prompt_digest == LIBRARY.digest_together
    for slot in ("{name}", "{second}"):
        assert any(line.startswith(f"{slot},") for line in draft.scenario.exemplars)
    assert len(draft.scenario.safety_notes) >= 2
    content = ScenarioReply.written(draft.scenario) | {"notes": "", "unmet": []}
    order = DraftOrder(brief=brief, charter=TARROW)
    assert problems_of(ScenarioReply.model_validate(content), order) == []
    content["safety_notes"] = [draft.scenario.persona.concerns[0].fact]
    found = problems_of(ScenarioReply.model_validate(content), order)
    assert any(each.startswith("safety_notes") and "gives away" in each for each in found)


@pytest.mark.parametrize(
    "situation",
    [
        "Two colleagues no longer speak with each other. The team lead meets one of them.",
        "A customer complains about his boss.",
        "A manager tells both sides of the story to her team.",
        "She has told her manager that the customer is angry.",
    ],
)
def test_people_who_are_only_talked_about_are_not_in_the_scene(situation: str) -> None:
    brief = Brief(skill="Settling a conflict", audience="Team leads", situation=situation)
    assert not compose(brief, None, LIBRARY).scenario.others


@pytest.mark.parametrize("name", BRIEFS)
@pytest.mark.parametrize("charter", [None, TARROW])
@pytest.mark.parametrize("difficulty", list(Difficulty))
async def test_a_brief_that_asks_for_two_is_given_two_whole_people(
    name: str, charter: Charter | None, difficulty: Difficulty
) -> None:
    brief = BRIEFS[name].model_copy(update={"difficulty": difficulty})
    draft = await OfflineAuthor().draft(DraftOrder(brief=brief, charter=charter))
    scenario = draft.scenario
    assert draft.provenance.prompt_digest == LIBRARY.digest_together
    assert "two people" in draft.notes
    [second] = scenario.others
    assert second.name == "{second}"
    assert len(second.concerns) == 2
    for seed in range(30):
        played = render(scenario, twin(scenario, seed))
        assert not PLACEHOLDER.search(played.model_dump_json(exclude={"slots"}))
        one, other = (set(called(person.name)) for person in played.people)
        assert not one & other
    reply = ScenarioReply.model_validate(
        {key: value for key, value in scenario.content().items() if key in ScenarioReply.model_fields}
        | {"notes": "", "unmet": []}
    )
    assert not [each for each in problems_of(reply, DraftOrder(brief=brief, charter=charter)) if "gives away" in each]


async def test_a_revision_keeps_both() -> None:
    order = DraftOrder(brief=BRIEFS["two_colleagues"], charter=TARROW)
    first = (await OfflineAuthor().draft(order)).scenario
    change = ChangeRequest(by="designer", text="Please make it harder.")
    revised = await OfflineAuthor().draft(order.model_copy(update={"previous": first, "changes": (change,)}))
    assert [person.name for person in revised.scenario.people] == ["{name}", "{second}"]
    assert revised.provenance.prompt_digest == LIBRARY.digest_together


def test_a_name_in_the_brief_that_the_library_gives_the_second_person_is_the_first_persons() -> None:
    brief = BRIEFS["two_colleagues"].model_copy(
        update={"situation": "Leila and another driver quarrel. The lead meets them both at one table."}
    )
    scenario = render(compose(brief, None, LIBRARY).scenario)
    assert isinstance(scenario, Scenario)
    assert scenario.persona.name != scenario.others[0].name


@pytest.mark.parametrize("name", BRIEFS)
def test_the_library_keeps_two_people_apart(name: str) -> None:
    entry = LIBRARY.together[name]
    assert entry.second is not None
    concerns = [*entry.persona.concerns, *entry.second.concerns]
    assert len({each.id for each in concerns}) == len(concerns)
    for pattern in entry.asks:
        re.compile(pattern)
    for one, other in combinations([*entry.persona.small_talk, *entry.second.small_talk], 2):
        assert one != other
    seen = {behaviour for objective in entry.objectives for behaviour in objective.behaviours}
    assert Behaviour.OPEN_QUESTION in seen


def test_a_model_may_write_others_and_a_secret_of_one_in_the_words_of_another_is_refused() -> None:
    scenario = compose(BRIEFS["customer_and_boss"], TARROW, LIBRARY).scenario
    content = ScenarioReply.written(scenario) | {"notes": "", "unmet": []}
    order = DraftOrder(brief=BRIEFS["customer_and_boss"], charter=TARROW)
    assert ScenarioReply.model_validate(content).scenario(order.brief).others == scenario.others
    content["persona"] = content["persona"] | {"stance": scenario.others[0].concerns[0].fact}
    found = problems_of(ScenarioReply.model_validate(content), order)
    assert any(each.startswith("persona.stance") and "others[0].concerns[0]" in each for each in found)
    content.pop("others")
    assert ScenarioReply.model_validate(content).scenario(order.brief).others == ()
