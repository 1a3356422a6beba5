"""What the form sends becomes the document it showed, whatever was typed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import examples
from api.pages.strategy_form import changed, control, empty, read, shaped, shown
from evidence.yaml_documents import dump_data, read_document
from strategy.charter import Charter, Source
from strategy.criteria import CriteriaSet
from strategy.loading import load_charter, load_criteria
from tests.company import CHARTER, CRITERIA


def sent(kind: str, data: dict[str, Any]) -> list[tuple[str, str]]:
    """What a browser sends for a form that shows this document."""
    pairs: list[tuple[str, str]] = []

    def walk(value: Any, name: str) -> None:
        if isinstance(value, dict) and name.endswith(".source"):
            pairs.append((name, json.dumps(value)))
        elif isinstance(value, dict):
            for key, each in value.items():
                walk(each, f"{name}.{key}" if name else key)
        elif isinstance(value, list) and name.rpartition(".")[2] in ("clause_ids", "scope"):
            pairs.extend((name, each) for each in value)
        elif isinstance(value, list):
            for number, each in enumerate(value):
                walk(each, f"{name}.{number}")
        elif isinstance(value, bool):
            if value:
                pairs.append((name, "yes"))
        else:
            pairs.append((name, shown(value)))

    walk(data, "")
    return pairs


def document(kind: str, company: str) -> str:
    return examples.document(company, f"{kind}.yaml")


@pytest.mark.parametrize("company", examples.COMPANIES)
def test_the_examples_go_through_the_form_unchanged(company: str) -> None:
    charter = load_charter(document("charter", company), "charter.yaml")
    criteria = load_criteria(document("criteria", company), "criteria.yaml", charter)
    pairs: list[tuple[str, Charter | CriteriaSet]] = [("charter", charter), ("criteria", criteria)]
    for kind, model in pairs:
        data = shaped(kind, model.model_dump(mode="json"))
        assert data is not None
        again = read(kind, sent(kind, data))
        assert type(model).model_validate(again) == model
        written = read_document(dump_data(model.model_dump(mode="json", exclude_none=True)), "x.yaml").data
        assert shaped(kind, written) == data


def test_what_was_left_out_of_a_document_means_its_default() -> None:
    levels = [{"key": "no", "anchor": "n", "value": 0}, {"key": "yes", "anchor": "y", "value": 1}]
    short = {"title": "t", "criteria": [{"id": "a", "clause_ids": ["x"], "question": "q", "levels": levels}]}
    data = shaped("criteria", short)
    assert data is not None
    assert CriteriaSet.model_validate(read("criteria", sent("criteria", data))) == CriteriaSet.model_validate(short)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("charter", None),
        ("charter", {"clauses": "x"}),
        ("charter", {"clauses": ["x"]}),
        ("charter", {"surprise": 1}),
        ("charter", {"clauses": [{"id": "a", "surprise": 1}]}),
        ("criteria", {"criteria": [{"levels": "x"}]}),
        ("criteria", {"criteria": [{"levels": [{"colour": "red"}]}]}),
        ("criteria", {"criteria": [{"clause_ids": "x"}]}),
        ("criteria", {"clauses": []}),
    ],
)
def test_a_document_of_another_shape_is_not_shown_half(kind: str, data: Any) -> None:
    assert shaped(kind, data) is None


def test_figures_are_read_with_point_or_comma_and_words_stay() -> None:
    def weight(text: str) -> Any:
        return read("criteria", [("criteria.0.weight", text)])["criteria"][0]["weight"]

    assert [weight(each) for each in ("2", "0,5", " 1.25 ", "1e-3", "")] == [2, 0.5, 1.25, 0.001, None]
    assert [weight(each) for each in ("heavy", "1.2.3", "nan", "inf", "1e999")] == [
        "heavy", "1.2.3", "nan", "inf", "1e999",
    ]  # fmt: skip


@given(st.floats(0, 100))
def test_a_figure_is_shown_so_that_it_is_read_back_exactly(value: float) -> None:
    [back] = read("criteria", [("criteria.0.weight", shown(value))])["criteria"]
    assert back["weight"] == value


def test_a_renamed_level_stays_the_one_that_is_asked_for() -> None:
    data = shaped("criteria", CRITERIA.model_dump(mode="json"))
    assert data is not None
    pairs = [*sent("criteria", data), ("criteria.0.levels.1.was", "named"), ("criteria.0.levels.1.key", "spoken_of")]
    found = CriteriaSet.model_validate(read("criteria", pairs)).criteria[0]
    assert (found.levels[1].key, found.min_level) == ("spoken_of", "spoken_of")


def test_parts_and_levels_come_and_go() -> None:
    data = empty("criteria")
    assert changed("criteria", data, "add") == "criteria.1.question"
    assert [each["id"] for each in data["criteria"]] == ["criterion_1", "criterion_2"]
    assert changed("criteria", data, "remove.0") == ""
    assert changed("criteria", data, "add") == "criteria.1.question"
    assert len({each["id"] for each in data["criteria"]}) == 2
    assert changed("criteria", data, "add_level.0") == "criteria.0.levels.3.key"
    changed("criteria", data, "remove_level.0.1")
    assert [each["key"] for each in data["criteria"][0]["levels"]] == ["absent", "practised", "level_4"]
    for odd in ("remove.7", "remove", "add_level.9", "remove_level.0", "remove_level.0.99", "remove.-1", "x.y.z", ""):
        before = json.dumps(data)
        changed("criteria", data, odd)
        assert json.dumps(data) == before, odd
    clauses = empty("charter")
    assert changed("charter", clauses, "add") == "clauses.1.text"
    changed("charter", clauses, "add_level.0")
    changed("charter", clauses, "remove.0")
    assert [each["id"] for each in clauses["clauses"]] == ["clause-2"]


def test_where_a_clause_was_found_is_kept() -> None:
    found = Source(document="values.md", start=0, end=2, quote='We "ask"\n<b>')
    clause = CHARTER.clauses[0].model_copy(update={"source": found})
    charter = CHARTER.model_copy(update={"clauses": (clause,)})
    data = shaped("charter", charter.model_dump(mode="json"))
    assert data is not None
    assert Charter.model_validate(read("charter", sent("charter", data))) == charter


def test_a_field_is_named_as_its_control() -> None:
    assert control("criteria[0].levels[12].anchor") == "criteria.0.levels.12.anchor"
    assert control("") == ""


NAMES = st.sampled_from(
    ["criteria.0.id", "criteria.x.id", "criteria", "criteria.0", "criteria.0.levels", "criteria.0.levels.0.key",
     "criteria.0.levels.0", "title", "title.x", "a.b.c.d.e.f.g.h", "criteria.0.scope", "criteria.0.scope.1", "."]
)  # fmt: skip


@given(st.lists(st.tuples(NAMES, st.text(max_size=5)), max_size=8))
def test_whatever_is_sent_becomes_a_document_that_the_page_can_show(pairs: list[tuple[str, str]]) -> None:
    data = read("criteria", pairs)
    assert shaped("criteria", data) is not None
    read("charter", [(name.replace("criteria", "clauses"), value) for name, value in pairs])
