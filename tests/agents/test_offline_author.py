"""The offline author on briefs and charters its library was not written on."""

from __future__ import annotations

import json
import re
from itertools import combinations

import pytest

from agents.author import Author, ChangeRequest
from agents.author.archetypes import FALLBACK, Library, load
from agents.author.composing import GENERIC
from agents.author.matching import choose, family_scores, relevant_clauses, stems
from agents.author.offline import OfflineAuthor, languages
from agents.author.reading import learner, other_role, sentences, subject
from agents.author.wishes import wishes
from evidence.errors import InvalidInput
from evidence.fields import text_fields
from practice.brief import Brief, Difficulty
from practice.observation import Behaviour
from practice.scenario import Scenario
from practice.variation import PLACEHOLDER, render, twin
from strategy.charter import Charter
from tests.agents.ordering import FORGE, FRESH, ORCHARD, asks, brief, charter_of, drafted, revised


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


@pytest.fixture
async def first() -> Scenario:
    return (await drafted(FRESH["delegation"], ORCHARD)).scenario


BRIEF = FRESH["delegation"]


async def test_a_quoted_sentence_is_removed_and_nothing_else_changes(first: Scenario) -> None:
    line = render(first).exemplars[1]
    draft = await revised(first, asks("Please remove this line.", "exemplars[1]", line), of=BRIEF)
    assert draft.unmet == ()
    assert draft.scenario.exemplars == first.exemplars[:1] + first.exemplars[2:]
    assert changed_paths(first, draft.scenario) == {"exemplars"}


async def test_a_quote_is_found_as_the_reader_saw_it(first: Scenario) -> None:
    shown = next(part for part in sentences(render(first).setting) if "Petra's from now on" in part)
    draft = await revised(first, asks(f'Remove "{shown}"'), of=BRIEF)
    assert shown not in render(draft.scenario).setting
    assert changed_paths(first, draft.scenario) == {"setting"}


async def test_replacing_keeps_the_placeholders(first: Scenario) -> None:
    draft = await revised(first, asks('Replace "Petra is on your team" with "Petra joined your team in May"'), of=BRIEF)
    assert "{name} joined your team in May" in draft.scenario.learner_role
    assert changed_paths(first, draft.scenario) == {"learner_role"}


async def test_a_marked_passage_is_replaced_by_what_it_should_say(first: Scenario) -> None:
    change = asks('This should say "Yes? What is it?"', "opening_line", first.opening_line)
    draft = await revised(first, change, of=BRIEF)
    assert draft.scenario.opening_line == "Yes? What is it?"
    assert changed_paths(first, draft.scenario) == {"opening_line"}


async def test_renaming_reaches_every_text(first: Scenario) -> None:
    draft = await revised(first, asks("Please rename the persona to Ms Sandoval."), of=BRIEF)
    played = render(draft.scenario)
    assert played.persona.name == "Ms Sandoval"
    assert "Petra" not in json.dumps(draft.scenario.content())
    assert changed_paths(first, draft.scenario) == {"slots"}


async def test_a_new_title(first: Scenario) -> None:
    draft = await revised(first, asks('The title should be "Handing over the newsletter".'), of=BRIEF)
    assert draft.scenario.title == "Handing over the newsletter"
    assert changed_paths(first, draft.scenario) == {"title"}


@pytest.mark.parametrize(
    ("request_text", "field", "expected"),
    [
        ("Mention that the printer closes at noon.", "", "The printer closes at noon."),
        ("Please mention the deadline on Friday in the setting.", "", "Also on the table: the deadline on Friday."),
        ('Add "The budget is fixed."', "learner_goal", "The budget is fixed."),
    ],
)
async def test_things_to_mention_are_woven_in(first: Scenario, request_text: str, field: str, expected: str) -> None:
    draft = await revised(first, asks(request_text, field), of=BRIEF)
    place = field or "setting"
    assert draft.unmet == ()
    assert str(draft.scenario.content()[place]).endswith(expected)
    assert changed_paths(first, draft.scenario) == {place}


