import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from evidence.errors import ConductorError, InvalidInput, TooLarge
from strategy.charter import Charter, Clause, ClauseKind, Source
from strategy.criteria import CriteriaSet
from strategy.loading import dump_yaml, load_charter, load_criteria, load_yaml

CHARTER = """\
title: How we work
company: Nordlicht
clauses:
  - id: v1
    kind: value
    text: We listen first.
  - id: a1
    kind: anti_behaviour
    text: "No blame: ever."
"""

CRITERIA = """\
title: First criteria
pass_threshold: 0.6
criteria:
  - id: listening
    clause_ids: [v1]
    question: Does it train listening?
    weight: 2
    min_level: some
    levels:
      - {key: none, anchor: Not at all., value: 0, needs_evidence: false}
      - {key: some, anchor: A little., value: 0.5}
      - {key: strong, anchor: All the way., value: 1}
  - id: no_blame
    clause_ids:
      - v1
      - a1
    question: Is it free of blame?
    levels:
      - {key: "no", anchor: Blame., value: 0}
      - {key: no_blame, anchor: None of it., value: 1, needs_evidence: false}
"""


def problems(text: str, load: Any = load_charter) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidInput) as caught:
        load(text, "x.yaml")
    error = caught.value
    assert error.todo
    listed = [(one["where"], one["field"], one["detail"]) for one in error.extra["problems"]]
    assert error.where == listed[0][0]
    assert "pydantic" not in str(error)
    return listed


def test_loads_what_people_write() -> None:
    charter = load_charter(CHARTER, "charter.yaml")
    assert [clause.kind for clause in charter.clauses] == [ClauseKind.VALUE, ClauseKind.ANTI_BEHAVIOUR]
    criteria = load_criteria(CRITERIA, "criteria.yaml", charter)
    assert criteria.criteria[0].weight == 2
    assert criteria.criteria[1].levels[0].key == "no"


@pytest.mark.parametrize(
    ("old", "new", "where", "field", "words"),
    [
        ("kind: value", "kind: valeu", "x.yaml:5", "clauses[0].kind", "Did you mean 'value'?"),
        ("    text: We listen first.\n", "", "x.yaml:4", "clauses[0].text", "missing"),
        ("    text: We listen first.", "    text:", "x.yaml:6", "clauses[0].text", "empty"),
        ("    text: We listen first.", "    text: ''", "x.yaml:6", "clauses[0].text", "empty"),
        ("company: Nordlicht", "compnay: Nordlicht", "x.yaml:2", "compnay", "Did you mean 'company'?"),
        ("company: Nordlicht", "company: 2026", "x.yaml:2", "company", "quotes"),
        ("id: a1", "id: v1", "x.yaml:7", "clauses[1].id", "used twice"),
        ("id: a1", "id: 1 a", "x.yaml:7", "clauses[1].id", "begin with a letter"),
        ("id: a1", "id: [a]", "x.yaml:7", "clauses[1].id", "text"),
        (
            "company: Nordlicht",
            "company: Nordlicht\ntitle: Again",
            "x.yaml:3",
            "title",
            "twice; the first is on line 1",
        ),
        ("company: Nordlicht", "company: {a: b}", "x.yaml:2", "company", "group of fields"),
    ],
)
def test_says_line_field_and_reason(old: str, new: str, where: str, field: str, words: str) -> None:
    assert old in CHARTER
    found = problems(CHARTER.replace(old, new, 1))
    assert (where, field) in [(one[0], one[1]) for one in found]
    assert any(words in detail for _, name, detail in found if name == field)


