from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from agents import schemas
from agents.alignment.reply import JudgeReply
from agents.author.reply import ScenarioReply
from agents.coach.reply import DebriefReply, HintReply
from agents.schemas import Lists, lists_for, schema_digest, strict_schema
from tests.agents.servers import nodes

FORMS = [ScenarioReply, JudgeReply, HintReply, DebriefReply]


def lists(form: type[BaseModel], quotable: dict[str, list[str]], choices: dict[str, list[Any]] | None = None) -> Lists:
    made = lists_for(form, quotable, choices or {})
    assert made is not None
    return made


def assert_strict(schema: Any) -> None:
    for node in nodes(schema):
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        if "$ref" in node:
            assert list(node) == ["$ref"]
            assert node["$ref"].rsplit("/", 1)[-1] in schema["$defs"]
        if "enum" in node:
            assert len(set(node["enum"])) == len(node["enum"]) > 0
        if isinstance(node.get("type"), str):
            assert not node.keys() & {"default", "minLength", "maxLength", "format", "oneOf", "allOf", "prefixItems"}


@pytest.mark.parametrize("form", FORMS)
def test_schemas_are_what_strict_servers_accept(form: type[BaseModel]) -> None:
    assert_strict(strict_schema(form))


def test_a_schemas_digest_changes_with_its_form() -> None:
    assert schema_digest(HintReply) != schema_digest(JudgeReply)


@given(st.lists(st.text(max_size=200), max_size=5), st.lists(st.text(min_size=1, max_size=9), unique=True, max_size=5))
def test_a_listed_schema_stays_strict(texts: list[str], levels: list[str]) -> None:
    before = repr(strict_schema(JudgeReply))
    made = lists_for(JudgeReply, {"quotes[].quote": texts}, {"level": [*levels, None]})
    if made is not None:
        assert_strict(made.schema)
        item = made.schema["properties"]["quotes"]["items"]
        if "quotes[].quote" in made.meant:
            assert item["properties"]["quote"]["enum"] == list(made.meant["quotes[].quote"])
            assert made.schema.get("$defs") is None  # the one that referred to it has a copy of its own now
    assert repr(strict_schema(JudgeReply)) == before


def test_ids_and_keys_are_listed_where_they_stand() -> None:
    made = lists(
        DebriefReply,
        {"levels[].quotes[].quote": ["How was it? I see."]},
        {"levels[].quotes[].turn": [2, 4], "levels[].objective_id": ["asks"], "levels[].level": ["low", "high", None]},
    )
    assert_strict(made.schema)
    level = made.schema["properties"]["levels"]["items"]["properties"]
    line = level["quotes"]["items"]["properties"]
    assert line["quote"]["enum"] == ["How was it?", "I see."]
    assert line["turn"]["enum"] == [2, 4]
    assert level["objective_id"]["enum"] == ["asks"]
    assert [branch.get("enum") for branch in level["level"]["anyOf"]] == [["low", "high"], None]


def test_null_is_not_offered_where_it_may_not_be() -> None:
    level = lists(JudgeReply, {}, {"level": ["a", "b"]}).schema["properties"]["level"]
    assert level["type"] == "string"
    assert level["enum"] == ["a", "b"]
    assert "anyOf" not in level


def test_a_definition_that_others_refer_to_keeps_its_freedom() -> None:
    class Part(BaseModel):
        name: str

    class Whole(BaseModel):
        first: Part
        rest: list[Part]

    schema = lists(Whole, {}, {"first.name": ["a"]}).schema
    assert schema["properties"]["first"]["properties"]["name"]["enum"] == ["a"]
    assert schema["properties"]["rest"]["items"] == {"$ref": "#/$defs/Part"}
    assert "enum" not in schema["$defs"]["Part"]["properties"]["name"]


@pytest.mark.parametrize(
    ("texts", "listed"),
    [
        ([], False),
        (["…"], False),
        ([f"Sentence number {n}." for n in range(200)], True),
        ([f"Number {n}." for n in range(schemas.MAX_VALUES + 1)], False),
        ([f"This is sentence number {n}, and it is not short." for n in range(251)], False),
        ([f"{n} {'long ' * 40}." for n in range(90)], False),
    ],
)
def test_beyond_the_limits_of_servers_nothing_is_listed(texts: list[str], listed: bool) -> None:
    assert (lists_for(JudgeReply, {"quotes[].quote": texts}, {}) is not None) == listed


def test_what_was_listed_comes_back_as_it_is_meant() -> None:
    verbatim = 'Say "no"\ntwice.'
    made = lists(JudgeReply, {"quotes[].quote": [verbatim, "Fine."]}, {"level": ["a", None]})
    shown = next(iter(made.meant["quotes[].quote"]))
    reply: dict[str, Any] = {"quotes": [{"quote": shown}, {"quote": "Invented."}, {"quote": ["x"]}, 3], "level": None}
    assert made.restore(reply) == 2
    assert reply["quotes"][0]["quote"] == verbatim
    assert reply["quotes"][1]["quote"] == "Invented."
    assert made.restore({"level": "b"}) == 1
    assert made.restore({"level": "a", "quotes": None}) == 0
    assert made.restore({}) == 0
