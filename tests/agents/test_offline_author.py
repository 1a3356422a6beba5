"""The offline author on briefs and charters its library was not written on."""

from __future__ import annotations

import json
import re
from itertools import combinations

import pytest

from agents.author import Author
from agents.author.archetypes import FALLBACK, Library, load
from agents.author.composing import GENERIC
from agents.author.matching import choose, family_scores, relevant_clauses, stems
from agents.author.offline import OfflineAuthor, languages
from agents.author.reading import learner, other_role, sentences, subject
from evidence.errors import InvalidInput
from evidence.fields import text_fields
from practice.brief import Brief, Difficulty
from practice.observation import Behaviour
from practice.scenario import Scenario
from practice.variation import PLACEHOLDER, render, twin
from strategy.charter import Charter
from tests.agents.ordering import FORGE, FRESH, ORCHARD, brief, charter_of, drafted


def changed_paths(before: Scenario, after: Scenario) -> set[str]:
    """Top-level fields that differ."""
    old, new = before.content(), after.content()
    return {name for name in old if old[name] != new[name]}


@pytest.fixture(scope="module")
def library() -> Library:
    return load("en")


CHARTERS = {"generic": None, "forge": FORGE, "orchard": ORCHARD}
EVERY = pytest.mark.parametrize(
    ("expected", "charter"), [(name, charter) for name in FRESH for charter in CHARTERS.values()]
)


def test_it_is_an_author_and_says_which_languages_it_has() -> None:
    author: Author = OfflineAuthor()
    assert author is not None
    assert "en" in languages()


async def test_a_language_it_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(InvalidInput) as refused:
        await drafted(FRESH["delegation"].model_copy(update={"language": "fi"}))
    assert "en" in refused.value.todo
    assert refused.value.where == "brief.language"


@pytest.mark.parametrize("expected", FRESH)
def test_the_archetype_is_chosen_by_what_the_brief_says(expected: str, library: Library) -> None:
    fit = choose(FRESH[expected], library)
    assert (fit.archetype.id, fit.fits) == (expected, True)


async def test_a_brief_that_fits_nothing_gets_the_general_conversation_and_a_note() -> None:
    odd = brief("Juggling with oranges", "Clowns", "The oranges are slippery.")
    draft = await drafted(odd)
    assert "No archetype" in draft.notes
    assert "oranges are slippery" in draft.scenario.setting
    assert choose(odd, load("en")).archetype.id == FALLBACK


@EVERY
async def test_every_field_is_filled_and_placeholders_render(expected: str, charter: Charter | None) -> None:
    order_brief = FRESH[expected]
    draft = await drafted(order_brief, charter)
    scenario = draft.scenario
    assert draft.provenance.player == "offline"
    assert draft.provenance.prompt_digest
    assert draft.unmet == ()
    assert len(scenario.objectives) >= 3
    assert len(scenario.exemplars) >= 4
    assert len(scenario.safety_notes) >= 2
    assert len(scenario.persona.small_talk) >= 8
    assert len(scenario.persona.closing) >= 3
    assert len(scenario.persona.concerns) == 3
    assert scenario.persona.objections
    assert len(scenario.slots) >= 2
    assert any(len(slot.values) > 1 for slot in scenario.slots)
    assert {slot.key for slot in scenario.slots} == set(
        PLACEHOLDER.findall(scenario.model_dump_json(exclude={"slots"}))
    )
    for seed in range(4):
        played = render(scenario, twin(scenario, seed))
        texts = json.dumps(played.content() | {"slots": []}, ensure_ascii=False)
        assert not PLACEHOLDER.search(texts)
        assert "<" not in texts
        assert ".." not in texts
        assert "  " not in texts
    assert {behaviour for objective in scenario.objectives for behaviour in objective.behaviours} <= set(Behaviour)


@EVERY
async def test_nothing_a_learner_sees_gives_a_locked_fact_away(
    expected: str, charter: Charter | None, library: Library
) -> None:
    scenario = render((await drafted(FRESH[expected], charter)).scenario)
    hidden = {f"persona.concerns[{index}].{name}" for index in range(8) for name in ("fact", "voiced", "effect", "id")}
    name = set(stems(scenario.persona.name, library))
    visible = {
        part
        for path, text in text_fields(scenario.content()).items()
        if path not in hidden and ".topic[" not in path and not path.startswith("slots")
        for part in sentences(text)
        if part not in FRESH[expected].situation
    }
    for concern in scenario.persona.concerns:
        fact = set(stems(concern.fact, library)) - name
        assert concern.fact not in visible
        for said in visible:
            shared = fact & set(stems(said, library))
            assert len(shared) < max(3, 0.5 * len(fact)), f"{concern.id}: {said}"


