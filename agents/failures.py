"""What can go wrong with a language model, in plain words: who was asked, where, and which setting to change.

Messages name the role, the endpoint's host and a setting. They never carry the key, the endpoint's own error text (some
servers echo the request in it) or anything that was sent or received.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from agents.refusals import advice
from evidence.errors import ModelFailed

ROLE_NAMES = {"author": "author", "alignment": "judge", "persona": "persona", "coach": "coach"}

# Codes that servers use and that say nothing about the text; any other code is left out of messages.
_KNOWN_CODES = frozenset({"model_not_found", "insufficient_quota", "context_length_exceeded", "invalid_api_key"})


class ModelUnreachable(ModelFailed):
    """Nobody answers at the endpoint's address, or the connection breaks before a reply."""

    status = 503
    kind = "model-unreachable"
    title = "The language model cannot be reached"


class ModelUnauthorised(ModelFailed):
    """The endpoint does not accept the key."""

    kind = "model-unauthorised"
    title = "The language model does not accept our key"


class ModelRateLimited(ModelFailed):
    """The endpoint asks for fewer requests; ``extra['retry_after']`` are seconds, where it said so."""

    status = 503
    kind = "model-rate-limited"
    title = "The language model is busy"


class ModelBusy(ModelRateLimited):
    """Too much is being asked of the endpoint from here, so that this reply was never asked for."""

    kind = "model-busy"
    title = "Too many people are asking the language model at once"


class ModelSlow(ModelFailed):
    """No complete reply within the time limit."""

    status = 504
    kind = "model-slow"
    title = "The language model took too long"


class ModelStalled(ModelSlow):
    """A reply began and then nothing more came for longer than the limit."""

    kind = "model-stalled"
    title = "The language model stopped in the middle of a reply"


class ModelBroke(ModelFailed):
    """A reply began and the connection ended before the reply did."""

    kind = "model-broke"
    title = "The connection to the language model broke in the middle of a reply"


class ModelDown(ModelFailed):
    """The endpoint answered with a fault of its own (HTTP 5xx)."""

    kind = "model-down"
    title = "The language model's server has a fault"


class ModelRefused(ModelFailed):
    """The endpoint understood the request and will not serve it: unknown model, unsupported setting, content filter."""

    kind = "model-refused"
    title = "The language model refused the request"


class ModelNonsense(ModelFailed):
    """The reply is not what the protocol or the role asks for."""

    kind = "model-nonsense"
    title = "The language model's reply could not be used"


class BudgetSpent(ModelFailed):
    """A budget does not cover another reply; nothing was asked."""

    status = 429
    kind = "budget-spent"
    title = "The budget for language models is used up"


class ModelUnfit(ModelFailed):
    """A model was found unfit for its role, and no admin has let it play nevertheless."""

    status = 409
    kind = "model-unfit"
    title = "This language model was found unfit for its role"


class ModelNotLoaded(ModelFailed):
    """A model on this machine cannot be loaded; nothing was asked."""

    status = 503
    kind = "model-not-loaded"
    title = "The language model on this machine cannot be loaded"


class ReplyTooLarge(Exception):
    """A reply was cut off because it went over the limit on its size; raised while reading it."""


@dataclass(frozen=True)
class Asked:
    """Who was asked what: enough to explain a failure, nothing that must not be shown."""

    role: str
    base_url: str
    model: str
    timeout_seconds: float
    stall_seconds: float

    @property
    def role_name(self) -> str:
        """The role as a person reads it."""
        return ROLE_NAMES.get(self.role, self.role)

    @property
    def who(self) -> str:
        """The role and host as a person reads them."""
        place = f"at {host_of(self.base_url)}" if self.base_url else "on this machine"
        return f"The {self.role_name}'s language model {place}"

    def setting(self, field: str) -> str:
        """The name of one of this role's settings, as an operator sets it."""
        return f"CONDUCTOR_MODELS__{self.role}__MODEL__{field}".upper()


def host_of(base_url: str) -> str:
    """Host and port of an address, without user, password, path or query; models on this machine have none."""
    if not base_url:
        return "this machine"
    try:
        parts = urlsplit(base_url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.hostname or 'an address without a host'}{port}"


