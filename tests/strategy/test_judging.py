from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from strategy.charter import Clause, ClauseKind, Source
from strategy.judging import judgement_key

TEXT = st.text(max_size=6)
DICTS = st.dictionaries(st.sampled_from("abc"), TEXT, min_size=1, max_size=3)


def clause(text: str = "Listen first.", **changes: Any) -> Clause:
    return Clause(id="c1", kind=ClauseKind.VALUE, text=text).model_copy(update=changes)


BASE: dict[str, Any] = {
    "fields": {"setting": "A bakery.", "persona.name": "Mina"},
    "judged": {"id": "listening", "question": "Does it?", "levels": [{"key": "none"}, {"key": "strong"}]},
    "presented": ["none", "strong"],
    "clauses": [clause()],
    "language": "en",
    "appeal": None,
    "identity": {"player": "model", "prompt": "abc"},
    "sample": 0,
}


def test_everything_a_judgement_depends_on_changes_the_key() -> None:
    variants: list[dict[str, Any]] = [
        {},
        {"fields": {**BASE["fields"], "setting": "A bakery!"}},
        {"fields": {"setting": "A bakery."}},
        {"fields": {"persona.name": "Mina", "setting": "A bakery."}},
        {"presented": ["strong", "none"]},
        {"language": "de"},
        {"appeal": {"argument": "Wrong.", "level": "none", "quotes": [], "rationale": ""}},
        {"appeal": {"argument": "Wrong!", "level": "none", "quotes": [], "rationale": ""}},
        {"appeal": {"argument": "Wrong.", "level": "strong", "quotes": [], "rationale": ""}},
        {"appeal": {"argument": "Wrong.", "level": None, "quotes": [{"quote": "A", "field": ""}], "rationale": ""}},
        {"judged": {**BASE["judged"], "question": "Does it not?"}},
        {"judged": {**BASE["judged"], "levels": [{"key": "strong"}, {"key": "none"}]}},
        {"clauses": [clause("Listen last.")]},
        {"clauses": [clause(), clause("Ask.", id="c2")]},
        {"clauses": [clause("Ask.", id="c2"), clause()]},
        {"clauses": [clause(kind=ClauseKind.MISSION)]},
        {"identity": {**BASE["identity"], "prompt": "abd"}},
        {"sample": 1},
    ]
    keys = [judgement_key(**(BASE | variant)) for variant in variants]
    assert len(set(keys)) == len(variants)
    assert all(len(key) == 64 for key in keys)


def test_where_a_clause_was_found_does_not_matter() -> None:
    found = clause(source=Source(document="a.md", start=0, end=3, quote="Lis"))
    assert judgement_key(**(BASE | {"clauses": [found]})) == judgement_key(**BASE)


@given(DICTS, DICTS, DICTS, st.data())
def test_any_value_matters_and_the_order_of_keys_where_the_judge_sees_it(
    fields: dict[str, str], judged: dict[str, str], identity: dict[str, str], data: st.DataObject
) -> None:
    parts: dict[str, Any] = {"fields": fields, "judged": judged, "identity": identity}
    key = judgement_key(**(BASE | parts))
    for name, seen in (("fields", True), ("judged", False), ("identity", False)):
        turned = dict(reversed(parts[name].items()))
        same = judgement_key(**(BASE | parts | {name: turned})) == key
        assert same == (not seen or len(turned) < 2)
    which = data.draw(st.sampled_from(sorted(parts)))
    entry = data.draw(st.sampled_from(sorted(parts[which])))
    longer = parts[which][entry] + data.draw(st.text(min_size=1, max_size=2))
    changed: dict[str, Any] = parts | {which: parts[which] | {entry: longer}}
    assert judgement_key(**(BASE | changed)) != key