async def test_shorter_shortens_the_field_it_is_anchored_to(first: Scenario) -> None:
    draft = await revised(first, asks("Too long, please shorten.", "setting"), of=BRIEF)
    assert len(draft.scenario.setting) < 0.7 * len(first.setting)
    assert first.setting.startswith(draft.scenario.setting)
    assert changed_paths(first, draft.scenario) == {"setting"}


async def test_harder_and_softer(first: Scenario) -> None:
    harder = (await revised(first, asks("The persona is too easy."), of=BRIEF)).scenario
    assert harder.difficulty is Difficulty.REALISTIC
    assert harder.persona.mood < first.persona.mood
    assert harder.persona.style != first.persona.style
    assert changed_paths(first, harder) == {"difficulty", "persona"}
    back = (await revised(harder, asks("A bit gentler again."), of=BRIEF)).scenario
    assert back.difficulty is Difficulty.GENTLE
    assert back.persona.style == first.persona.style
    refused = await revised(first, asks("Make it softer."), of=BRIEF)
    assert refused.scenario == first
    assert len(refused.unmet) == 1


async def test_added_lines_notes_and_objections(first: Scenario) -> None:
    draft = await revised(
        first,
        asks('Add an example line: "What would you drop for it?"'),
        asks('Add a safety note: "Real hours are not discussed"'),
        asks('Add an objection: "Why me?"'),
        asks("Add a concern about risk and safety."),
        of=BRIEF,
    )
    scenario = draft.scenario
    assert draft.unmet == ()
    assert scenario.exemplars[-1] == "What would you drop for it?"
    assert scenario.safety_notes[-1] == "Real hours are not discussed."
    assert scenario.persona.objections[-1].line == "Why me?"
    assert scenario.persona.concerns[-1].id == "near_miss"
    assert changed_paths(first, scenario) == {"exemplars", "safety_notes", "persona"}


async def test_a_judges_change_strengthens_the_clause_it_is_about(first: Scenario) -> None:
    assert "or.blame" not in first.clause_ids
    change = ChangeRequest(
        by="alignment",
        criterion_id="no_blame",
        text="Show that the learner does not look for someone guilty (or.blame).",
    )
    draft = await revised(first, change, of=BRIEF)
    scenario = draft.scenario
    assert draft.unmet == ()
    assert any(objective.clause_ids == ("or.blame",) for objective in scenario.objectives)
    assert len(scenario.exemplars) == len(first.exemplars) + 1
    assert "or.blame" in scenario.clause_ids
    assert changed_paths(first, scenario) == {"objectives", "exemplars", "clause_ids"}
    again = await revised(scenario, change, of=BRIEF)
    assert again.scenario.digest() != scenario.digest()
    assert [o.id for o in again.scenario.objectives][: len(scenario.objectives)] == [o.id for o in scenario.objectives]
    titles = [o.text for o in again.scenario.objectives]
    assert len(set(titles)) == len(titles)


async def test_a_judge_is_understood_without_clause_ids(first: Scenario) -> None:
    change = ChangeRequest(by="alignment", criterion_id="listening", text="Ask more and listen longer before speaking.")
    draft = await revised(first, change, of=BRIEF)
    fresh = set(draft.scenario.exemplars) - set(first.exemplars)
    assert draft.unmet == ()
    assert fresh or any("or.listen" in o.clause_ids for o in draft.scenario.objectives)
    assert "or.listen" in draft.scenario.clause_ids


async def test_asking_a_judge_for_more_and_more_ends_in_an_honest_no(first: Scenario) -> None:
    change = ChangeRequest(by="alignment", criterion_id="no_blame", text="No blame, please: or.blame.")
    scenario, rounds = first, 0
    while not (draft := await revised(scenario, change, of=BRIEF)).unmet:
        scenario, rounds = draft.scenario, rounds + 1
        assert rounds < 12
    assert draft.scenario == scenario
    assert "or.blame" in draft.unmet[0]


