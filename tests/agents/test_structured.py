from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from agents.alignment.reply import JudgeReply
from agents.author.reply import ScenarioReply
from agents.coach.reply import DebriefReply, HintReply
from agents.failures import ModelNonsense
from agents.structured import ask, find_object, schema_digest, strict_schema
from tests.agents.material import role_model
from tests.endpoint import Endpoint, Json, Status, Text

ASK = [("system", "Weigh the fish."), ("user", "Here it is.")]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str


class Fish(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: str = Field(min_length=2)
    grams: int = Field(ge=0)
    parts: list[Part] = []


GOOD = {"kind": "cod", "grams": 900, "parts": [{"name": "fin"}]}


async def test_a_good_reply_needs_one_call_with_a_strict_schema(endpoint: Endpoint) -> None:
    endpoint.queue(Json(GOOD))
    answer = await ask(role_model(endpoint), ASK, Fish, seed=7)
    assert answer.value == Fish.model_validate(GOOD)
    assert json.loads(answer.raw) == GOOD
    assert answer.usage.calls == 1
    body = endpoint.asked[0].body
    assert body["seed"] == 7
    wanted = body["response_format"]["json_schema"]
    assert (wanted["name"], wanted["strict"]) == ("Fish", True)
    assert wanted["schema"]["required"] == ["kind", "grams", "parts"]
    assert "JSON" not in endpoint.asked[0].text


@pytest.mark.parametrize("structured", ["json_object", "prompt"])
async def test_without_schemas_the_form_is_asked_for_in_words(
    endpoint: Endpoint, structured: Literal["json_object", "prompt"]
) -> None:
    endpoint.queue(Text(f"Gladly! Here {{it}} is:\n```json\n{json.dumps(GOOD)}\n```\nAnything else?"))
    answer = await ask(role_model(endpoint, structured=structured), ASK, Fish)
    assert answer.value.kind == "cod"
    request = endpoint.asked[0]
    assert request.body.get("response_format") == ({"type": "json_object"} if structured == "json_object" else None)
    system = request.messages[0]["content"]
    assert system.startswith("Weigh the fish.")
    assert json.dumps(strict_schema(Fish)) in system


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (Text("I would rather not."), "no complete JSON object"),
        (Text('{"kind": "cod", "grams": 9'), "no complete JSON object"),
        (Json({"kind": "cod"}), "grams: Field required"),
        (Json({**GOOD, "grams": -1}), "grams: Input should be greater"),
        (Json({**GOOD, "parts": [{}]}), "parts.0.name: Field required"),
    ],
)
async def test_a_bad_reply_is_repaired_by_saying_what_was_wrong(endpoint: Endpoint, bad: Text, told: str) -> None:
    endpoint.queue(bad, Json(GOOD))
    answer = await ask(role_model(endpoint), ASK, Fish)
    assert answer.value.grams == 900
    assert answer.usage.calls == 2
    first, second = endpoint.asked
    assert second.messages[:2] == first.messages
    assert [message["role"] for message in second.messages[2:]] == ["assistant", "user"]
    assert second.messages[2]["content"] == bad.text
    assert told in second.messages[3]["content"]


async def test_the_roles_own_check_is_repaired_too(endpoint: Endpoint) -> None:
    endpoint.queue(Json({**GOOD, "kind": "dog"}), Json(GOOD))
    answer = await ask(
        role_model(endpoint), ASK, Fish, check=lambda fish: ["kind: a dog is no fish"] if fish.kind == "dog" else []
    )
    assert answer.value.kind == "cod"
    assert "a dog is no fish" in endpoint.asked[1].text


async def test_repair_has_a_bound_and_shows_only_the_last_attempt(endpoint: Endpoint) -> None:
    endpoint.queue(Text("no"), Text("never"), Text("not at all"), Json(GOOD))
    with pytest.raises(ModelNonsense, match="3 attempts"):
        await ask(role_model(endpoint), ASK, Fish)
    assert [len(request.messages) for request in endpoint.asked] == [2, 4, 4]
    assert endpoint.asked[2].messages[2]["content"] == "never"


async def test_additional_properties_are_ignored_at_every_depth(endpoint: Endpoint) -> None:
    endpoint.queue(Json({**GOOD, "mood": "sad", "parts": [{"name": "fin", "colour": "red", "size": {"cm": 3}}]}))
    assert (await ask(role_model(endpoint), ASK, Fish)).value == Fish.model_validate(GOOD)
    assert len(endpoint.asked) == 1


async def test_control_characters_do_not_come_through(endpoint: Endpoint) -> None:
    endpoint.queue(Json({**GOOD, "kind": "co\x00d\x1b[2J\nline"}))
    assert (await ask(role_model(endpoint), ASK, Fish)).value.kind == "cod[2J\nline"


async def test_a_huge_but_valid_value_is_refused_by_the_form(endpoint: Endpoint) -> None:
    endpoint.queue(*(Json({"text": "x" * 100_000}) for _ in range(3)))
    with pytest.raises(ModelNonsense):
        await ask(role_model(endpoint), ASK, HintReply)
    assert len(endpoint.asked[1].messages[2]["content"]) <= 20_000


async def test_a_server_without_schemas_says_which_setting_to_change(endpoint: Endpoint) -> None:
    endpoint.queue(Status(400))
    with pytest.raises(Exception, match=r"MODELS__AUTHOR__MODEL__STRUCTURED to 'json_object' or 'prompt'"):
        await ask(role_model(endpoint), ASK, Fish)


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


def _nodes(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [deep for item in node for deep in _nodes(item)]
    if isinstance(node, dict):
        return [node, *(deep for item in node.values() for deep in _nodes(item))]
    return []


@pytest.mark.parametrize("form", [ScenarioReply, JudgeReply, HintReply, DebriefReply])
def test_schemas_are_what_strict_servers_accept(form: type[BaseModel]) -> None:
    for node in _nodes(strict_schema(form)):
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        if "$ref" in node:
            assert list(node) == ["$ref"]
        if isinstance(node.get("type"), str):
            assert not node.keys() & {"default", "minLength", "maxLength", "format", "oneOf", "allOf", "prefixItems"}


def test_a_schemas_digest_changes_with_its_form() -> None:
    assert schema_digest(HintReply) != schema_digest(JudgeReply)
