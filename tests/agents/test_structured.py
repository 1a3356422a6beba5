from __future__ import annotations

import json
import logging
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from agents import schemas
from agents.coach.reply import HintReply
from agents.failures import ModelDown, ModelNonsense, ModelRefused, ModelUnauthorised
from agents.models import RoleModel
from agents.schemas import strict_schema
from agents.structured import Answer, ReplyForm, ask, first_form
from tests.agents import servers
from tests.agents.material import KEY, role_model
from tests.endpoint import Answer as Answering
from tests.endpoint import Endpoint, Json, Request, Status, Text

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


TEXT = 'Ask first. He said "no" twice.\nThen\nwait.'


class Quoting(BaseModel):
    quote: str
    kind: Literal["fish", "fowl"]
    level: str | None


async def quoting(model: RoleModel, **more: Any) -> Answer[Quoting]:
    return await ask(
        model,
        ASK,
        Quoting,
        quotable={"quote": [TEXT]},
        choices={"level": ["low", "high", None]},
        check=lambda reply: [] if reply.level in ("low", "high", None) else ["level: there is no such level"],
        **more,
    )


def script(*refusals: servers.Refusal, quote: str = "Ask first.") -> Any:
    """A server of these manners that gives one reply, and takes the first of every list it is shown."""
    given = {"quote": quote, "kind": "fish", "level": "low"}

    def play(request: Request) -> Answering:
        for refusal in refusals:
            if refused := refusal(request):
                return refused
        listed = request.schema.get("properties", {}).get("quote", {}).get("enum")
        return Json({**given, "quote": listed[-1] if listed else quote})

    return play


def asked_as(request: Request) -> ReplyForm:
    """How a request asked for its form, by what it holds."""
    wanted = request.body.get("response_format")
    if wanted is None:
        assert "JSON schema" in request.text
        return ReplyForm.PROMPT
    assert ("JSON schema" in request.text) == (wanted["type"] == "json_object")
    if wanted["type"] == "json_schema":
        return ReplyForm.LISTED if "enum" in request.schema["properties"]["quote"] else ReplyForm.SCHEMA
    return ReplyForm(wanted["type"])


async def test_a_quote_is_chosen_from_a_list_and_comes_back_verbatim(endpoint: Endpoint) -> None:
    endpoint.script = script(servers.strict_schema_rules)
    answer = await quoting(role_model(endpoint))
    schema = endpoint.asked[0].schema["properties"]
    assert schema["quote"]["enum"] == ["Ask first.", "He said ”no” twice.", "Then wait."]
    assert schema["level"]["anyOf"][0]["enum"] == ["low", "high"]
    assert answer.value.quote == "Then\nwait."
    assert answer.value.quote in TEXT
    assert "Then wait." in answer.raw
    assert (answer.form, answer.strays, answer.left_out) == (ReplyForm.LISTED, 0, frozenset())


async def test_a_server_that_does_not_hold_to_its_lists_is_noticed(endpoint: Endpoint) -> None:
    endpoint.queue(Json({"quote": "Never said.", "kind": "fish", "level": "low"}))
    answer = await quoting(role_model(endpoint))
    assert (answer.form, answer.strays, answer.value.quote) == (ReplyForm.LISTED, 1, "Never said.")


@pytest.mark.parametrize(
    ("changes", "form"),
    [
        ({}, ReplyForm.LISTED),
        ({"quotes": "free"}, ReplyForm.SCHEMA),
        ({"structured": "json_object"}, ReplyForm.OBJECT),
        ({"structured": "prompt"}, ReplyForm.PROMPT),
    ],
)
async def test_the_settings_say_where_the_ladder_begins(
    endpoint: Endpoint, changes: dict[str, Any], form: ReplyForm
) -> None:
    endpoint.script = script()
    model = role_model(endpoint, **changes)
    assert first_form(model.settings) is form
    assert (await quoting(model)).form is form
    assert [asked_as(request) for request in endpoint.asked] == [form]


@pytest.mark.parametrize(
    ("refusals", "taken"),
    [
        ([servers.no_long_lists], ReplyForm.LISTED),
        ([servers.forbids("response_format")], ReplyForm.PROMPT),
        ([servers.no_schema], ReplyForm.OBJECT),
        ([servers.no_schema, servers.no_json_mode], ReplyForm.PROMPT),
        ([servers.no_lists], ReplyForm.SCHEMA),
        ([servers.broken_compiler], ReplyForm.SCHEMA),
    ],
)
async def test_the_ladder_leads_down_to_what_the_server_takes_and_is_remembered(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, refusals: list[servers.Refusal], taken: ReplyForm
) -> None:
    endpoint.script = script(*refusals)
    model = role_model(endpoint)
    first = await quoting(model)
    ladder = list(ReplyForm)
    down = ladder[: ladder.index(taken) + 1]
    assert first.form is taken
    assert first.usage.calls == 1
    assert [asked_as(request) for request in endpoint.asked] == down
    endpoint.clear()
    assert (await quoting(model)).form is taken
    assert (await quoting(model)).form is taken
    assert [asked_as(request) for request in endpoint.asked] == [taken, taken]
    told = [record.getMessage() for record in caplog.records if "until this process ends" in record.getMessage()]
    assert len(told) == (len(down) > 1)
    assert KEY not in caplog.text
    assert "Ask first." not in caplog.text