@pytest.mark.parametrize(
    ("old", "new", "where", "field", "words"),
    [
        ("weight: 2", "weight: -1", "x.yaml:7", "criteria[0].weight", "greater than 0"),
        ("weight: 2", "weight: .nan", "x.yaml:7", "criteria[0].weight", "not a number"),
        ("weight: 2", "weight: heavy", "x.yaml:7", "criteria[0].weight", "a number"),
        ("pass_threshold: 0.6", "pass_threshold: 1.2", "x.yaml:2", "pass_threshold", "at most 1"),
        ("min_level: some", "min_level: great", "x.yaml:8", "criteria[0].min_level", "none, some, strong"),
        ("min_level: some", "veto_below: none", "x.yaml:8", "criteria[0].veto_below", "lowest level"),
        ("value: 1}", "value: 0.2}", "x.yaml:12", "criteria[0].levels[2].key", "lowest to highest"),
        ("value: 1}", "value: 0.5}", "x.yaml:12", "criteria[0].levels[2].key", "not come above 'some' (0.5)"),
        ("min_level: some", "min_level: some\n    veto_below: strong", "x.yaml:9", "criteria[0].veto_below", "at once"),
        ("anchor: A little., ", "", "x.yaml:11", "criteria[0].levels[1].anchor", "what a scenario at this level"),
        ("anchor: A little.", "anchor: ''", "x.yaml:11", "criteria[0].levels[1].anchor", "empty"),
        ("clause_ids: [v1]", "clause_ids: [v1, v1]", "x.yaml:5", "criteria[0].clause_ids[1]", "once is enough"),
        ("clause_ids: [v1]", "clause_ids: [v\u200b1]", "x.yaml:5", "criteria[0].clause_ids[0]", "U+200B (zero width"),
        ("id: listening", "id: lis\u00adtening", "x.yaml:4", "criteria[0].id", "U+00AD (soft hyphen)"),
        ("weight: 2", "weight\u200b: 2", "x.yaml:7", "criteria[0].weight\u200b", "U+200B"),
        ("pass_threshold: 0.6", "language: tlh", "x.yaml:2", "language", "'tlh' is unknown here. Write one of de, en"),
        ("pass_threshold: 0.6", "language: deutsch", "x.yaml:2", "language", "unknown here"),
        ("key: strong", "key: some", "x.yaml:9", "criteria[0].levels", "share a key"),
        ("value: 1, needs", "value: 0.1, needs", "x.yaml:2", "pass_threshold", "can never be met"),
        ("clause_ids: [v1]", "clause_ids: []", "x.yaml:5", "criteria[0].clause_ids", "at least 1"),
        ("clause_ids: [v1]", "clause_ids: v1", "x.yaml:5", "criteria[0].clause_ids", "list"),
        ("weight: 2", "scope: []", "x.yaml:7", "criteria[0].scope", "at least 1"),
        ("weight: 2", "scope: [seting]", "x.yaml:7", "criteria[0].scope[0]", "Did you mean 'setting'?"),
        ("id: no_blame", "id: listening", "x.yaml:13", "criteria[1].id", "used twice"),
    ],
)
def test_impossible_criteria_are_explained(old: str, new: str, where: str, field: str, words: str) -> None:
    assert old in CRITERIA
    text = CRITERIA.replace(old, new, 1)
    if "never be met" in words:
        text = text.replace("value: 1}", "value: 0.6}").replace("weight: 2", "weight: 1")
    found = problems(text, load_criteria)
    assert [(one[0], one[1]) for one in found] == [(where, field)]
    assert words in found[0][2]


def test_a_known_language_and_its_regions_are_taken() -> None:
    for language in ("en", "de", "de-AT", "en-GB"):
        assert load_charter(f"language: {language}\n{CHARTER}", "x.yaml").language == language


@pytest.mark.parametrize(
    ("text", "load", "says"),
    [
        (CHARTER, load_criteria, "This is a charter; a criteria set is expected here."),
        (CRITERIA, load_charter, "This is a criteria set; a charter is expected here."),
        ("skill: x\nsituation: y\naudience: z\n", load_criteria, "This is a brief for a scenario; a criteria set"),
        ("persona: {}\nopening_line: y\n", load_charter, "This is a scenario; a charter is expected here."),
    ],
)
def test_another_kind_of_document_is_named_once(text: str, load: Any, says: str) -> None:
    [(where, field, detail)] = problems(text, load)
    assert (where, field) == ("x.yaml:1", "")
    assert detail.startswith(says)
    with pytest.raises(InvalidInput) as caught:
        load(text, "x.yaml")
    assert "choose the file with" in caught.value.todo