async def test_a_judges_objection_is_given_to_the_persona_and_what_it_wants_out_goes(first: Scenario) -> None:
    said = sentences(first.setting)[1]
    change = ChangeRequest(
        by="alignment",
        criterion_id="pushback",
        text=f"Take out, or turn round: “{render(first).setting.split('. ')[0]}.” "
        "Give the persona an objection such as: “Why should I do that?” It is to show: The persona objects.",
    )
    draft = await revised(first, change, of=BRIEF)
    assert draft.unmet == ()
    assert draft.scenario.setting.startswith(said)
    assert draft.scenario.persona.objections[-1].line == "Why should I do that?"
    assert changed_paths(first, draft.scenario) == {"setting", "persona"}


async def test_the_judges_own_line_is_taken_over_only_when_the_library_has_none_left(first: Scenario) -> None:
    line = "Nobody here is looking for a culprit."
    change = ChangeRequest(by="alignment", criterion_id="no_blame", text=f"or.blame: add a line such as: “{line}”")
    scenario = (await revised(first, change, of=BRIEF)).scenario
    assert line not in scenario.exemplars
    while not (draft := await revised(scenario, change, of=BRIEF)).unmet:
        scenario = draft.scenario
    assert scenario.exemplars[-1] == line


async def test_a_generic_draft_is_revised_without_a_charter() -> None:
    plain = (await drafted(BRIEF)).scenario
    draft = await revised(plain, asks("Add an objective about listening."), charter=None, of=BRIEF)
    assert len(draft.scenario.objectives) == len(plain.objectives) + 1
    assert draft.scenario.clause_ids == (GENERIC,)


@pytest.mark.parametrize(
    "text",
    [
        "I am not sure about this.",
        "Hmm, what does the legal department say?",
        'Remove "a sentence that is nowhere in it"',
        'Replace "unicorns" with "horses"',
        "Mention more.",
        "Please remove it.",
    ],
)
async def test_what_cannot_be_met_is_said_and_changes_nothing(first: Scenario, text: str) -> None:
    draft = await revised(first, asks(text), of=BRIEF)
    assert draft.scenario == first
    assert len(draft.unmet) == 1
    assert text in draft.unmet[0]


async def test_the_last_objective_is_never_removed(first: Scenario) -> None:
    scenario = first.model_copy(update={"objectives": first.objectives[:1]})
    quote = render(scenario).objectives[0].text
    draft = await revised(scenario, asks("Delete this.", "objectives[0].text", quote), of=BRIEF)
    assert draft.scenario == scenario
    assert len(draft.unmet) == 1


async def test_one_met_and_one_unmet_request_stand_side_by_side(first: Scenario) -> None:
    draft = await revised(first, asks("Is this legal?"), asks("Mention that lunch is at one."), of=BRIEF)
    assert draft.scenario.setting.endswith("Lunch is at one.")
    assert len(draft.unmet) == 1


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


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("Change her name to Ms Oyelaran.", {"slots"}),
        ("Nenne sie bitte Frau Winkler.", {"slots"}),
        ("Make the person friendlier.", {"persona"}),
        ("She is far too warm.", {"persona"}),
        ("He talks too much, shorter answers please.", {"persona"}),
        ("Drop the last safety note.", {"safety_notes"}),
        ("Please kürzen.", {"setting"}),
        ("Use everyday words in the goal.", {"learner_goal"}),
    ],
)
async def test_comments_of_many_kinds_change_what_they_are_about(first: Scenario, text: str, paths: set[str]) -> None:
    wordy = first.model_copy(update={"learner_goal": "In order to commence, obtain additional time; then ask."})
    draft = await revised(wordy, asks(text), of=BRIEF)
    assert draft.unmet == ()
    assert changed_paths(wordy, draft.scenario) == paths