@EVERY
async def test_topics_are_specific(expected: str, charter: Charter | None) -> None:
    concerns = (await drafted(FRESH[expected], charter)).scenario.persona.concerns
    for concern in concerns:
        assert len(concern.topic) >= 4
        assert not {"it", "this", "you", "that", "thing"} & set(concern.topic)
    for one, other in combinations(concerns, 2):
        assert len(set(one.topic) & set(other.topic)) <= 2


@pytest.mark.parametrize("expected", FRESH)
async def test_two_companies_get_two_scenarios_and_cite_their_own_clauses(expected: str) -> None:
    order_brief = FRESH[expected]
    a, b = (await drafted(order_brief, FORGE)).scenario, (await drafted(order_brief, ORCHARD)).scenario
    plain = (await drafted(order_brief)).scenario
    for scenario, charter in ((a, FORGE), (b, ORCHARD)):
        cited = {clause_id for objective in scenario.objectives for clause_id in objective.clause_ids}
        assert cited <= set(scenario.clause_ids) <= charter.clause_ids
        assert len(cited) >= 2
        practised = next(charter.clause(i) for i in scenario.objectives[0].clause_ids)
        assert practised is not None
        assert f"Why {charter.company} cares: “" in scenario.learner_goal
        assert any(clause.text.rstrip(".") in scenario.learner_goal for clause in charter.clauses)
    assert plain.clause_ids == (GENERIC,)
    assert all(objective.clause_ids == (GENERIC,) for objective in plain.objectives)
    ours = {o.text for o in a.objectives}
    theirs = {o.text for o in b.objectives}
    assert len(ours & theirs) <= 1
    assert len(set(a.exemplars) & set(b.exemplars)) <= 1
    assert a.learner_goal != b.learner_goal
    assert a.short_version.goal != b.short_version.goal
    assert {c.id for c in a.persona.concerns} != {c.id for c in b.persona.concerns}
    assert FORGE.company in a.learner_role
    assert "Orchard" not in json.dumps(a.content())


@EVERY
async def test_an_objective_is_one_behaviour_in_at_most_eight_words(expected: str, charter: Charter | None) -> None:
    scenario = render((await drafted(FRESH[expected], charter)).scenario)
    titles = [objective.text for objective in scenario.objectives]
    assert len(set(titles)) == len(titles)
    for title in titles:
        assert len(title.split()) <= 8, title
        assert not re.search(r"[“”.;]", title), title


@EVERY
async def test_no_sentence_is_said_twice(expected: str, charter: Charter | None) -> None:
    scenario = render((await drafted(FRESH[expected], charter)).scenario)
    prose = [
        scenario.setting,
        scenario.learner_role,
        scenario.learner_goal,
        *scenario.exemplars,
        *scenario.safety_notes,
    ]
    prose += [objective.text for objective in scenario.objectives]
    said = [part for text in prose for part in sentences(text)]
    assert len(set(said)) == len(said)


async def test_a_figure_of_the_brief_is_said_where_the_charter_asks_for_figures() -> None:
    ours = charter_of(
        "Mill", ("m.count", "value", "We argue with figures and put a number where others put adjectives.")
    )
    late = brief("Addressing an overdue task", "Millers", "The flour for two bakers is eleven hours late.")
    lines = (await drafted(late, ours)).scenario.exemplars
    assert any(line.startswith("Eleven hours.") for line in lines)
    without = brief("Addressing an overdue task", "Millers", "The flour for the bakers is late again.")
    assert not any("<" in line for line in (await drafted(without, ours)).scenario.exemplars)


async def test_a_clause_that_has_nothing_to_do_with_the_brief_is_not_cited() -> None:
    for order_brief in FRESH.values():
        assert "F7" not in (await drafted(order_brief, FORGE)).scenario.clause_ids


def test_relevance_follows_the_brief(library: Library) -> None:
    def first(name: str, charter: Charter) -> str:
        archetype = choose(FRESH[name], library).archetype
        return relevant_clauses(FRESH[name], archetype, charter, library)[0].clause.id

    assert first("price_objection", FORGE) == "F5"
    assert first("bad_news", FORGE) == "F2"
    assert first("discovery_call", ORCHARD) == "or.listen"


async def test_a_clause_the_rules_do_not_recognise_gets_an_open_objective_and_a_note() -> None:
    odd = charter_of("C", ("X", "value", "Green is the colour of the sea."))
    draft = await drafted(FRESH["delegation"], odd)
    assert draft.scenario.clause_ids == ("X",)
    assert draft.scenario.objectives[0].clause_ids == ("X",)
    assert any("Green is the colour of the sea" in line for line in draft.scenario.exemplars)
    assert "sharpen" in draft.notes


