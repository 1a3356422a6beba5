"""The offline author on briefs and charters its library was not written on."""

from __future__ import annotations

import json

import pytest

from agents.author import ChangeRequest
from agents.author.archetypes import Library, load
from agents.author.composing import GENERIC
from agents.author.reading import sentences
from agents.author.wishes import wishes
from practice.brief import Difficulty
from practice.scenario import Scenario
from practice.variation import render
from tests.agents.ordering import FRESH, ORCHARD, asks, drafted, revised


def changed_paths(before: Scenario, after: Scenario) -> set[str]:
    """Top-level fields that differ."""
    old, new = before.content(), after.content()
    return {name for name in old if old[name] != new[name]}


@pytest.fixture(scope="module")
def library() -> Library:
    return load("en")


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