def stalled(asked: Asked) -> ModelStalled:
    """Nothing new came for ``stall_seconds`` in the middle of a reply."""
    return ModelStalled(
        f"{asked.who} sent nothing for {asked.stall_seconds:g} s in the middle of its reply.",
        todo=f"Try again. If it keeps happening, raise {asked.setting('stall_seconds')} or use a faster model.",
    )


def slow(asked: Asked, *, limit: float, setting: str) -> ModelSlow:
    """No reply within ``limit`` seconds, which is the value of ``setting``."""
    return ModelSlow(
        f"{asked.who} did not answer within {limit:g} s.",
        todo=f"Try again. If it keeps happening, raise {asked.setting(setting)} or use a faster model.",
    )


def rate_limited(asked: Asked, retry_after: float | None = None) -> ModelRateLimited:
    """The endpoint said 429; ``retry_after`` in seconds where it gave one."""
    wait = f"in about {retry_after:.0f} s" if retry_after and retry_after >= 1 else "in a moment"
    failure = ModelRateLimited(
        f"{asked.who} is taking no more requests right now.",
        todo=f"Try again {wait}. If it keeps happening, raise the limits of your account there.",
    )
    if retry_after is not None:
        failure.extra["retry_after"] = retry_after
    return failure


def no_lane(asked: Asked, waited: float) -> ModelBusy:
    """All replies that a role may ask for at once were under way for ``waited`` seconds."""
    return ModelBusy(
        f"As many replies as the {asked.role_name} may ask for at once have been under way for {waited:.0f} s, so this "
        "one was not asked for.",
        todo=f"Try again in a moment. If it keeps happening, raise {asked.setting('concurrency')}.",
    )


def over_limit(asked: Asked, waited: float) -> ModelBusy:
    """The limits per minute that are set for the endpoint left no room for ``waited`` seconds."""
    return ModelBusy(
        f"The limit per minute that is set for the language model at {host_of(asked.base_url)} left no room for "
        f"{waited:.0f} s, so this reply was not asked for.",
        todo="Try again in a moment. If it keeps happening and the endpoint allows more, raise "
        f"{asked.setting('requests_per_minute')} or {asked.setting('tokens_per_minute')}.",
    )


def broke(asked: Asked) -> ModelBroke:
    """The connection ended before the reply did."""
    return ModelBroke(
        f"{asked.who} ended the connection before its reply was complete.",
        todo="Try again; what was said so far is kept as a partial reply.",
    )


def nonsense(asked: Asked, what: str, *, todo: str = "") -> ModelNonsense:
    """The reply is of no use; ``what`` completes the sentence and must not quote the reply."""
    return ModelNonsense(
        f"{asked.who} {what}.",
        todo=todo or f"Try again. If it keeps happening, choose a more capable model in {asked.setting('model')}.",
    )


def too_large(asked: Asked) -> ModelNonsense:
    """The reply went over the limit on its size and was cut off."""
    return nonsense(asked, "sent far more than it was asked for and was cut off")


def cut_short(asked: Asked) -> ModelNonsense:
    """The model ran into the limit on its tokens before its reply was complete."""
    return nonsense(
        asked,
        "ran out of tokens before its reply was complete",
        todo=f"Raise {asked.setting('max_tokens')}, or ask for less at once.",
    )


def filtered(asked: Asked) -> ModelRefused:
    """The endpoint's content filter withheld the reply."""
    return ModelRefused(
        f"{asked.who} withheld its reply because of its content filter.",
        todo="Say it differently, or ask whoever runs the endpoint about its filter.",
    )


def explain(error: BaseException, asked: Asked, *, begun: bool = False) -> ModelFailed:
    """Turn an error of the client libraries into one of ours.

    Args:
        error: what was raised while asking the model.
        asked: who was asked.
        begun: whether part of the reply had already arrived.

    Returns:
        The failure to raise, ``from None``: the original error's text may quote what was sent.
    """
    import openai

    if isinstance(error, ModelFailed):
        return error
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return stalled(asked) if begun else slow(asked, limit=asked.timeout_seconds, setting="timeout_seconds")
    if isinstance(error, openai.APIConnectionError):
        return broke(asked) if begun else _unreachable(asked)
    if isinstance(error, openai.APIStatusError):
        return _explain_status(error, asked)
    if isinstance(error, openai.LengthFinishReasonError):
        return cut_short(asked)
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return filtered(asked)
    if isinstance(error, ReplyTooLarge):
        return too_large(asked)
    if isinstance(error, ValueError):  # neither JSON nor text nor a stream of events, or not with what belongs in it
        return nonsense(asked, "sent something that cannot be read as a reply", todo=_check_address(asked))
    if isinstance(error, openai.APIError):  # an error event inside a stream
        return _down(asked, "reported a fault of its own while replying")
    return nonsense(asked, f"sent a reply of an unknown form ({type(error).__name__})", todo=_check_address(asked))