def test_a_charter_with_criteria_in_it_is_told_field_by_field() -> None:
    assert ("x.yaml:1", "criteria") in [(one[0], one[1]) for one in problems(f"criteria: []\n{CHARTER}")]


def test_a_stored_version_of_earlier_rules_still_reads() -> None:
    fine = load_criteria(CRITERIA, "x.yaml").model_dump(mode="json")
    fine["language"] = "fi"
    fine["criteria"][0] |= {"min_level": "some", "veto_below": "strong", "clause_ids": ["v1", "v1"]}
    assert CriteriaSet.model_validate(fine).language == "fi"


def test_lists_every_problem_in_the_order_of_the_lines() -> None:
    text = CHARTER.replace("kind: value", "kind: valeu").replace("title:", "titel:").replace('"No blame: ever."', "7")
    found = problems(text)
    assert [(where, field) for where, field, _ in found] == [
        ("x.yaml:1", "title"),
        ("x.yaml:1", "titel"),
        ("x.yaml:5", "clauses[0].kind"),
        ("x.yaml:9", "clauses[1].text"),
    ]
    with pytest.raises(InvalidInput, match="3 more problems"):
        load_charter(text, "x.yaml")


def test_an_unknown_clause_is_named_with_the_one_that_was_meant() -> None:
    charter = load_charter(CHARTER, "charter.yaml")
    found = problems(CRITERIA.replace("- a1", "- a11"), lambda text, name: load_criteria(text, name, charter))
    assert [(where, field) for where, field, _ in found] == [("x.yaml:16", "criteria[1].clause_ids[1]")]
    assert "Did you mean 'a1'?" in found[0][2]
    assert load_criteria(CRITERIA.replace("- a1", "- a11"), "x.yaml").criteria


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("", "x.yaml:1", "empty"),
        ("  \n\t\n", "x.yaml:1", "empty"),
        ("# only a comment\n", "x.yaml:1", "empty"),
        ("---\n", "x.yaml:1", "empty"),
        ("- a\n- b\n", "x.yaml:1", "a list"),
        ("just words", "x.yaml:1", "a single value"),
        ("title: [unclosed\ncompany: x", "x.yaml:2:8", "not valid YAML"),
        ("title: a: b", "x.yaml:1:9", "not valid YAML"),
        ("title: 'open", "x.yaml:1:13", "not valid YAML"),
        ("title:\n\t- tab", "x.yaml:2:1", "not valid YAML"),
        ("title: a\x00b", "x.yaml:1", "character"),
        ("title: &a x\ncompany: *a", "x.yaml:1:8", "Anchors"),
        ("title: *a", "x.yaml:1:8", "Anchors"),
        ("title: !!python/object:os.system x", "x.yaml:1:8", "tag"),
        ("title: !x y", "x.yaml:1:8", "tag"),
        ("title: a\n---\ntitle: b", "x.yaml:2", "second document"),
        ("? [a]\n: b", "x.yaml:1:3", "field name"),
        ("[" * 100, "x.yaml:1:41", "nested"),
        ("a: {" * 100, "x.yaml:1:160", "nested"),
    ],
)
def test_what_is_no_document_is_refused_with_its_place(text: str, where: str, words: str) -> None:
    found = problems(text)
    assert found[0][0] == where
    assert words in found[0][2]


def test_a_bomb_of_aliases_never_unfolds() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    assert problems(bomb)[0][0] == "x.yaml:1:4"


