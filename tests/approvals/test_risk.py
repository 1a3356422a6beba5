"""Classes of risk, on the scenarios, charters and criteria that are shipped and tested with."""

import copy
import re
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from approvals.checkpoint import RiskClass, SubjectKind
from approvals.risk import Risk, classify, rule_for
from approvals.risk_rules import RULES
from evidence.fields import all_fields
from practice.scenario import Scenario
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from tests.practice.scenarios import OVERLOAD, PRICE

LOW, ORDINARY, HIGH = RiskClass.LOW, RiskClass.ORDINARY, RiskClass.HIGH
S, CH, CR = SubjectKind.SCENARIO, SubjectKind.CHARTER, SubjectKind.CRITERIA


def _example(company: str, name: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe").load((files("examples") / company / f"{name}.yaml").read_text(encoding="utf-8"))


def _full(scenario: Scenario) -> dict[str, Any]:
    """A scenario in which every field is there."""
    content = copy.deepcopy(scenario.content())
    content["slots"] = [{"key": "day", "values": ["Monday", "Friday"]}]
    content["translations"] = [
        {
            "language": "de",
            "source_digest": scenario.digest(),
            "texts": {field: f"auf deutsch: {text}" for field, text in _learner_texts(content).items()},
        }
    ]
    content["persona"]["objections"] = [{"line": "We tried that before.", "answered_by": ["what happened"]}]
    content["safety_notes"] = ["Pause whenever you like."]
    return Scenario.model_validate(content).content()


def _learner_texts(content: dict[str, Any]) -> dict[str, str]:
    fields = all_fields(content)
    named = ("title", "setting", "opening_line", "learner_goal", "safety_notes[0]", "objectives[0].text")
    return {name: fields[name] for name in named if name in fields}


@cache
def examples() -> dict[SubjectKind, tuple[dict[str, Any], ...]]:
    return {
        S: (_full(OVERLOAD), _full(PRICE), OVERLOAD.content(), PRICE.content()),
        CH: tuple(
            Charter.model_validate(_example(c, "charter")).model_dump(mode="json") for c in ("tarrow", "ellerby")
        ),
        CR: tuple(
            CriteriaSet.model_validate(_example(c, "criteria")).model_dump(mode="json") for c in ("tarrow", "ellerby")
        ),
    }


PATHS = [(kind, path) for kind, contents in examples().items() for content in contents for path in all_fields(content)]


def changed(content: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The content with one value replaced, added at the end of a list, or removed where ``value`` is ``...``."""
    new = copy.deepcopy(content)
    steps = [int(index) if index else name for name, index in re.findall(r"([^.\[\]]+)(?![^\[]*\])|\[(\d+)\]", path)]
    at: Any = new
    for step in steps[:-1]:
        at = at[step]
    last = steps[-1]
    if value is ...:
        del at[last]
    elif isinstance(at, list) and last == len(at):
        at.append(value)
    else:
        at[last] = value
    return new


def risk(path: str, value: Any, of: dict[str, Any] | None = None, kind: SubjectKind = S) -> Risk:
    before = of or examples()[kind][0]
    return classify(kind, before, changed(before, path, value))


# Every leaf of every model, with how it is classed on purpose.


def _leaves(model: Any, path: str = "") -> list[str]:
    """Field paths of a pydantic model, ``[]`` for an index."""
    args = [arg for arg in getattr(model, "__args__", ()) if arg is not Ellipsis and arg is not type(None)]
    if isinstance(model, type) and issubclass(model, BaseModel):
        found = []
        for name, each in model.model_fields.items():
            found += _leaves(each.annotation, f"{path}.{name}" if path else name)
        return found
    origin = getattr(model, "__origin__", None)
    if origin is tuple:
        return _leaves(args[0], f"{path}[]")
    if origin is dict:
        return []  # texts of a translation: named after what they translate
    if args and not isinstance(model, type) and any(isinstance(a, type) and issubclass(a, BaseModel) for a in args):
        return _leaves(next(a for a in args if isinstance(a, type) and issubclass(a, BaseModel)), path)
    return [path]


MODELS = {S: Scenario, CH: Charter, CR: CriteriaSet}


@pytest.mark.parametrize("kind", list(RULES))
def test_every_field_of_the_model_falls_under_a_rule_on_purpose(kind: SubjectKind) -> None:
    paths = _leaves(MODELS[kind])
    assert len(paths) >= 8
    assert [path for path in paths if rule_for(kind, path.replace("[]", "[0]")) is None] == []


def test_every_field_of_real_content_falls_under_a_rule_on_purpose() -> None:
    assert len(PATHS) > 400
    assert {path for kind, path in PATHS if rule_for(kind, path) is None} == set()


def test_no_rule_is_there_for_nothing() -> None:
    containers = {"translations", "translations[].texts", "persona.objections", "clauses[].source"}
    for kind, rules in RULES.items():
        used = {(rule.path if rule else None) for path in _leaves(MODELS[kind]) for rule in [rule_for(kind, path)]}
        assert {rule.path for rule in rules} - used <= containers


def test_the_classes_of_the_scenario_by_field() -> None:
    by_class = {risk: {r.path for r in RULES[S] if r.risk is risk} for risk in RiskClass}
    for path in ("objectives*", "persona.concerns*", "safety_notes*", "difficulty", "barrier", "clause_ids*"):
        assert path in by_class[HIGH]
    assert by_class[LOW] == {
        "title", "skill", "audience", "setting", "opening_line", "exemplars[]",
        "short_version.setting", "short_version.opening_line",
    }  # fmt: skip


def test_what_nobody_signed_before_is_ordinary_and_what_did_not_change_is_low() -> None:
    for kind, contents in examples().items():
        for content in contents:
            assert classify(kind, None, content).risk is ORDINARY
            assert classify(kind, content, copy.deepcopy(content)) == Risk(
                risk=LOW, reasons=("Nothing changed since the version last signed.",)
            )


@given(
    st.sampled_from(PATHS), st.sampled_from(["", "Something else entirely, and more of it than before.", None, 7, []])
)
def test_only_fields_of_the_list_can_ever_be_low(place: tuple[SubjectKind, str], value: Any) -> None:
    kind, path = place
    content = next(each for each in examples()[kind] if path in all_fields(each))
    if ".texts." in path:
        return
    rule = rule_for(kind, path)
    assert rule is not None
    new = changed(content, path, value)
    found = classify(kind, content, new)
    if found.risk is LOW:
        assert rule.risk is LOW
        assert rule.label
    else:
        assert found.risk is (HIGH if rule.risk is HIGH else found.risk)
        assert found.reasons
        assert found.fields


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("objectives[0].weight", 1.0000001),
        ("objectives[0].knock_out", True),
        ("objectives[0].levels[1].anchor", "Asks."),
        ("objectives[0].clause_ids[0]", "another-clause"),
        ("persona.concerns[0].cover", "It is nothing."),
        ("persona.concerns[0].fact", "He is ill."),
        ("persona.concerns[0].reveal.times", 3),
        ("persona.concerns[0].topic[0]", "weather"),
        ("persona.objections[0].answered_by[0]", "why not"),
        ("persona.trust", -3),
        ("persona.stance", "Hostile."),
        ("safety_notes[0]", ...),
        ("safety_notes[0]", "Pause whenever you want."),
        ("safety_notes[1]", "Nothing is recorded."),
        ("difficulty", "demanding"),
        ("barrier", "motivation"),
        ("slots[0].values[0]", "Sunday"),
        ("clause_ids[0]", ...),
        ("language", "de"),
    ],
)
def test_what_scores_keeps_safe_or_is_hidden_is_high(path: str, value: Any) -> None:
    found = risk(path, value)
    assert found.risk is HIGH
    assert found.reasons
    assert path in found.fields or path.split("[")[0] in {field.split("[")[0] for field in found.fields}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("learner_goal", "Listen."),
        ("persona.name", "Somebody Else"),
        ("persona.small_talk[0]", "Fine weather."),
        ("persona.objections[0].line", "We never tried that."),
        ("title", "Something else"),
        ("exemplars[0]", ...),
        ("exemplars[0]", "What do you need?"),
        ("setting", "At noon."),
        ("translations[0].source_digest", "0" * 64),
        ("translations[0].texts", {}),
    ],
)
def test_what_learners_see_is_ordinary_where_more_than_wording_changed(path: str, value: Any) -> None:
    found = risk(path, value)
    assert found.risk is (HIGH if path.endswith("texts") else ORDINARY)
    assert found.reasons


def test_wording_of_the_listed_fields_is_low() -> None:
    before = examples()[S][2] | {"setting": "we sit in the small room beside the hall and the door is open for now"}
    after = before | {"setting": before["setting"].replace("small", "little")}
    found = classify(S, before, after)
    assert found == Risk(risk=LOW, reasons=("Only the wording changed: the setting.",), fields=("setting",))


def test_many_small_changes_together_are_not_low() -> None:
    line = "so we sit and talk in the small room beside the old hall and hear how things are going here"
    before = examples()[S][2] | {"exemplars": [line] * 8}
    few = before | {"exemplars": [line.replace("small room", "little place")] * 6 + [line] * 2}
    many = before | {"exemplars": [line.replace("small room", "little place")] * 7 + [line]}
    assert classify(S, before, few).risk is LOW
    assert classify(S, before, many).risk is ORDINARY


def test_one_high_change_among_small_ones_is_high_and_named_alone() -> None:
    before = examples()[S][2]
    after = changed(before, "persona.concerns[0].cover", "It is nothing.") | {"title": before["title"] + "!"}
    found = classify(S, before, after)
    assert (found.risk, found.fields) == (HIGH, ("persona.concerns[0].cover",))


def test_a_translated_text_is_as_risky_as_what_it_translates() -> None:
    before = examples()[S][0]
    texts = before["translations"][0]["texts"]

    def with_text(field: str, text: str) -> Risk:
        after = copy.deepcopy(before)
        after["translations"][0]["texts"][field] = text
        return classify(S, before, after)

    assert with_text("safety_notes[0]", "Nimm dir Zeit.").risk is HIGH
    assert with_text("objectives[0].text", "Fragt offen.").risk is HIGH
    assert with_text("learner_goal", "Hör zu.").risk is ORDINARY
    assert with_text("not_a_field", "x").risk is HIGH
    assert with_text("setting", texts["setting"] + " nicht").risk is ORDINARY
    assert with_text("title", texts["title"].replace("auf deutsch:", "auf deutsch")).risk is LOW


@pytest.mark.parametrize("kind", list(RULES))
def test_an_unknown_field_is_high(kind: SubjectKind) -> None:
    before = examples()[kind][0]
    values: tuple[Any, ...] = ("x", 1, False, None, [], {}, {"deep": [1]})
    for value in values:
        found = classify(kind, before, before | {"brand_new": value})
        assert found.risk is HIGH
        assert "no rule knows" in found.reasons[0]
        assert classify(kind, before | {"brand_new": value}, before).risk is HIGH


def test_a_change_too_fine_for_the_difference_is_seen_all_the_same() -> None:
    assert risk("pass_threshold", 0.70000001, examples()[CR][0] | {"pass_threshold": 0.7}, CR).risk is HIGH


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("title", "How we win", LOW),
        ("company", "Tarrow", LOW),
        ("language", "de", HIGH),
        ("clauses[0].text", "We get goods there.", HIGH),
        ("clauses[0].kind", "value", HIGH),
        ("clauses[0]", ..., HIGH),
        ("clauses[0].source", {"document": "a.md", "start": 0, "end": 3, "quote": "abc"}, ORDINARY),
    ],
)
def test_charters(path: str, value: Any, expected: RiskClass) -> None:
    assert risk(path, value, kind=CH).risk is expected


def test_the_last_clause_of_a_charter_removed_is_high() -> None:
    before = examples()[CH][0]
    assert classify(CH, before, before | {"clauses": before["clauses"][:-1]}).risk is HIGH


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("title", "What we train for", LOW),
        ("pass_threshold", 0.2, HIGH),
        ("min_agreement", 0.1, HIGH),
        ("samples", 1, HIGH),
        ("criteria[0].weight", 9.0, HIGH),
        ("criteria[0].veto_below", None, HIGH),
        ("criteria[0].levels[0].anchor", "Never.", HIGH),
        ("criteria[0].levels[0].positive_example", "Well done", HIGH),
        ("criteria[0].question", "Is it good?", HIGH),
    ],
)
def test_criteria(path: str, value: Any, expected: RiskClass) -> None:
    before = copy.deepcopy(examples()[CR][0])
    before["criteria"][0]["veto_below"] = before["criteria"][0]["levels"][-1]["key"]
    assert risk(path, value, before, CR).risk is expected
