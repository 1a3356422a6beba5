"""What each change does to a text, and what it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.untrusted import instructions_in
from strategy.stress import adversarial, directional, invariant
from strategy.stress.case import Case, Changed
from strategy.stress.material import languages, material
from strategy.stress.perturbations import paraphrased
from tests.strategy.stress import planted

CASES = st.integers(0, 15).map(lambda number: planted.cases(planted.perfect)[number])
SEEDS = st.integers(0, 10_000).map(Random)


def one(found: Iterator[Changed]) -> Changed:
    [changed] = list(found)
    return changed


@given(CASES, SEEDS)
def test_people_get_other_names_everywhere_and_nothing_else_changes(case: Case, random: Random) -> None:
    changed = one(invariant.other_names(case, random)).case.fields
    for name in {part for full in case.names for part in full.split()}:
        assert not any(re.search(rf"\b{name}\b", text) for text in changed.values())
    same = {key: re.sub(r"\b[A-Z][a-z]+\b", "", text) for key, text in case.fields.items()}
    assert {key: re.sub(r"\b[A-Z][a-z]+\b", "", text) for key, text in changed.items()} == same


@given(CASES, SEEDS)
def test_figures_become_others_of_the_same_length_unless_somebody_cites_them(case: Case, random: Random) -> None:
    figures = re.findall(r"\d+", " ".join(case.fields.values()))
    after = re.findall(r"\d+", " ".join(one(invariant.other_figures(case, random)).case.fields.values()))
    assert [len(each) for each in after] == [len(each) for each in figures]
    assert all(new != old for new, old in zip(after, figures, strict=True))


def test_a_figure_that_a_clause_names_stays() -> None:
    case = planted.cases(planted.perfect)[0]
    clause = case.clauses[0].model_copy(update={"text": "We answer within 37 hours."})
    changed = one(invariant.other_figures(Case(**{**case.__dict__, "clauses": (clause,)}), Random(1)))
    assert "37 sheets" in changed.case.fields["setting"]
    assert "bay 11" not in changed.case.fields["setting"]


@given(CASES, SEEDS)
def test_layout_changes_no_word(case: Case, random: Random) -> None:
    for changed in invariant.layout(case, random):
        words = sorted(re.findall(r"\w+", " ".join(changed.case.fields.values())))
        assert words == sorted(re.findall(r"\w+", " ".join(case.fields.values())))


@given(CASES, SEEDS)
def test_what_is_put_in_is_told_and_stands_there(case: Case, random: Random) -> None:
    for change in (invariant.aside, invariant.padded, invariant.authority, adversarial.injection):
        for changed in change(case, random):
            for text in changed.added:
                assert any(text in field for field in changed.case.fields.values())


@given(CASES, SEEDS)
def test_taking_a_sentence_away_never_takes_a_cited_one(case: Case, random: Random) -> None:
    shorter = [each for each in invariant.padded(case, random) if not each.added]
    for changed in shorter:
        for quote in case.evidence:
            assert quote.quote in changed.case.fields[quote.field]


@given(CASES, SEEDS)
def test_the_evidence_is_gone_after_it_was_deleted_or_contradicted(case: Case, random: Random) -> None:
    for change in (directional.without_evidence, directional.contradicted):
        for changed in change(case, random):
            for quote in case.evidence:
                assert quote.quote not in changed.case.fields[quote.field]


def test_nothing_is_deleted_where_nothing_was_cited() -> None:
    case = Case(**{**planted.cases(planted.perfect)[0].__dict__, "evidence": ()})
    assert list(directional.without_evidence(case, Random(1))) == []
    assert list(directional.contradicted(case, Random(1))) == []


def test_the_best_level_is_not_talked_up() -> None:
    case = planted.cases(planted.perfect)[1]
    assert case.level == "strong"
    assert list(adversarial.injection(case, Random(1))) == []
    assert list(adversarial.pushback(case, Random(1))) == []


@given(CASES)
def test_an_approved_paraphrase_is_put_in_the_place_of_the_passage(case: Case) -> None:
    change = paraphrased([("The paint has two thin spots.", "There are two thin places in the paint.")]).change
    changed = one(iter(change(case, Random(1))))
    assert "two thin places in the paint" in changed.case.fields["setting"]
    assert "thin spots" not in changed.case.fields["setting"]


@pytest.mark.parametrize("language", languages())
def test_every_planted_instruction_is_one_that_code_reports_and_nothing_harmless_is(language: str) -> None:
    words = material(language)
    for planted_text in words.injections:
        assert instructions_in(planted_text.format(level="strong")), planted_text
    for harmless in (*words.asides, *words.padding):
        assert not instructions_in(harmless), harmless


def test_the_offered_languages_have_words() -> None:
    assert set(languages()) >= {"en", "de"}
    with pytest.raises(KeyError):
        material("xx")