async def test_what_one_reply_is_refused_another_may_be_granted(endpoint: Endpoint) -> None:
    """A server may take one schema and not another; one refusal is not held against all replies."""
    endpoint.script = script(servers.no_lists)
    model = role_model(endpoint)
    await quoting(model)
    endpoint.clear()
    endpoint.queue(Json(GOOD))
    assert (await ask(model, ASK, Fish, choices={"kind": ["cod", "hake"]})).form is ReplyForm.LISTED
    assert (await quoting(role_model(endpoint))).form is ReplyForm.SCHEMA
    assert [asked_as(request) for request in endpoint.asked[1:]] == [ReplyForm.LISTED, ReplyForm.SCHEMA]


async def test_the_way_down_goes_on_in_a_repair(endpoint: Endpoint) -> None:
    endpoint.script = script(servers.no_schema)
    model = role_model(endpoint)
    endpoint.queue(servers.Refused(400, servers.openai_error("no", "response_format")), Text("Well."))
    answer = await quoting(model)
    assert answer.form is ReplyForm.OBJECT
    assert [asked_as(request) for request in endpoint.asked] == [
        ReplyForm.LISTED,
        ReplyForm.SCHEMA,
        ReplyForm.SCHEMA,
        ReplyForm.OBJECT,
    ]
    assert "no complete JSON object" in endpoint.asked[-1].messages[-1]["content"]


async def test_refusals_are_bounded_and_nothing_is_learned_from_a_failure(endpoint: Endpoint) -> None:
    """Where every way is refused, it was not the way; later replies are asked for as if nothing had been."""
    stubborn = servers.Refused(400, servers.openai_error("no", "response_format"))
    endpoint.script = lambda request: stubborn
    model = role_model(endpoint, max_retries=2)
    with pytest.raises(ModelRefused):
        await quoting(model, seed=1)
    assert [asked_as(request) for request in endpoint.asked] == list(ReplyForm)
    endpoint.clear()
    endpoint.script = script()
    assert (await quoting(model)).form is ReplyForm.LISTED


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Status(400, code="context_length_exceeded"), ModelRefused),
        (Status(404, code="model_not_found"), ModelRefused),
        (Status(401), ModelUnauthorised),
        (Status(400), ModelRefused),
        (Status(500), ModelDown),
        (Status(503), ModelDown),
    ],
)
async def test_other_failures_are_not_swallowed(endpoint: Endpoint, answer: Status, kind: type[Exception]) -> None:
    endpoint.queue(answer)
    with pytest.raises(kind):
        await quoting(role_model(endpoint), seed=3)
    assert len(endpoint.asked) == 1


async def test_a_parameter_that_a_server_does_not_know_is_left_out(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.script = script(servers.forbids("seed"), servers.no_lists)
    model = role_model(endpoint)
    answer = await quoting(model, seed=5)
    assert (answer.form, answer.left_out) == (ReplyForm.SCHEMA, frozenset({"seed"}))
    assert ["seed" in request.body for request in endpoint.asked] == [True, False, False]
    endpoint.clear()
    assert (await quoting(model, seed=6)).left_out == {"seed"}
    assert len(endpoint.asked) == 1
    assert [record.levelno for record in caplog.records if "'seed' or a JSON schema" in record.getMessage()] == [
        logging.WARNING
    ]


async def test_a_parameter_can_be_left_out_from_the_start(endpoint: Endpoint) -> None:
    endpoint.script = script(servers.forbids("seed"))
    answer = await quoting(role_model(endpoint, without=["seed"]), seed=5)
    assert len(endpoint.asked) == 1
    assert answer.left_out == frozenset()


async def test_texts_too_long_to_list_are_quoted_freely(endpoint: Endpoint) -> None:
    endpoint.script = script(servers.strict_schema_rules)
    many = " ".join(f"This is sentence number {n}." for n in range(schemas.MAX_VALUES + 1))
    answer = await ask(role_model(endpoint), ASK, Quoting, quotable={"quote": [many]})
    assert answer.form is ReplyForm.SCHEMA
    assert [asked_as(request) for request in endpoint.asked] == [ReplyForm.SCHEMA]
    shorter = await ask(role_model(endpoint), ASK, Quoting, quotable={"quote": [many[:500]]})
    assert shorter.form is ReplyForm.LISTED


async def test_a_reply_that_contradicts_itself_is_sent_back(endpoint: Endpoint) -> None:
    endpoint.queue(Text('{"kind": "cod", "kind": "eel", "grams": 1, "parts": []}'), Json(GOOD))
    assert (await ask(role_model(endpoint), ASK, Fish)).value.kind == "cod"
    assert "stands twice" in endpoint.asked[1].text
