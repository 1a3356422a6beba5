from __future__ import annotations

import asyncio
import logging
import os
from contextlib import aclosing

import pytest
from pydantic import SecretStr, ValidationError

from agents.connections import close_connections
from agents.endpoints import ModelSettings, chat_model
from agents.failures import ModelBroke, ModelNonsense, ModelRateLimited, ModelSlow, ModelStalled, ModelUnreachable
from agents.models import RoleModel
from agents.tracing import configure_tracing
from tests.agents.material import KEY, collect, role_model, settings
from tests.endpoint import Endpoint, NoDone, Stall, Status, Text, Truncated

HELLO = [("system", "Be brief."), ("user", "Hello")]


async def streamed(model: RoleModel) -> list[str]:
    return [piece async for piece in model.stream(HELLO)]


async def test_a_whole_reply_comes_with_its_usage(endpoint: Endpoint) -> None:
    endpoint.queue(Text("Good morning to you."))
    text, usage = await role_model(endpoint, temperature=0.25, max_tokens=77).complete(HELLO, seed=4)
    assert text == "Good morning to you."
    assert (usage.calls, usage.output_tokens) == (1, 5)
    assert usage.input_tokens > 0
    body = endpoint.asked[0].body
    assert body["model"] == "scripted-1"
    assert (body["temperature"], body["seed"], body["max_completion_tokens"]) == (0.25, 4, 77)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


