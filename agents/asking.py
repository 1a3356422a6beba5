"""One reply being asked for: admitted by the budgets, given a lane, timed, and entered in the ledger."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from agents import failures
from agents.connections import Answers
from agents.endpoints import ModelSettings, Role
from agents.failures import Asked
from agents.metering import Account, Call, Meter, Reservation, account
from agents.provenance import Usage
from evidence.errors import ModelFailed

Message = tuple[str, str]  # ("system" | "user" | "assistant", text)

_NOBODY = Account("check", "-")
_CHARS_PER_TOKEN = 4  # the usual rule of thumb for English; only where an endpoint does not count


def estimated_tokens(text_length: int) -> int:
    """About how many tokens a text of this many characters has; for budgets, and where an endpoint does not count."""
    return -(-text_length // _CHARS_PER_TOKEN)


class Entry:
    """What is known of a reply while it is asked for; ``end`` enters it in the ledger, exactly once."""

    def __init__(self, settings: ModelSettings, role: Role, asked: Asked, meter: Meter | None) -> None:
        self._settings, self._role, self._asked, self._meter = settings, role, asked, meter
        self._reservation: Reservation | None = None
        self._began = time.monotonic()
        self._first: float | None = None
        self.answers = Answers(settings.timeout_seconds)
        self.usage: Usage | None = None
        self.prompt_tokens = 0
        self.said = 0  # characters of the reply so far

    @property
    def most_tokens(self) -> int:
        """The most that the reply can take, prompt included."""
        return self.prompt_tokens + self._settings.max_tokens

    async def begin(self, messages: Sequence[Message]) -> None:
        """Ask the budgets.

        Raises:
            BudgetSpent: one does not cover the most that this reply can cost.
        """
        self.prompt_tokens = estimated_tokens(sum(len(text) for _, text in messages))
        if self._meter is None:
            return
        most = Usage(input_tokens=self.prompt_tokens, output_tokens=self._settings.max_tokens)
        self._reservation = await self._meter.admit(
            account() or _NOBODY, self._role, tokens=self.most_tokens, cost=self._settings.price.of(most)
        )
        self._began = time.monotonic()

    def heard(self, length: int) -> None:
        """Note that this many more characters came."""
        if self._first is None:
            self._first = time.monotonic() - self._began
        self.said += length

    def end(self, error: BaseException | None) -> None:
        """Enter the reply in the ledger, also one that failed or was cancelled: it may have cost something."""
        if self._meter is None or self._reservation is None:
            return
        usage = self.usage
        counted = usage is not None and usage.input_tokens > 0
        if usage is None or not counted:
            prompt = self.prompt_tokens if self._was_read(error) else 0
            usage = Usage(input_tokens=prompt, output_tokens=estimated_tokens(self.said), calls=1)
        self._meter.record(
            self._reservation,
            Call(
                role=self._role,
                endpoint=failures.host_of(self._settings.base_url),
                model=self._settings.model,
                outcome=_outcome(error),
                usage=usage,
                counted=counted,
                attempts=max(self.answers.sent, len(self.answers)),
                cost=self._settings.price.of(usage),
                seconds=time.monotonic() - self._began,
                first_token_seconds=self._first,
            ),
        )
        self._reservation = None

    def _was_read(self, error: BaseException | None) -> bool:
        """Whether the endpoint has probably read the prompt, and so charges for it, although it counted no tokens.

        It has where it began a reply, and where we stopped waiting for its answer. It has not where it refused, where
        nobody could be reached, and where nothing was sent.
        """
        if any(status < 300 for status, _ in self.answers) or self.said:
            return True
        unanswered = self.answers.sent > len(self.answers)
        return unanswered and not isinstance(error, failures.ModelUnreachable)


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return "done"
    if isinstance(error, ModelFailed):
        return error.kind
    return "cancelled" if isinstance(error, asyncio.CancelledError | GeneratorExit) else "model-failed"