@pytest.mark.parametrize("charter", CHARTERS.values())
async def test_the_same_order_gives_the_same_draft(charter: Charter | None) -> None:
    first, second = await drafted(FRESH["bad_news"], charter), await drafted(FRESH["bad_news"], charter)
    assert first == second
    assert first.scenario.digest() == second.scenario.digest()


async def test_the_brief_is_woven_in() -> None:
    draft = await drafted(FRESH["delegation"], ORCHARD)
    scenario = draft.scenario
    assert "a junior editor, {name}, is to take over the task." in scenario.setting
    assert scenario.slots[0].values[0] == "Petra"
    assert scenario.persona.role == "Junior editor"
    assert scenario.learner_role.startswith("You work for Orchard Cooperative as one of the new department heads.")
    assert "Heads work weekends, teams wait." in scenario.learner_goal


async def test_braces_in_a_brief_are_no_placeholders() -> None:
    order_brief = FRESH["delegation"].model_copy(update={"situation": "The {report} is to be handed over to a deputy."})
    assert "The (report) is" in render((await drafted(order_brief, FORGE)).scenario).setting


async def test_the_longest_brief_still_gives_a_valid_scenario_and_says_what_was_left_out() -> None:
    long = Brief(
        skill="x" * 200, audience="y" * 200, situation="A deputy takes over. " * 190, worry="Work waits. " * 330
    )
    draft = await drafted(long, ORCHARD)
    assert "only its beginning" in draft.notes
    render(draft.scenario)


async def test_difficulty_moves_the_persona() -> None:
    gentle = (await drafted(FRESH["bad_news"].model_copy(update={"difficulty": Difficulty.GENTLE}))).scenario.persona
    hard = (await drafted(FRESH["bad_news"].model_copy(update={"difficulty": Difficulty.DEMANDING}))).scenario.persona
    assert gentle.mood > hard.mood
    assert gentle.trust > hard.trust
    assert len(gentle.objections) < len(hard.objections)


@pytest.mark.parametrize(
    ("audience", "phrase"),
    [
        ("Shift leads in the depots", "one of the shift leads in the depots"),
        ("Everyone who talks with customers", "someone who talks with customers"),
        ("Ferry staff", "one of the ferry staff"),
        ("HR partners", "one of the HR partners"),
        ("All foremen", "one of the foremen"),
        ("Account manager", "an account manager"),
        ("a new buyer", "a new buyer"),
    ],
)
def test_the_audience_becomes_the_learner(audience: str, phrase: str, library: Library) -> None:
    assert learner(audience, library) == phrase


@pytest.mark.parametrize(
    ("skill", "found"),
    [
        ("Feedback about late handovers", "late handovers"),
        ("Breaking the news about a missed deadline", "the missed deadline"),
        ("Speaking with customers on the phone", ""),
        ("Delegating", ""),
    ],
)
def test_the_subject_of_a_skill(skill: str, found: str, library: Library) -> None:
    assert subject(skill, library) == found


def test_the_other_role_is_never_the_learners(library: Library) -> None:
    order_brief = brief("Saying no", "Nurses", "A nurse is asked by a senior doctor to skip the second check.")
    archetype = library.archetypes["saying_no_upward"]
    assert other_role(order_brief, archetype, library) == "Senior doctor"


# --- revisions


def test_the_library_holds_together(library: Library) -> None:
    assert len(library.archetypes) >= 13
    for archetype in library.archetypes.values():
        assert archetype.affinity.keys() <= library.families.keys()
        assert archetype.enact.keys() <= library.families.keys()
        assert "name" in archetype.slots
        used = set(PLACEHOLDER.findall(archetype.model_dump_json()))
        assert used == archetype.slots.keys(), archetype.id
        own_texts = archetype.model_dump_json(exclude={"slots"})
        assert not [name for name in archetype.slots["name"] if re.search(rf"\b{re.escape(name)}\b", own_texts)]
    lines = [
        line for a in library.archetypes.values() for line in (*a.persona.small_talk, *a.exemplars, *a.enact.values())
    ]
    assert len(set(lines)) > 0.97 * len(lines)


# --- more of what designers write


def test_scores_are_kept_by_content_so_that_no_library_sees_anothers(library: Library) -> None:
    text = "We listen and we hold the price."
    before = family_scores(text, library)
    other = library.model_copy(update={"families": {"listening": library.families["listening"]}})
    assert set(family_scores(text, other)) == {"listening"}
    assert family_scores(text, library) == before
    before.clear()
    assert family_scores(text, library)
