"""Endpoints as their servers want to be asked, and their keys, which nothing shows."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from agents.alignment.model import ModelAlignment
from agents.author import DraftOrder
from agents.author.model import ModelAuthor
from agents.build import EnsembleSettings, RoleSettings
from agents.coach.model import ModelCoach
from agents.endpoints import ModelSettings, chat_model
from agents.failures import ModelRefused, ModelUnauthorised
from agents.models import RoleModel
from agents.persona.model import ModelPersona
from agents.structured import ReplyForm, ask
from api.checkup import check_player
from api.settings import load_settings
from evidence.errors import ConductorError, InvalidInput, ModelFailed
from tests.agents import servers
from tests.agents.material import BRIEF, CHARTER, CUE, QUESTION, VIEW, collect, role_model, settings
from tests.agents.servers import manner
from tests.agents.test_failures import FAULTS
from tests.agents.test_structured import Fish
from tests.endpoint import Endpoint, Json, Request, Status

CANARY = "sk-canary-4f1e-KEEP-quiet"
HELLO = [("system", "Be brief."), ("user", "Hello")]


def azure(endpoint: Endpoint, **changes: Any) -> ModelSettings:
    return settings(
        endpoint,
        base_url=endpoint.url.replace("/v1", "/openai/deployments/judge-eu"),
        api_version="2024-10-21",
        **{"api_key": CANARY, **changes},
    )


# ---- how servers want to be asked


async def test_azure_by_deployment_takes_a_version_and_the_key_in_a_header_of_its_own(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "token-of-somebody-else")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key-of-somebody-else")
    monkeypatch.setenv("OPENAI_API_VERSION", "1999-01-01")
    endpoint.script = manner(servers.azure_deployment(CANARY, "2024-10-21", "judge-eu"), servers.strict_schema_rules)
    model = RoleModel(azure(endpoint), "persona")
    assert "".join([piece async for piece in model.stream(HELLO)])
    judgement = await ModelAlignment(RoleModel(azure(endpoint), "alignment")).judge(QUESTION, 0)
    assert judgement.level == "strong"
    assert [request.headers["api-key"] for request in endpoint.asked] == [CANARY, CANARY]
    assert not any("authorization" in request.headers for request in endpoint.asked)


async def test_azure_by_v1_is_asked_as_openai_is(endpoint: Endpoint) -> None:
    endpoint.script = manner(servers.azure_v1(CANARY), servers.strict_schema_rules)
    given = settings(endpoint, base_url=endpoint.url.replace("/v1", "/openai/v1/"), api_key=CANARY)
    model = RoleModel(given, "persona")
    assert "".join([piece async for piece in model.stream(HELLO)])
    assert (await ModelAlignment(RoleModel(given, "alignment")).judge(QUESTION, 0)).level == "strong"
    assert not any("api-key" in request.headers or "?" in request.path for request in endpoint.asked)


@pytest.mark.parametrize(("name", "newer"), [("max_tokens", False), ("max_completion_tokens", True)])
async def test_the_limit_is_sent_under_one_name(endpoint: Endpoint, name: str, newer: bool) -> None:
    model = role_model(endpoint, "persona", max_tokens=77, max_tokens_as=name)
    await model.complete(HELLO)
    assert [piece async for piece in model.stream(HELLO)]
    for request in endpoint.asked:
        assert request.body[name] == 77
        assert ("max_completion_tokens" in request.body) == newer
        assert ("max_tokens" in request.body) != newer


@pytest.mark.parametrize(
    ("refusal", "setting", "mended"),
    [
        (servers.forbids("max_completion_tokens"), "MAX_TOKENS_AS", {"max_tokens_as": "max_tokens"}),
        (servers.forbids("stream_options"), "WITHOUT", {"without": ["stream_options"]}),
        (servers.forbids("temperature"), "TEMPERATURE", {"temperature": None}),
    ],
)
async def test_where_a_server_takes_no_parameter_the_operator_is_told_and_can_mend_it(
    endpoint: Endpoint, refusal: servers.Refusal, setting: str, mended: dict[str, Any]
) -> None:
    endpoint.script = manner(refusal)
    with pytest.raises(ModelRefused) as caught:
        [piece async for piece in role_model(endpoint, "persona", temperature=0.5).stream(HELLO)]
    assert f"CONDUCTOR_MODELS__PERSONA__MODEL__{setting}" in caught.value.todo
    model = role_model(endpoint, "persona", **{"temperature": 0.5, **mended})
    assert [piece async for piece in model.stream(HELLO)]


async def test_a_reasoning_model_names_the_newer_limit(endpoint: Endpoint) -> None:
    endpoint.script = manner(servers.only_newer_limit)
    with pytest.raises(ModelRefused, match="set CONDUCTOR_MODELS__AUTHOR__MODEL__MAX_TOKENS_AS to 'max_completion"):
        await role_model(endpoint, max_tokens_as="max_tokens").complete(HELLO)


async def test_counting_in_streams_is_asked_for_unless_the_server_takes_no_options(endpoint: Endpoint) -> None:
    for without in ([], ["stream_options"]):
        assert [piece async for piece in role_model(endpoint, "persona", without=without).stream(HELLO)]
    first, second = endpoint.asked
    assert first.body["stream_options"] == {"include_usage": True}
    assert "stream_options" not in second.body


MANNERS: dict[str, tuple[list[servers.Refusal], dict[str, Any], ReplyForm]] = {
    "OpenAI": ([servers.strict_schema_rules, servers.only_newer_limit], {}, ReplyForm.LISTED),
    "vLLM": ([servers.forbids("api-version")], {}, ReplyForm.LISTED),
    "an old vLLM": (
        [servers.forbids("max_completion_tokens", "seed")],
        {"max_tokens_as": "max_tokens"},
        ReplyForm.LISTED,
    ),
    "Ollama": ([], {"max_tokens_as": "max_tokens", "api_key": None}, ReplyForm.LISTED),
    "llama.cpp": ([servers.broken_compiler], {}, ReplyForm.SCHEMA),
    "LM Studio": ([servers.no_json_mode], {"max_tokens_as": "max_tokens", "api_key": None}, ReplyForm.LISTED),
    "an old Azure model": ([servers.no_schema], {}, ReplyForm.OBJECT),
    "one that knows no format": ([servers.no_format_at_all], {}, ReplyForm.PROMPT),
}


@pytest.mark.parametrize("server", MANNERS)
async def test_all_roles_can_be_played_at_every_servers_manner(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, server: str
) -> None:
    refusals, changes, form = MANNERS[server]
    endpoint.script = manner(*refusals)
    caplog.set_level(logging.WARNING, "conductor.models")
    draft = await ModelAuthor(role_model(endpoint, "author", **changes)).draft(DraftOrder(brief=BRIEF, charter=CHARTER))
    assert draft.scenario.clause_ids == ("SB-1", "AB-1")
    judge = ModelAlignment(role_model(endpoint, "alignment", **changes))
    assert (await judge.judge(QUESTION, 1)).level == "strong"
    before = len(endpoint.asked)
    assert (await judge.judge(QUESTION, 2)).level == "strong"
    assert len(endpoint.asked) == before + 1  # what the server does not take is asked once
    assert _form_of(endpoint.asked[-1]) is form
    assert (await ModelCoach(role_model(endpoint, "coach", **changes)).debrief(VIEW)).levels
    assert [piece async for piece in ModelPersona(role_model(endpoint, "persona", **changes)).speak(CUE)]
    assert ("until this process ends" in caplog.text) == (len(endpoint.asked) > 5)


def _form_of(request: Request) -> ReplyForm:
    wanted = request.body.get("response_format", {"type": "prompt"})
    form = ReplyForm(wanted["type"])
    listed = form is ReplyForm.SCHEMA and any("enum" in node for node in servers.nodes(request.schema))
    return ReplyForm.LISTED if listed else form


# ---- settings


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"base_url": "http://x/v1/chat/completions"}, "end before /chat/completions"),
        ({"base_url": "https://x/openai/deployments/n?api-version=2024-10-21"}, "end before the"),
        ({"base_url": "https://x/openai/deployments/n"}, "api_version belongs to an address"),
        ({"api_version": "2024-10-21"}, "api_version belongs to an address"),
        ({"base_url": "https://x/openai/deployments/n", "api_version": "a&b=c"}, "is a date such as"),
        ({"api_key": "two words"}, "one word"),
        ({"api_key": "schlüssel"}, "one word"),
        ({"api_key": CANARY, "api_key_file": __file__}, "one word|not both"),
        ({"without": ["temperature"]}, "seed"),
    ],
)
def test_settings_that_cannot_work_are_refused_without_showing_the_key(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told) as caught:
        ModelSettings.model_validate({"base_url": "http://x/v1", "model": "m", **wrong})
    assert str(wrong.get("api_key", CANARY)) not in str(caught.value)


@pytest.mark.parametrize("pasted", [f"{CANARY}\n", f"  {CANARY}\r\n", f"\ufeff{CANARY}\n\n"])
async def test_white_space_around_a_key_does_not_count(endpoint: Endpoint, tmp_path: Path, pasted: str) -> None:
    file = tmp_path / "key"
    file.write_bytes(pasted.encode())
    for given in ({"api_key": pasted}, {"api_key": None, "api_key_file": file}):
        await role_model(endpoint, **given).complete(HELLO)
    assert [request.key for request in endpoint.asked] == [CANARY, CANARY]


@pytest.mark.parametrize("empty", [None, "", " \n"])
async def test_no_key_is_none_and_the_environments_is_not_taken(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, empty: str | None
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    await role_model(endpoint, api_key=empty).complete(HELLO)
    assert CANARY not in str(endpoint.asked[0].headers)


async def test_a_key_file_is_read_once(endpoint: Endpoint, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(CANARY)
    model = role_model(endpoint, api_key=None, api_key_file=file)
    file.write_text("another")
    await model.complete(HELLO)
    assert endpoint.asked[0].key == CANARY
    assert str(file) in repr(model.settings)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda file: None, "cannot be read: No such file"),
        (lambda file: file.mkdir(), "cannot be read: Is a directory"),
        (lambda file: file.write_text("\n"), "is empty"),
        (lambda file: file.write_bytes(b"\xff\xfe\x00k"), "cannot be read: it is not text"),
        (lambda file: file.write_text(f"{CANARY}\nand more\n"), "one word"),
    ],
)
def test_a_wrong_key_file_stops_the_start_and_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: Any, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "key"
    make(file)
    given = {"PLAYER": "model", "MODEL__BASE_URL": "http://x/v1", "MODEL__MODEL": "m", "MODEL__API_KEY_FILE": str(file)}
    for name, value in given.items():
        monkeypatch.setenv(f"CONDUCTOR_MODELS__COACH__{name}", value)
    with pytest.raises(InvalidInput, match=told) as caught:
        load_settings()
    assert caught.value.where == "CONDUCTOR_MODELS__COACH__MODEL__API_KEY_FILE"
    assert CANARY not in "".join(traceback.format_exception(caught.value))


# ---- nothing shows a key


@pytest.fixture
def keyed(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text(CANARY)
    return file


@pytest.mark.parametrize("kept", ["in the settings", "in a file", "at Azure"])
def test_no_representation_holds_the_key(endpoint: Endpoint, keyed: Path, kept: str) -> None:
    given = {
        "in the settings": lambda: settings(endpoint, api_key=CANARY),
        "in a file": lambda: settings(endpoint, api_key=None, api_key_file=keyed),
        "at Azure": lambda: azure(endpoint),
    }[kept]()

    async def shown() -> str:
        chat = chat_model(given, "author")
        return f"{chat!r}{chat}{chat.model_dump()}{chat._identifying_params}{vars(chat)}{chat.to_json()}"

    model = RoleModel(given, "author")
    whole = EnsembleSettings(author=RoleSettings(player="model", model=given))
    texts = [asyncio.run(shown()), repr(given), str(given), given.model_dump_json(), str(given.model_dump())]
    texts += [repr(whole), whole.model_dump_json(), str(model.identity()), str(vars(model)), repr(model.asked)]
    assert CANARY not in "".join(texts)
    assert given.key() == SecretStr(CANARY)


@pytest.mark.parametrize("where", ["plain", "azure"])
@pytest.mark.parametrize("fault", [*FAULTS, "401 that shows the key"])
async def test_no_fault_brings_the_key_to_light(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, where: str, fault: str
) -> None:
    """Everything that logs does so at its loudest, and a server repeats the key in its error."""
    for name in (
        "openai",
        "httpx2",
        "httpcore2",
        "aiohttp",
        "asyncio",
        "langchain_openai",
        "langchain_core",
        "conductor",
    ):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    make = FAULTS[fault][0] if fault in FAULTS else lambda: _Shouting()
    short = {"timeout_seconds": 0.4, "first_token_seconds": 0.4, "stall_seconds": 0.2, "api_key": CANARY}
    given = settings(endpoint, **short) if where == "plain" else azure(endpoint, **short)
    model = RoleModel(given, "coach")
    told = ""
    for way in (lambda: ask(model, HELLO, Fish), lambda: collect(model.stream(HELLO), [])):
        endpoint.queue(*(make() for _ in range(3)))
        with caplog.at_level(logging.DEBUG), pytest.raises(ModelFailed) as caught:
            await way()
        told += _everything(caught.value)
        endpoint.clear()
    assert CANARY not in told + caplog.text


class _Shouting(Status):
    def __init__(self) -> None:
        super().__init__(401)

    async def play(self, request: Any, wire: Any) -> None:
        message = f"Incorrect API key provided: {request.headers.get('api-key') or request.key}"
        body = json.dumps(servers.openai_error(message, None, "invalid_api_key")).encode()
        await wire.respond(401, body, {"x-key": CANARY})


def _everything(error: ConductorError) -> str:
    return "".join(traceback.format_exception(error)) + str(vars(error)) + repr(error) + str(error.extra)


async def test_the_doctor_and_a_wrong_key(endpoint: Endpoint) -> None:
    endpoint.queue(_Shouting())
    finding = await check_player("coach", RoleSettings(player="model", model=settings(endpoint, api_key=CANARY)))
    assert finding.state == "wrong"
    assert "CONDUCTOR_MODELS__COACH__MODEL__API_KEY" in finding.todo
    assert CANARY not in finding.model_dump_json()
    endpoint.queue(Json({"ready": True, "word": "Hi"}))
    good = await check_player("coach", RoleSettings(player="model", model=settings(endpoint, api_key=CANARY)))
    assert good.state == "ok"
    assert CANARY not in good.model_dump_json()


async def test_a_trace_holds_no_key(endpoint: Endpoint) -> None:
    """Traces carry conversations where somebody asked for them; what LangChain tells a tracer holds no key."""
    from langchain_core.callbacks import AsyncCallbackHandler

    told: list[Any] = []

    class Tracer(AsyncCallbackHandler):
        async def on_chat_model_start(self, *given: Any, **more: Any) -> None:
            told.append((given, more))

        async def on_llm_end(self, *given: Any, **more: Any) -> None:
            told.append((given, more))

    for given in (azure(endpoint), settings(endpoint, api_key=CANARY)):
        chat = chat_model(given, "coach")
        await chat.ainvoke("Hello", config={"callbacks": [Tracer()]})
        assert [piece async for piece in chat.astream("Hello", config={"callbacks": [Tracer()]})]
    assert len(told) == 8
    assert CANARY not in repr(told)


async def test_a_key_that_is_not_accepted_names_its_setting(endpoint: Endpoint) -> None:
    endpoint.key = "right"
    with pytest.raises(ModelUnauthorised, match="API_KEY"):
        await role_model(endpoint, api_key="wrong").complete(HELLO)