def test_a_huge_document_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(TooLarge) as caught:
        load_charter("title: " + "x" * 1_000_001, "x.yaml")
    assert caught.value.status == 413
    assert caught.value.where == "x.yaml"


def test_the_words_of_yaml_1_1_are_text() -> None:
    class Words(BaseModel):
        a: str
        b: str
        c: str
        d: bool
        e: int
        f: float | None

    text = "a: no\nb: 2026-11-22\nc: 12:30\nd: true\ne: 0x1F\nf: ~\n"
    assert load_yaml(text, "x.yaml", Words) == Words(a="no", b="2026-11-22", c="12:30", d=True, e=31, f=None)


YAMLISH = st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#%@`,?\n \t0.~é\x00\ufeff\U0001f600"), max_size=60)


@settings(max_examples=300)
@given(st.one_of(YAMLISH, st.text(max_size=60)))
def test_garbage_gives_nothing_but_conductor_errors(text: str) -> None:
    for load in (load_charter, load_criteria):
        with pytest.raises(ConductorError):
            load(text, "x.yaml")


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_document_gives_nothing_but_conductor_errors(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(CRITERIA)))
    end = data.draw(st.integers(start, min(len(CRITERIA), start + 30)))
    damaged = CRITERIA[:start] + data.draw(YAMLISH) + CRITERIA[end:]
    try:
        load_criteria(damaged, "x.yaml", load_charter(CHARTER, "c.yaml"))
    except ConductorError as error:
        assert str(error.where).startswith("x.yaml")


@settings(max_examples=150)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["title", "company", "clauses", "id"]), inner)
        ),
        max_leaves=8,
    )
)
def test_any_data_of_the_wrong_shape_gives_nothing_but_conductor_errors(value: Any) -> None:
    with pytest.raises(ConductorError):
        load_charter(json.dumps({"title": value, "clauses": value, "company": value}), "x.yaml")


PROSE = st.text(
    alphabet=st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n:#-'\""), min_size=1, max_size=60
).filter(lambda text: bool(text.strip()))


@given(PROSE, PROSE, st.lists(PROSE, min_size=1, max_size=3), st.sampled_from(list(ClauseKind)))
def test_what_is_dumped_loads_as_the_same(title: str, company: str, texts: list[str], kind: ClauseKind) -> None:
    charter = Charter(
        title=title,
        company=company,
        clauses=tuple(
            Clause(id=f"c{n}", kind=kind, text=text, source=Source(document="a b.md", start=n, end=n + 1, quote=text))
            for n, text in enumerate(texts)
        ),
    )
    assert load_charter(dump_yaml(charter), "x.yaml") == charter


def test_a_dump_is_pretty_and_keeps_criteria() -> None:
    criteria = load_criteria(CRITERIA, "criteria.yaml")
    text = dump_yaml(criteria)
    assert load_criteria(text, "x.yaml") == criteria
    assert "positive_example" not in text
    assert "veto_below" not in text
    assert text.startswith("title: First criteria\n")
    multi = Charter(title="t", company="c", clauses=(Clause(id="a", kind=ClauseKind.VALUE, text="One.\nTwo."),))
    assert "text: |-\n" in dump_yaml(multi)


def test_an_empty_value_that_is_not_the_default_is_kept() -> None:
    class Things(BaseModel):
        names: list[str] = Field(default_factory=lambda: ["x"])
        note: str = "n"
        free: str = ""

    assert load_yaml(dump_yaml(Things(names=[], note="")), "x.yaml", Things) == Things(names=[], note="")
    assert isinstance(load_criteria(CRITERIA, "x.yaml"), CriteriaSet)


def test_a_document_of_too_many_values_is_refused_at_the_line() -> None:
    with pytest.raises(TooLarge, match="20,000 values") as caught:
        load_charter("title: x\nclauses:\n" + "- 1\n" * 20_001, "x.yaml")
    assert str(caught.value.where).startswith("x.yaml:20")
