"""A translation changes words and nothing else, and is stale as soon as what it translates reads differently."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evidence.errors import InvalidInput
from evidence.fields import text_fields, with_text
from practice.scenario import Scenario, Translation
from practice.translation import (
    carried_over,
    choices_in,
    is_stale,
    missing,
    offered,
    placeholders_differ,
    source_digest,
    standings,
    translatable,
    translated,
    with_translation,
)
from practice.variation import PLACEHOLDER, render, twin
from tests.practice.scenarios import OVERLOAD, PRICE
from tests.practice.test_variation import CONTENT

VARIED = Scenario.model_validate(CONTENT)
SCENARIOS = st.sampled_from([OVERLOAD, PRICE, VARIED])
FEW = settings(max_examples=30, deadline=None)
# What a learner is measured by and what opens when: the same in every language.
RULES = ("clause_ids", "difficulty", "barrier", "skill", "audience")


def german(text: str) -> str:
    """Other words, with the same details in them."""
    return ", ".join(f"auf Deutsch {each}" for each in text.split(", "))


def in_german(scenario: Scenario, **changes: str) -> Scenario:
    """The scenario with a whole translation; ``changes`` is by path with ``__`` for a dot."""
    texts = {path: german(text) for path, text in translatable(scenario).items()}
    return with_translation(scenario, "de", texts | {path.replace("__", "."): text for path, text in changes.items()})


def test_every_text_a_learner_meets_is_there_and_no_code_is() -> None:
    paths = set(translatable(PRICE))
    assert {"title", "setting", "learner_role", "opening_line", "short_version.goal", "exemplars[0]"} <= paths
    assert {"persona.concerns[0].cover", "persona.concerns[0].fact", "persona.concerns[0].voiced"} <= paths
    assert {"persona.concerns[0].topic", "objectives[0].levels[0].anchor"} <= paths
    ends = {path.rsplit(".", 1)[-1].split("[")[0] for path in paths}
    assert not ends & {"id", "key", "name", "on", "clause_ids", "behaviours", "language", "skill", "audience"}
    stored = text_fields(PRICE.content())
    assert all(path in stored or f"{path}[0]" in stored for path in paths), "paths are those of the review"


@FEW
@given(SCENARIOS)
def test_the_identity_changes_the_language_alone(scenario: Scenario) -> None:
    same = translated(with_translation(scenario, "de", translatable(scenario)), "de")
    assert same.content() == scenario.content() | {"language": "de", "translations": []}


@FEW
@given(SCENARIOS)
def test_only_words_are_translated(scenario: Scenario) -> None:
    other = translated(in_german(scenario), "de")
    assert (other.language, other.translations) == ("de", ())
    assert all(getattr(other, name) == getattr(scenario, name) for name in RULES)
    assert [person.name for person in other.people] == [person.name for person in scenario.people]
    for mine, theirs in zip(scenario.objectives, other.objectives, strict=True):
        kept = {"text": theirs.text, "levels": theirs.levels}
        assert mine.model_copy(update=kept) == theirs
        assert [(level.key, level.value) for level in mine.levels] == [
            (level.key, level.value) for level in theirs.levels
        ]
    for one, two in zip(scenario.people, other.people, strict=True):
        assert (one.mood, one.trust, one.language_level) == (two.mood, two.trust, two.language_level)
        for deck, played in zip(one.concerns, two.concerns, strict=True):
            assert (deck.id, deck.reveal, deck.trust) == (played.id, played.reveal, played.trust)
            assert played.cover == german(deck.cover)
            assert played.topic == tuple(german(each) for each in deck.topic)


@FEW
@given(SCENARIOS, st.data())
def test_any_change_of_a_text_makes_it_stale(scenario: Scenario, data: st.DataObject) -> None:
    made = in_german(scenario)
    path = data.draw(st.sampled_from([p for p in translatable(scenario) if not p.endswith(("topic", "answered_by"))]))
    content: Any = made.content()
    changed = Scenario.model_validate(with_text(content, path, f"{translatable(scenario)[path]}!"[-190:]))
    assume(translatable(changed) != translatable(scenario))
    assert is_stale(changed, changed.translations[0])
    assert offered(changed) == ()
    assert not is_stale(made, made.translations[0])


@FEW
@given(SCENARIOS, st.floats(0.5, 99), st.integers(-3, 3), st.booleans())
def test_a_change_of_what_is_scored_does_not(scenario: Scenario, weight: float, mood: int, knock_out: bool) -> None:
    made = in_german(scenario)
    first, *rest = made.objectives
    objectives = (first.model_copy(update={"weight": weight, "knock_out": knock_out}), *rest)
    persona = made.persona.model_copy(update={"mood": mood})
    changed = made.model_copy(update={"objectives": objectives, "persona": persona})
    assert offered(changed) == ("de",)
    assert source_digest(changed) == source_digest(scenario)
    assert translated(changed, "de").objectives[0].weight == weight


def test_topic_words_may_be_more_or_fewer_in_another_language() -> None:
    made = in_german(PRICE)
    again = with_translation(made, "de", {"persona.concerns[0].topic": "Preis,Preise ,  Kosten"})
    assert translated(again, "de").persona.concerns[0].topic == ("Preis", "Preise", "Kosten")
    with pytest.raises(InvalidInput):
        with_translation(made, "de", {"persona.concerns[0].topic": ", ,"})


def test_what_lacks_a_text_is_told_and_not_played() -> None:
    some = with_translation(PRICE, "de", {"title": "Der Preis", "setting": "Am Freitag."})
    [standing] = standings(some)
    assert not standing.stale
    assert len(standing.missing) == standing.texts - 2
    assert missing(some, some.translations[0]) == standing.missing
    assert offered(some) == ()
    with pytest.raises(InvalidInput, match="lacks") as refused:
        translated(some, "de")
    assert refused.value.where == standing.missing[0]
    with pytest.raises(InvalidInput, match="not translated"):
        translated(some, "fr")
    assert translated(some, "en") is some


def test_details_stand_in_both_or_in_none() -> None:
    path, text = next((p, t) for p, t in translatable(VARIED).items() if PLACEHOLDER.search(t))
    assert placeholders_differ(text, german(text)) == ""
    for wrong, told in ((PLACEHOLDER.sub("sie", text), "lacks"), (f"{text} {{colour}}", "colour")):
        with pytest.raises(InvalidInput, match=told) as refused:
            with_translation(VARIED, "de", {path: wrong})
        assert refused.value.where == path
        assert refused.value.todo


def test_the_values_of_details_are_translated_and_found_again_but_not_those_in_a_name() -> None:
    paths = [path for path in translatable(VARIED) if path.startswith("slots")]
    slots = {slot.key: slot for slot in VARIED.slots}
    assert "{name}" in VARIED.persona.name
    assert {VARIED.slots[int(path.split("[")[1].split("]")[0])].key for path in paths} == slots.keys() - {"name"}
    made = in_german(VARIED)
    other = translated(made, "de")
    for seed in range(6):
        chosen = twin(VARIED, seed)
        theirs = choices_in(made, other, chosen)
        assert theirs["name"] == chosen["name"]
        assert all(theirs[key] == german(chosen[key]) for key in slots.keys() - {"name"})
        played = render(other, theirs)
        assert PLACEHOLDER.search(played.setting) is None
        assert theirs["name"] in played.setting


def test_texts_given_to_a_stale_one_leave_it_stale_until_all_are_given() -> None:
    reworded = in_german(PRICE).model_copy(update={"opening_line": "Well then."})
    some = with_translation(reworded, "de", {"opening_line": "Na dann."})
    assert [each.stale for each in standings(some)] == [True]
    whole = with_translation(some, "de", {p: german(t) for p, t in translatable(some).items()})
    assert offered(whole) == ("de",)
    filled = with_translation(PRICE, "fr", {"title": "Le prix"})
    rest = {p: german(t) for p, t in translatable(filled).items() if p != "title"}
    assert offered(with_translation(filled, "fr", rest)) == ("fr",), "it was one of this text from the beginning"


def test_what_is_no_translation_is_refused() -> None:
    for language, texts, told in (
        ("deutsch", {"title": "x"}, "no language"),
        ("en", {"title": "x"}, "itself is written"),
        ("de", {"persona.name": "x"}, "no text"),
        ("de", {"objectives[0].weight": "9"}, "no text"),
        ("de", {"title": "x" * 300}, "breaks a rule"),
    ):
        with pytest.raises(InvalidInput, match=told):
            with_translation(PRICE, language, texts)


def test_an_emptied_translation_is_gone_and_the_others_stay_in_order() -> None:
    both = with_translation(in_german(PRICE), "ar", {"title": "x"})
    assert [each.language for each in both.translations] == ["ar", "de"]
    assert [each.language for each in with_translation(both, "ar", {"title": " "}).translations] == ["de"]


def test_what_the_author_leaves_out_of_the_next_version_is_carried_over() -> None:
    made = in_german(PRICE)
    next_one = PRICE.model_copy(update={"opening_line": "Well then."})
    kept = carried_over(made, next_one)
    assert kept.translations == made.translations
    assert [each.stale for each in standings(kept)] == [True]
    assert carried_over(None, next_one) is next_one
    assert carried_over(made, next_one.model_copy(update={"language": "de"})).translations == ()


def test_a_translation_whose_source_moved_on_is_told_what_no_longer_fits() -> None:
    texts = {path: german(text) for path, text in translatable(VARIED).items()}
    torn = Translation(language="de", source_digest="0" * 64, texts=texts | {"setting": "Ohne Angaben."})
    [standing] = standings(VARIED.model_copy(update={"translations": (torn,)}))
    assert standing.stale
    assert "setting" in standing.problem
    assert not standing.fits
