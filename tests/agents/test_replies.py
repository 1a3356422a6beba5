from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from agents.replies import MAX_DEPTH, find_object, read_reply


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str


class Fish(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: str
    grams: float
    parts: list[Part] = []


GOOD = '{"kind": "cod", "grams": 900, "parts": [{"name": "fin"}]}'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', {"a": 1}),
        ('<think>{"a": 0}</think> {"a": 1}', {"a": 1}),
        ('First {"a": 0}, then {"a": 1, "b": {"c": [2]}}.', {"a": 1, "b": {"c": [2]}}),
        ('[{"a": 1}]', {"a": 1}),
        ("{" * 5000, None),
        ('{"a":' * 3000, None),
        ('{"a": NaN}', None),
        ('{"a": -Infinity}', None),
        ('{"a": 1e999}', None),
        (f'{{"a": {"9" * 5000}}}', None),
        ("", None),
        ("[1, 2]", None),
    ],
)
def test_the_object_in_a_reply_is_found(text: str, found: dict[str, Any] | None) -> None:
    assert find_object(text) == found


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


@given(st.dictionaries(st.text(), JSON, min_size=1), st.text(alphabet='abc {}\n`"', max_size=20))
def test_any_object_is_found_behind_any_prose(value: dict[str, Any], prose: str) -> None:
    found = find_object(f"{prose}\n```json\n{json.dumps(value)}\n```")
    # Prose that opens a string or an object of its own can swallow the rest; it must never be misread.
    assert found == value or '"' in prose or "{" in prose


@given(st.text() | st.text(alphabet='{}[]":,0123456789eE+-.\\ "ntrufalsNaInity', max_size=80))
def test_no_text_breaks_the_reading(text: str) -> None:
    value, problems, where, _ = read_reply(text, Fish)
    assert (value is None) == bool(problems) == bool(where)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 200, 400, 900])
def test_what_is_nested_too_deeply_is_a_problem_and_no_crash(depth: int) -> None:
    value, (problem,), _, _ = read_reply(f'{{"kind": {"[" * depth}{"]" * depth}}}', Fish)
    assert value is None
    assert problem in ("It is nested too deeply.", "There is no complete JSON object in it.")


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ('{"kind": "cod", "kind": "dog", "grams": 1}', False),
        ('{"kind": "cod", "grams": 1, "parts": [{"name": "fin", "name": "tail"}]}', False),
        ('{"kind": "cod", "kind": "cod", "grams": 1}', True),
    ],
)
def test_a_reply_that_contradicts_itself_is_not_read_either_way(text: str, readable: bool) -> None:
    value, problems, where, _ = read_reply(text, Fish)
    assert (value is not None) == readable
    if not readable:
        assert problems == ["A property stands twice in one object, with different values."]
        assert where == "it contradicted itself"


def test_what_is_too_much_and_what_is_no_text_is_dropped() -> None:
    text = (
        '{"kind": "co\\u0000d\\ud83d \\ud83d\\ude00", "grams": 1, "mood": {"a": 1}, "parts": [{"name": "x", "y": 1}]}'
    )
    value = read_reply(text, Fish).value
    assert value == Fish(kind="cod 😀", grams=1, parts=[Part(name="x")])


def test_the_object_can_be_changed_before_it_is_held_against_the_form() -> None:
    value, _, _, strays = read_reply(GOOD, Fish, lambda found: found.update(kind="hake") or 3)
    assert value is not None
    assert (value.kind, strays) == ("hake", 3)


def test_problems_name_places_and_what_people_read_quotes_nothing() -> None:
    value, problems, where, _ = read_reply('{"kind": "secret words", "grams": "many"}', Fish)
    assert value is None
    assert problems[0].startswith("grams: Input should be a valid number")
    assert where == "it did not have the form asked for, at grams"
