"""The example companies are whole, valid, and really different."""

from __future__ import annotations

from collections import Counter

import pytest
from pydantic import BaseModel, ConfigDict

from approvals.people import Role
from examples import COMPANIES, brief_names, document
from practice.brief import Brief
from strategy.charter import ClauseKind
from strategy.loading import load_charter, load_criteria, load_yaml

company = pytest.mark.parametrize("company", COMPANIES)


class Person(BaseModel):
    model_config = ConfigDict(extra="forbid")

    login: str
    name: str
    roles: tuple[Role, ...]


class People(BaseModel):
    model_config = ConfigDict(extra="forbid")

    people: tuple[Person, ...]


@company
def test_the_charter_has_every_kind_of_clause_and_says_nothing_twice(company: str) -> None:
    charter = load_charter(document(company, "charter.yaml"), "charter.yaml")
    assert 12 <= len(charter.clauses) <= 16
    assert {clause.kind for clause in charter.clauses} == set(ClauseKind)
    assert len({clause.text for clause in charter.clauses}) == len(charter.clauses)


@company
def test_the_criteria_cite_the_charter_and_their_levels_are_anchored(company: str) -> None:
    charter = load_charter(document(company, "charter.yaml"), "charter.yaml")
    criteria = load_criteria(document(company, "criteria.yaml"), "criteria.yaml", charter)
    assert 5 <= len(criteria.criteria) <= 6
    for criterion in criteria.criteria:
        assert 3 <= len(criterion.levels) <= 4
        assert all(level.positive_example and level.negative_example for level in criterion.levels)
    assert any(criterion.veto_below for criterion in criteria.criteria)
    assert any(criterion.min_level for criterion in criteria.criteria)
    # The absence of something cannot be quoted, so at least one level asks for no quote.
    assert any(not level.needs_evidence for criterion in criteria.criteria for level in criterion.levels)


@company
def test_the_briefs_are_valid_and_speak_of_different_skills_and_difficulties(company: str) -> None:
    briefs = [load_yaml(document(company, f"briefs/{name}"), name, Brief) for name in brief_names(company)]
    assert len(briefs) == {"tarrow": 7, "ellerby": 6}[company]
    assert len({brief.skill for brief in briefs}) == len(briefs)
    assert len({brief.difficulty for brief in briefs}) >= 2


def test_two_briefs_are_the_same_text_in_both_companies() -> None:
    shared = set(brief_names("tarrow")) & set(brief_names("ellerby"))
    assert len(shared) == 2
    for name in shared:
        assert document("tarrow", f"briefs/{name}") == document("ellerby", f"briefs/{name}")


@company
def test_the_people_fill_every_role(company: str) -> None:
    people = load_yaml(document(company, "people.yaml"), "people.yaml", People).people
    assert Counter(role for person in people for role in person.roles) == {
        Role.DESIGNER: 2,
        Role.STRATEGIST: 2,
        Role.LEARNER: 3,
        Role.ADMIN: 1,
        Role.GUARDIAN: 1,
    }
    assert len({person.login for person in people}) == len(people)


def test_the_people_of_the_story_work_at_tarrow() -> None:
    people = load_yaml(document("tarrow", "people.yaml"), "people.yaml", People).people
    roles = {person.login: person.roles for person in people}
    assert roles["maria"] == (Role.DESIGNER,)
    assert roles["amir"] == (Role.LEARNER,)


def test_an_unknown_document_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match=r"examples/tarrow/none\.yaml"):
        document("tarrow", "none.yaml")
    with pytest.raises(KeyError):
        document("../tarrow", "charter.yaml")