async def test_the_key_is_sent_and_the_environments_key_is_not(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_API_BASE", "http://127.0.0.1:9/v1")
    await role_model(endpoint).complete(HELLO)
    await role_model(endpoint, api_key=None).complete(HELLO)
    assert endpoint.asked[0].key == KEY
    assert "somebody" not in endpoint.asked[1].key


async def test_no_temperature_is_sent_unless_one_is_set(endpoint: Endpoint) -> None:
    await role_model(endpoint).complete(HELLO)
    assert "temperature" not in endpoint.asked[0].body


async def test_a_stream_arrives_in_pieces(endpoint: Endpoint) -> None:
    endpoint.queue(Text("One two three four five six.", per_token=0.06))
    pieces = await streamed(role_model(endpoint))
    assert "".join(pieces) == "One two three four five six."
    assert len(pieces) > 3
    assert endpoint.asked[0].streams


async def test_a_stream_without_done_is_complete_if_it_said_so(endpoint: Endpoint) -> None:
    endpoint.queue(NoDone("All said."))
    assert "".join(await streamed(role_model(endpoint))) == "All said."


async def test_a_stream_that_just_ends_is_broken_and_its_pieces_stand(endpoint: Endpoint) -> None:
    endpoint.queue(Truncated(after=3, cleanly=True))
    got: list[str] = []
    with pytest.raises(ModelBroke):
        await collect(role_model(endpoint).stream(HELLO), got)
    assert len("".join(got).split()) == 3


@pytest.mark.parametrize("comments", [False, True])
async def test_a_stall_is_an_error_within_its_limit_and_a_second(endpoint: Endpoint, comments: bool) -> None:
    """The endpoint ends its silence properly after limit + 1 s: only who noticed before then sees an error."""
    endpoint.queue(Stall(after=2, seconds=0.3 + 1, comments=comments))
    with pytest.raises(ModelStalled, match=r"0\.3 s in the middle"):
        await streamed(role_model(endpoint, stall_seconds=0.3))
    assert await asyncio.to_thread(endpoint.asked[0].abandoned.wait, 5)


async def test_silence_before_the_first_word_has_a_limit_of_its_own(endpoint: Endpoint) -> None:
    endpoint.queue(Stall(after=0), Text("Slow but sure.", first_token=0.3))
    with pytest.raises(ModelSlow, match="FIRST_TOKEN_SECONDS") as caught:
        await streamed(role_model(endpoint, first_token_seconds=0.2))
    assert not isinstance(caught.value, ModelStalled)
    patient = role_model(endpoint, first_token_seconds=10, stall_seconds=0.2)
    assert "".join(await streamed(patient)) == "Slow but sure."


async def test_the_whole_reply_has_a_limit_even_if_every_word_is_in_time(endpoint: Endpoint) -> None:
    endpoint.queue(Text("a b c d e f g h i j k l m n o p q r s t", per_token=0.1))
    with pytest.raises(ModelSlow, match="TIMEOUT_SECONDS"):
        await streamed(role_model(endpoint, timeout_seconds=0.5))


async def test_a_whole_reply_that_takes_too_long_is_cut_off(endpoint: Endpoint) -> None:
    endpoint.queue(Stall())
    with pytest.raises(ModelSlow, match="TIMEOUT_SECONDS"):
        await role_model(endpoint, timeout_seconds=0.3).complete(HELLO)
    assert await asyncio.to_thread(endpoint.asked[0].abandoned.wait, 5)


async def test_closing_a_stream_cancels_the_request(endpoint: Endpoint) -> None:
    endpoint.queue(Text("word " * 2000, per_token=0.02))
    async with aclosing(role_model(endpoint).stream(HELLO)) as pieces:
        async for _ in pieces:
            break
    assert await asyncio.to_thread(endpoint.asked[0].abandoned.wait, 5)


async def test_cancelling_a_task_cancels_the_request(endpoint: Endpoint) -> None:
    endpoint.queue(Stall())
    task = asyncio.create_task(role_model(endpoint).complete(HELLO))
    assert await asyncio.to_thread(endpoint.wait_for, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(endpoint.asked[0].abandoned.wait, 5)


async def test_retries_are_bounded_and_in_one_layer(endpoint: Endpoint) -> None:
    endpoint.queue(*(Status(429, retry_after=0.01) for _ in range(6)))
    with pytest.raises(ModelRateLimited):
        await role_model(endpoint, max_retries=2).complete(HELLO)
    assert len(endpoint.asked) == 3


async def test_a_busy_endpoint_is_asked_again_when_it_said_it_would_be_free(endpoint: Endpoint) -> None:
    endpoint.queue(Status(429, retry_after=0.01), Status(500, retry_after=0.01), Text("Here I am."))
    assert (await role_model(endpoint, max_retries=2).complete(HELLO))[0] == "Here I am."
    endpoint.queue(Status(429, retry_after=0.01), Text("Here again."))
    assert "".join(await streamed(role_model(endpoint, max_retries=1))) == "Here again."


async def test_a_long_retry_after_is_reported_as_a_rate_limit_not_as_slowness(endpoint: Endpoint) -> None:
    endpoint.queue(Status(429, retry_after=40), Status(429, retry_after=40))
    with pytest.raises(ModelRateLimited) as caught:
        await role_model(endpoint, max_retries=2, timeout_seconds=0.3).complete(HELLO)
    assert caught.value.extra["retry_after"] == 40
    assert "about 40 s" in caught.value.todo
    with pytest.raises(ModelRateLimited):
        await streamed(role_model(endpoint, max_retries=2, first_token_seconds=0.3))


async def test_a_stream_that_has_begun_is_never_retried(endpoint: Endpoint) -> None:
    endpoint.queue(Truncated(cleanly=False))
    with pytest.raises(ModelBroke):
        await streamed(role_model(endpoint, max_retries=3))
    assert len(endpoint.asked) == 1


async def test_a_runaway_stream_is_cut_off(endpoint: Endpoint) -> None:
    endpoint.queue(Text("blah " * 4000))
    with pytest.raises(ModelNonsense, match="far more than it was asked for"):
        await streamed(role_model(endpoint, max_tokens=10))


async def test_nobody_there(unused_port: int) -> None:
    model = RoleModel(ModelSettings(base_url=f"http://127.0.0.1:{unused_port}/v1", model="m", max_retries=0), "persona")
    with pytest.raises(ModelUnreachable, match=rf"persona's language model at 127\.0\.0\.1:{unused_port} cannot"):
        await streamed(model)


def test_one_model_serves_two_event_loops(endpoint: Endpoint) -> None:
    model = role_model(endpoint)

    async def once() -> str:
        text, _ = await model.complete(HELLO)
        await close_connections()
        return text

    assert asyncio.run(once()) == asyncio.run(once())


@pytest.mark.parametrize(
    "wrong", [{"base_url": "localhost:8000"}, {"model": ""}, {"max_tokens": 0}, {"stall_seconds": 0}, {"surprise": 1}]
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ModelSettings.model_validate({"base_url": "http://x/v1", "model": "m", **wrong})


def test_the_key_is_in_no_representation() -> None:
    given = ModelSettings(base_url="http://x/v1", model="m", api_key=SecretStr(KEY))
    model = RoleModel(given, "coach")
    assert KEY not in f"{given!r}{given}{given.model_dump_json()}{model.identity()}{vars(model)}"


def test_identity_holds_no_credentials_of_the_address() -> None:
    model = RoleModel(ModelSettings(base_url="https://me:hush@models.example/v1", model="m"), "alignment")
    assert model.identity()["endpoint"] == "models.example/v1"


async def test_the_chat_model_is_langchains(endpoint: Endpoint) -> None:
    from langchain_core.language_models import BaseChatModel

    chat = chat_model(settings(endpoint, max_retries=1), "persona")
    assert isinstance(chat, BaseChatModel)
    assert chat.tags == ["persona"]
    assert (await chat.ainvoke("Hello")).text


async def test_the_clients_never_log_at_debug(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    loggers = [logging.getLogger(name) for name in ("openai", "langchain_openai")]
    for logger in loggers:
        monkeypatch.setattr(logger, "level", logger.level)
        logger.setLevel(logging.DEBUG)
    await role_model(endpoint).complete(HELLO)
    assert not any(logger.isEnabledFor(logging.DEBUG) for logger in loggers)


class TestTracing:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> None:
        for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING"):
            monkeypatch.setenv(name, "true")
        monkeypatch.setenv("LANGSMITH_PROJECT", "inherited")
        monkeypatch.setenv("LANGSMITH_API_KEY", "ls-key")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", endpoint.url)

    async def test_the_environment_alone_cannot_switch_it_on(self, endpoint: Endpoint) -> None:
        configure_tracing(None)
        await role_model(endpoint).complete(HELLO)
        await streamed(role_model(endpoint))
        from langchain_core.tracers.langchain import wait_for_all_tracers

        await asyncio.to_thread(wait_for_all_tracers)
        assert {request.path for request in endpoint.requests} == {"/v1/chat/completions"}

    def test_a_named_project_switches_it_on_and_none_off_again(self) -> None:
        from langsmith.utils import tracing_is_enabled

        configure_tracing("practice-team")
        assert tracing_is_enabled()
        assert os.environ["LANGSMITH_PROJECT"] == "practice-team"
        configure_tracing(None)
        assert not tracing_is_enabled()


async def test_the_first_piece_comes_at_once_and_what_follows_closely_comes_together(endpoint: Endpoint) -> None:
    said = " ".join(f"word{number}" for number in range(40))
    endpoint.queue(Text(said, per_token=0.005))
    pieces = await streamed(role_model(endpoint))
    assert "".join(pieces) == said
    assert len(pieces[0].split()) <= 2
    assert 3 <= len(pieces) <= 20
