"""Labelled sets and paraphrases as documents: what is read, and what is refused with its line."""

from __future__ import annotations

import pytest

from evidence.errors import InvalidInput
from strategy.criteria import CriteriaSet, Criterion, Level, Scope
from strategy.labelled import AUTHORED, PLAIN, load_labelled, load_paraphrases

CRITERIA = CriteriaSet(
    title="Two questions",
    criteria=(
        Criterion(
            id="asks",
            clause_ids=("C-1",),
            question="Does the learner ask?",
            scope=(Scope.LEARNER_GOAL, Scope.EXEMPLARS),
            levels=(
                Level(key="tells", anchor="Tells.", value=0, needs_evidence=False),
                Level(key="asks", anchor="Asks.", value=1),
            ),
        ),
        Criterion(
            id="pushes_back",
            clause_ids=("C-1",),
            question="Does the persona push back?",
            scope=(Scope.PERSONA,),
            levels=(
                Level(key="no", anchor="No.", value=0, needs_evidence=False),
                Level(key="yes", anchor="Yes.", value=1),
            ),
        ),
    ),
)

SET = """\
company: acme
title: Two texts
labelled_by: somebody
texts:
  - id: first
    names: [Ada]
    content:
      learner_goal: Ask Ada how it came about.
      exemplars: [What happened on Monday?]
    labels:
      asks: {level: asks, quote: What happened on Monday?, reason: An open question.}
  - id: second
    family: first
    trap: negated
    content:
      learner_goal: Do not ask Ada how it came about.
      persona: {stance: Says no twice.}
    labels:
      asks: {level: tells, reason: Asking is forbidden.}
      pushes_back: {level: "yes", quote: says no TWICE, reason: She does.}
"""
PARAPHRASES = """\
company: acme
approved_by: somebody
pairs:
  - passage: What happened on Monday?
    paraphrase: How did Monday go?
"""


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        load_labelled(text, "labels.yaml", CRITERIA)
    return [(each["where"], each["detail"]) for each in caught.value.extra["problems"]]


def test_a_set_is_read_with_its_families_kinds_and_fields() -> None:
    found = load_labelled(SET, "labels.yaml", CRITERIA)
    first, second = found.texts
    assert (first.work, second.work) == ("first", "first")
    assert found.is_held_out(first) == found.is_held_out(second)
    assert (first.kind, second.kind) == (PLAIN, "negated")
    assert first.model_copy(update={"source": "the offline author"}).kind == AUTHORED
    assert second.fields(CRITERIA.criteria[1]) == {"persona.stance": "Says no twice."}
    assert list(first.fields(CRITERIA.criteria[0])) == ["learner_goal", "exemplars[0]"]


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("id: second", "id: first", "labels.yaml:5", "two texts are called 'first'"),
        ("learner_goal: Ask", "learner_gaol: Ask", "labels.yaml:8", "no criterion can read 'learner_gaol'"),
        ("      asks: {level: asks", "      ask: {level: asks", "labels.yaml:11", "there is no criterion 'ask'"),
        ("{level: asks,", "{level: asked,", "labels.yaml:11", "'asked' is no level of 'asks': it has tells, asks"),
        (" quote: What happened on Monday?,", "", "labels.yaml:11", "the level 'asks' needs a quote"),
        (
            "quote: What happened on Monday?",
            "quote: What went on?",
            "labels.yaml:11",
            "do not stand in what 'asks' reads",
        ),
        ("quote: says no TWICE", "quote: Do not ask Ada", "labels.yaml:20", "do not stand in what 'pushes_back' reads"),
        ("quote: says no TWICE", "quote: no", "labels.yaml:20", "too short"),
        (
            "      persona: {stance: Says no twice.}\n",
            "",
            "labels.yaml:19",
            "nothing that 'pushes_back' reads (persona)",
        ),
    ],
)
def test_what_cannot_be_a_label_is_refused_by_line(old: str, new: str, where: str, said: str) -> None:
    assert old in SET
    found = refused(SET.replace(old, new, 1))
    assert any(place == where and said in detail for place, detail in found), found


def test_every_problem_is_told_at_once() -> None:
    assert len(refused(SET.replace("level: asks", "level: asked").replace("says no TWICE", "no"))) == 2


def test_a_label_needs_a_reason() -> None:
    [(_, said)] = refused(SET.replace(", reason: Asking is forbidden.", ""))
    assert "missing" in said


def test_paraphrases_are_of_passages_that_stand_in_a_text() -> None:
    labelled = load_labelled(SET, "labels.yaml", CRITERIA)
    [pair] = load_paraphrases(PARAPHRASES, "paraphrases.yaml", labelled).pairs
    assert pair.paraphrase == "How did Monday go?"
    for old, new, said in (
        ("passage: What happened on Monday?", "passage: What happened on Tuesday?", "stands in no labelled text"),
        ("How did Monday go?", "what  happened on monday?", "the same in the same words"),
        ("company: acme", "company: other", "those of 'acme'"),
    ):
        with pytest.raises(InvalidInput, match=said):
            load_paraphrases(PARAPHRASES.replace(old, new), "paraphrases.yaml", labelled)