def retry_after_of(value: str | None, *, unit: float = 1.0) -> float | None:
    """Seconds in a ``Retry-After``; None where there are none, or a day or more, which is taken for a mistake."""
    try:
        seconds = float(value or "") * unit
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None


def asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until an endpoint wants to be asked again, by ``Retry-After`` and its kin; None where it says nothing.

    A date counts from the answer's own ``Date``, so that two clocks need not agree.
    """
    seconds = retry_after_of(headers.get("retry-after-ms"), unit=0.001)
    if seconds is not None:
        return seconds
    given = headers.get("retry-after") or ""
    at = _date(given)
    if at is None:
        return retry_after_of(given)
    return retry_after_of(str(max(0.0, at - (_date(headers.get("date") or "") or time.time()))))


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _check_address(asked: Asked) -> str:
    return f"Check that {asked.setting('base_url')} is the address of an OpenAI-compatible API (often ending in /v1)."


def _unreachable(asked: Asked) -> ModelUnreachable:
    return ModelUnreachable(
        f"{asked.who} cannot be reached.",
        todo=f"Check that it is running and that {asked.setting('base_url')} is right, then try again.",
    )


def _down(asked: Asked, what: str) -> ModelDown:
    return ModelDown(f"{asked.who} {what}.", todo="Try again in a moment; if it stays, ask whoever runs the endpoint.")


def _explain_status(error: object, asked: Asked) -> ModelFailed:
    status = int(getattr(error, "status_code", 0))
    code = str(getattr(error, "code", None) or "")
    named = f", {code}" if code in _KNOWN_CODES else ""
    if status == 401:
        return ModelUnauthorised(
            f"{asked.who} does not accept the key (HTTP 401).",
            todo=f"Set {asked.setting('api_key')} to a valid key of that endpoint.",
        )
    if status == 403:
        return ModelUnauthorised(
            f"{asked.who} does not let this key use the model '{asked.model}' (HTTP 403).",
            todo=f"Use another key in {asked.setting('api_key')}, or another model in {asked.setting('model')}.",
        )
    if status == 429 and code == "insufficient_quota":
        return ModelRefused(
            f"{asked.who} says that the account has no credit left (HTTP 429{named}).",
            todo="Add credit to the account, or use another endpoint.",
        )
    if status == 429:
        return rate_limited(asked, asked_to_wait(getattr(getattr(error, "response", None), "headers", {})))
    if 300 <= status < 400:
        return ModelRefused(
            f"{asked.who} sends requests on to another address (HTTP {status}); nothing is sent there.",
            todo=f"Set {asked.setting('base_url')} to the address that answers itself.",
        )
    if status >= 500:
        return _down(asked, f"answered with a fault of its own (HTTP {status}{named})")
    if status == 404:
        return ModelRefused(
            f"{asked.who} knows no model '{asked.model}' under this address (HTTP 404{named}).",
            todo=f"Check {asked.setting('model')} and {asked.setting('base_url')}.",
        )
    if code == "context_length_exceeded" or getattr(error, "type", None) == "exceed_context_size_error":  # llama.cpp's
        return ModelRefused(
            f"{asked.who} cannot read that much text at once (HTTP {status}{named}).",
            todo=f"Shorten the text, or choose a model with a longer context in {asked.setting('model')}.",
        )
    return ModelRefused(
        f"{asked.who} refused the request (HTTP {status}{named}).",
        todo=advice(error, asked)
        or f"Check {asked.setting('model')}; if the server has no JSON schema replies, set "
        f"{asked.setting('structured')} to 'json_object' or 'prompt'.",
    )
