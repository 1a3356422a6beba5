import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.canonical import canonical_json, digest, text_digest

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@given(JSON)
def test_the_order_of_keys_does_not_matter_and_the_form_reads_back(value: Any) -> None:
    assert digest(value) == digest(shuffled(value))
    assert json.loads(canonical_json(value), parse_int=float) == value  # JSON has one kind of number


@given(JSON, JSON)
def test_other_values_have_other_digests(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    if same:
        assert digest(one) == digest(other)
    if canonical_json(one) != canonical_json(other):
        assert digest(one) != digest(other)
    elif not same:
        assert one == other  # only different spellings of one number


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=8), min_size=1, max_size=5), st.data())
def test_any_change_of_a_text_changes_the_digest(content: dict[str, str], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(content)))
    before = digest(content)
    assert digest({**content, key: content[key] + data.draw(st.text(min_size=1, max_size=3))}) != before
    assert digest({name: text for name, text in content.items() if name != key}) != before
    assert digest({**content, key + "x": ""}) != before or key + "x" in content


def test_known_values() -> None:
    assert canonical_json({"b": 1, "a": [1.0, "ü", None]}) == '{"a":[1,"ü",null],"b":1}'.encode()
    assert text_digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, {1: 2}, "\ud800", object(), {"a": b"x"}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="no canonical JSON form"):
        canonical_json(value)
