from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

import agents
from agents.failures import Asked
from agents.refusals import Complaint, advice, complaint_of
from evidence.errors import ModelFailed

ASKED = Asked("alignment", "http://models.example/v1", "m", 1, 1)


def status_error(status: int, body: Any, param: str | None = None) -> openai.APIStatusError:
    request = httpx2.Request("POST", "http://models.example/v1/chat/completions")
    message = f"Error code: {status} - {body}"
    given = {**body, "param": param} if isinstance(body, dict) else body
    return openai.APIStatusError(message, response=httpx2.Response(status, request=request), body=given)


def complaint(status: int, said: str, param: str | None = None) -> Complaint | None:
    return complaint_of(status_error(status, {"message": said}, param))


@pytest.mark.parametrize(
    ("status", "said", "param"),
    [
        (400, "Invalid schema for response_format 'JudgeReply': In context=('properties', 'quote')", "response_format"),
        (400, "something", "response_format"),
        (400, "something", "response_format.json_schema.name"),
        (400, "Invalid parameter: 'response_format' must be one of 'json_object', 'text'.", None),
        (400, "'response_format.type' must be 'json_schema' or 'text'", None),
        (422, "[{'type': 'extra_forbidden', 'loc': ('body', 'response_format'), 'msg': 'Extra inputs'}]", None),
        (400, "Failed to initialize samplers: failed to parse grammar", None),
        (500, "Failed to parse grammar", None),
        (400, "Invalid grammar request", None),
        (400, "The grammar is too complex to compile", None),
        (400, "JSON schema conversion failed:", None),
        (501, "guided_json is not implemented", None),
        (400, "This model does not support structured outputs", None),
    ],
)
def test_a_refused_form_is_recognised(status: int, said: str, param: str | None) -> None:
    found = complaint(status, said, param)
    assert found is not None
    assert found.is_about_form()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "This model's maximum context length is 4096 tokens."),
        (400, "The model 'x' does not exist"),
        (400, "Invalid value for 'temperature'"),
        (500, "The server had an error while processing your request"),
        (400, ""),
    ],
)
def test_other_complaints_are_not(status: int, said: str) -> None:
    found = complaint(status, said)
    assert found is not None
    assert not found.is_about_form()
    assert not found.is_about("seed")


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 429, 502, 503])
def test_other_statuses_say_nothing_about_the_request(status: int) -> None:
    assert complaint(status, "response_format") is None


def test_no_prompt_of_ours_reads_like_a_complaint() -> None:
    """A server that repeats what it was sent, whatever its trouble is, is not taken to refuse the form."""
    for path in sorted(Path(agents.__path__[0]).glob("*/*.md")):
        echo = Complaint(400, "", path.read_text(encoding="utf-8"))
        assert not echo.is_about_form(), path
        assert not echo.is_about("seed"), path


def test_only_the_beginning_of_a_complaint_counts() -> None:
    found = complaint(400, f"no: {'word ' * 200} response_format seed")
    assert found is not None
    assert not found.is_about_form()
    assert not found.is_about("seed")


def test_a_complaint_is_found_behind_our_own_failure_and_shown_nowhere() -> None:
    try:
        try:
            raise status_error(400, {"message": "seed and zebra"})
        except openai.APIStatusError:
            raise ModelFailed("It failed.") from None
    except ModelFailed as failure:
        found = complaint_of(failure)
    assert found is not None
    assert found.is_about("seed")
    assert "zebra" not in repr(found)
    assert complaint_of(ModelFailed("Another.")) is None


def test_a_body_that_is_a_text_is_read_too() -> None:
    found = complaint_of(status_error(400, "'response_format.type' must be 'text'"))
    assert found is not None
    assert found.is_about_form()


@pytest.mark.parametrize(
    ("said", "setting", "value"),
    [
        (
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            "MAX_TOKENS_AS",
            "'max_completion_tokens'",
        ),
        ("('body', 'max_completion_tokens'): Extra inputs are not permitted", "MAX_TOKENS_AS", "'max_tokens'"),
        ("('body', 'stream_options'): Extra inputs are not permitted", "WITHOUT", '["stream_options"]'),
        ("unknown field `seed`", "WITHOUT", '["seed"]'),
        ("'temperature' does not support 0 with this model.", "TEMPERATURE", "empty"),
    ],
)
def test_the_operator_is_told_what_to_set(said: str, setting: str, value: str) -> None:
    told = advice(status_error(400, {"message": said}), ASKED)
    assert f"CONDUCTOR_MODELS__ALIGNMENT__MODEL__{setting}" in told
    assert value in told


def test_where_nothing_can_be_set_nothing_is_advised() -> None:
    assert advice(status_error(400, {"message": "no"}), ASKED) == ""
    assert advice(status_error(404, {"message": "seed"}), ASKED) == ""
    assert advice(status_error(400, {"message": "'max_tokens' is too large: 4096."}), ASKED) == ""
