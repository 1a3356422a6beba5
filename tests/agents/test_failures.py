"""Every fault of an endpoint, for every role, as a typed error that tells the way and gives nothing away."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable

import pytest

from agents import failures
from agents.alignment.model import ModelAlignment
from agents.author import ChangeRequest, DraftOrder
from agents.author.model import ModelAuthor
from agents.coach.model import ModelCoach
from agents.failures import Asked, host_of, retry_after_of
from agents.persona.model import ModelPersona
from api.settings import load_settings
from evidence.errors import ModelFailed
from tests.agents.material import BRIEF, CHARTER, CUE, KEY, LEARNER_WORDS, QUESTION, VIEW, role_model
from tests.endpoint import (
    Answer,
    BadUtf8,
    Body,
    EmptyChoices,
    Endpoint,
    Garbage,
    Huge,
    Json,
    Reset,
    Stall,
    Status,
    Text,
    Truncated,
)

QUESTION_OF_A_LEARNER = QUESTION.model_copy(update={"fields": {"setting": LEARNER_WORDS}})
ORDER = DraftOrder(brief=BRIEF, charter=CHARTER, changes=(ChangeRequest(by="designer", text=LEARNER_WORDS),))
LIMIT = 0.4  # seconds, of the one limit that has to end a fault; all others are patient
ENDED_BY = {"timeout": "first_token_seconds", "stall": "stall_seconds"}  # in a stream; a whole reply by its whole time


async def author(endpoint: Endpoint, **limits: float) -> object:
    return await ModelAuthor(role_model(endpoint, "author", **limits)).draft(ORDER)


async def judge(endpoint: Endpoint, **limits: float) -> object:
    return await ModelAlignment(role_model(endpoint, "alignment", **limits)).judge(QUESTION_OF_A_LEARNER, 0)


async def debrief(endpoint: Endpoint, **limits: float) -> object:
    return await ModelCoach(role_model(endpoint, "coach", **limits)).debrief(VIEW)


async def persona(endpoint: Endpoint, **limits: float) -> object:
    return [piece async for piece in ModelPersona(role_model(endpoint, "persona", **limits)).speak(CUE)]


PLAYERS = {"author": author, "judge": judge, "debrief": debrief, "persona": persona}

# fault → (what makes it, error of a whole reply, error of a stream)
FAULTS: dict[str, tuple[Callable[[], Answer], type[ModelFailed], type[ModelFailed]]] = {
    "401": (lambda: Status(401, code="invalid_api_key"), failures.ModelUnauthorised, failures.ModelUnauthorised),
    "403": (lambda: Status(403), failures.ModelUnauthorised, failures.ModelUnauthorised),
    "404": (lambda: Status(404, code="model_not_found"), failures.ModelRefused, failures.ModelRefused),
    "400": (lambda: Status(400), failures.ModelRefused, failures.ModelRefused),
    "too long": (
        lambda: Status(400, code="context_length_exceeded"),
        failures.ModelRefused,
        failures.ModelRefused,
    ),
    "429": (lambda: Status(429, retry_after=3), failures.ModelRateLimited, failures.ModelRateLimited),
    "no credit": (lambda: Status(429, code="insufficient_quota"), failures.ModelRefused, failures.ModelRefused),
    "500": (lambda: Status(500), failures.ModelDown, failures.ModelDown),
    "503": (lambda: Status(503), failures.ModelDown, failures.ModelDown),
    "timeout": (lambda: Stall(after=0), failures.ModelSlow, failures.ModelSlow),
    "stall": (Stall, failures.ModelSlow, failures.ModelStalled),
    "reset": (Reset, failures.ModelUnreachable, failures.ModelBroke),
    "reset at once": (lambda: Reset(after=0), failures.ModelUnreachable, failures.ModelUnreachable),
    "truncated": (Truncated, failures.ModelUnreachable, failures.ModelBroke),
    "cut off": (lambda: Truncated(cleanly=False), failures.ModelUnreachable, failures.ModelBroke),
    "bad utf-8": (BadUtf8, failures.ModelNonsense, failures.ModelNonsense),
    "garbage": (Garbage, failures.ModelNonsense, failures.ModelNonsense),
    "json, but not ours": (lambda: Body(b"[1, 2]"), failures.ModelNonsense, failures.ModelNonsense),
    "null": (lambda: Body(b"null"), failures.ModelNonsense, failures.ModelNonsense),
    "null choices": (lambda: Body(b'{"choices": null}'), failures.ModelNonsense, failures.ModelNonsense),
    "error event": (
        lambda: Body(b'{"error": {"message": "%s"}}' % LEARNER_WORDS.encode()),
        failures.ModelNonsense,
        failures.ModelDown,
    ),
    "empty choices": (EmptyChoices, failures.ModelNonsense, failures.ModelNonsense),
    "huge": (Huge, failures.ModelNonsense, failures.ModelNonsense),
    "content filter": (lambda: Text("", finish="content_filter"), failures.ModelRefused, failures.ModelRefused),
    "empty": (lambda: Text("", pieces=[]), failures.ModelNonsense, failures.ModelNonsense),
}


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_is_a_typed_error_that_gives_nothing_away(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, player: str, fault: str
) -> None:
    make, whole, stream = FAULTS[fault]
    endpoint.queue(make(), make(), make())
    limits = {ENDED_BY[fault] if player == "persona" else "timeout_seconds": LIMIT} if fault in ENDED_BY else {}
    ask: Callable[..., Awaitable[object]] = PLAYERS[player]
    with caplog.at_level(logging.DEBUG), pytest.raises(ModelFailed) as caught:
        await ask(endpoint, **limits)
    error = caught.value
    assert type(error) is (stream if player == "persona" else whole), error
    role = {"author": "author", "judge": "judge", "persona": "persona"}.get(player, "coach")
    assert f"The {role}'s language model at 127.0.0.1:" in error.detail
    assert error.todo
    assert 500 <= error.status < 600
    told = "".join(traceback.format_exception(error)) + str(error.extra) + caplog.text
    assert KEY not in told
    assert LEARNER_WORDS not in told
    assert "zebra" not in told


@pytest.mark.parametrize("player", ["author", "judge", "debrief"])
async def test_a_reply_cut_short_names_the_setting(endpoint: Endpoint, player: str) -> None:
    endpoint.queue(Text('{"half": ', finish="length"))
    with pytest.raises(failures.ModelNonsense, match=r"CONDUCTOR_MODELS__\w+__MODEL__MAX_TOKENS"):
        await PLAYERS[player](endpoint)


async def test_a_model_that_never_gets_the_form_right_is_given_up_without_quoting_it(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.queue(*(Json({LEARNER_WORDS: KEY, "level": LEARNER_WORDS, "quotes": []}) for _ in range(4)))
    with pytest.raises(failures.ModelNonsense, match="no usable reply in 3 attempts") as caught:
        await judge(endpoint)
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "zebra" not in told
    assert KEY not in told
    assert len(endpoint.asked) == 3


def test_each_kind_has_a_name_of_its_own() -> None:
    def below(kind: type[ModelFailed]) -> list[type[ModelFailed]]:
        return [kind, *(lower for child in kind.__subclasses__() for lower in below(child))]

    kinds = below(ModelFailed)
    assert len({kind.kind for kind in kinds}) == len({kind.title for kind in kinds}) == len(kinds) > 8


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://me:hush@models.example:8443/v1?key=hush", "models.example:8443"),
        ("http://[::1]:8000/v1", "::1:8000"),
        ("https://models.example/v1", "models.example"),
        ("http://models.example:port/v1", "an address that cannot be read"),
        ("nothing", "an address without a host"),
    ],
)
def test_a_host_is_shown_without_credentials(address: str, host: str) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3), ("0.5", 0.5), (None, None), ("", None), ("soon", None), ("-1", None), ("nan", None), ("1e9", None)],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after_of(value) == seconds


def test_the_settings_that_messages_name_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator who does what the message says changes the very setting it is about."""
    asked = Asked("persona", "http://x/v1", "m", 1, 1)
    wanted = {"base_url": "http://models.example/v1", "model": "new", "api_key": KEY, "max_tokens": "77"}
    monkeypatch.setenv("CONDUCTOR_MODELS__PERSONA__PLAYER", "model")
    for field, value in {**wanted, "structured": "prompt", "stall_seconds": "3"}.items():
        monkeypatch.setenv(asked.setting(field), value)
    chosen = load_settings().models.persona.model
    assert chosen is not None
    assert (chosen.base_url, chosen.model, chosen.max_tokens) == ("http://models.example/v1", "new", 77)
    assert (chosen.structured, chosen.stall_seconds) == ("prompt", 3)
    assert chosen.api_key is not None
    assert chosen.api_key.get_secret_value() == KEY


def test_our_own_failures_pass_through() -> None:
    asked = Asked("coach", "http://x/v1", "m", 1, 1)
    mine = failures.broke(asked)
    assert failures.explain(mine, asked) is mine