async def test_simpler_words_keep_the_meaning_and_split_the_sentence(first: Scenario) -> None:
    wordy = first.model_copy(update={"learner_goal": "In order to commence, obtain additional time; then ask."})
    draft = await revised(wordy, asks("Too formal.", "learner_goal"), of=BRIEF)
    assert draft.scenario.learner_goal == "To begin, get more time. Then ask."


async def test_warmer_and_cooler_undo_each_other(first: Scenario) -> None:
    warm = (await revised(first, asks("Make the persona warmer."), of=BRIEF)).scenario
    assert warm.persona.mood > first.persona.mood
    cool = (await revised(warm, asks("Make the persona colder."), of=BRIEF)).scenario
    assert cool.persona.mood == first.persona.mood
    assert "Friendly in manner" not in cool.persona.style
    assert warm.difficulty == cool.difficulty == first.difficulty


async def test_a_sentence_is_found_by_its_topic_or_its_place(first: Scenario) -> None:
    plus = first.model_copy(update={"setting": f"{first.setting} A parrot lives in the canteen."})
    draft = await revised(plus, asks("Delete the sentence about the parrot."), of=BRIEF)
    assert draft.scenario.setting == first.setting
    gone = await revised(first, asks("Remove the second example line."), of=BRIEF)
    assert gone.scenario.exemplars == first.exemplars[:1] + first.exemplars[2:]
    none = await revised(first, asks("Delete the sentence about the parrot."), of=BRIEF)
    assert none.scenario == first
    assert "parrot" in none.unmet[0]


async def test_words_are_replaced_without_quotation_marks_and_whole(first: Scenario) -> None:
    plus = first.model_copy(update={"setting": "The ferry leaves on Monday. Mondays are slow."})
    draft = await revised(plus, asks("Please replace Monday with Friday."), of=BRIEF)
    assert draft.scenario.setting == "The ferry leaves on Friday. Mondays are slow."


async def test_several_wishes_in_one_comment_are_each_met_or_named(first: Scenario) -> None:
    text = "Nobody says that here. Drop the last safety note and mention that the lift is broken. Please translate it."
    draft = await revised(first, asks(text), of=BRIEF)
    assert draft.scenario.safety_notes == first.safety_notes[:-1]
    assert draft.scenario.setting.endswith("The lift is broken.")
    [told] = draft.unmet
    assert text in told, "the comment is found again by its words"
    assert "“Please translate it.”" in told
    assert len(draft.notes.splitlines()) == 2


async def test_wishes_are_never_cut_within_quotation_marks(library: Library) -> None:
    text = "It sounds wrong. Replace it with “Stop. And remove the lid, please.” and make it shorter."
    assert wishes(text, library) == ["Replace it with “Stop. And remove the lid, please.”", "make it shorter."]
    assert wishes("A bit gentler again.", library) == ["A bit gentler again."]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Could this happen in Peru?", "question"),
        ("More details, please.", "mention that"),
        ("The opening is boring.", "taste"),
        ("Erwähne, dass der Aufzug steht.", "in that language"),
        ("Replace it with “Good morning.”", "mark, or quote"),
        ("Remove the fifth objective.", "only"),
    ],
)
async def test_each_refusal_gives_its_own_reason(first: Scenario, text: str, reason: str) -> None:
    draft = await revised(first, asks(text), of=BRIEF)
    assert draft.scenario == first
    assert len(draft.unmet) == 1
    assert text in draft.unmet[0]
    assert reason in draft.unmet[0]


def test_scores_are_kept_by_content_so_that_no_library_sees_anothers(library: Library) -> None:
    text = "We listen and we hold the price."
    before = family_scores(text, library)
    other = library.model_copy(update={"families": {"listening": library.families["listening"]}})
    assert set(family_scores(text, other)) == {"listening"}
    assert family_scores(text, library) == before
    before.clear()
    assert family_scores(text, library)
