"""Requests that may be sent twice: the answer is kept in the transaction of its effect, and given again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from pydantic import BaseModel

from evidence.errors import InvalidInput, Unavailable
from store.repositories.requests import KeyTaken
from store.unit_of_work import Store, UnitOfWork

M = TypeVar("M", bound=BaseModel)

KEPT_DAYS = 7
_TRIES = 2  # beside the last one, whose failure is told
_GAVE_WAY = ("40001", "40P01")  # serialisation failure, deadlock


class Reference(BaseModel):
    """What an effect answers that only names something; None where there is nothing to name."""

    id: str | None


@dataclass(frozen=True)
class Once:
    """A request that its sender numbered: who sent it, under which key, and the SHA-256 of what it asks."""

    person_id: str
    key: str
    request_digest: str

    def refuse_another(self, request_digest: str) -> None:
        """See that what was asked before under this key is the same.

        Raises:
            InvalidInput: it is not.
        """
        if request_digest != self.request_digest:
            raise InvalidInput(
                "This Idempotency-Key was used for another request.",
                where="Idempotency-Key",
                todo="Use a new key for every new request.",
            )


async def transact(store: Store, once: Once | None, kind: type[M], effect: Callable[[UnitOfWork], Awaitable[M]]) -> M:
    """Run ``effect`` in one transaction, or give the answer that it gave before under the same key.

    Args:
        store: where everything is kept.
        once: the numbered request; None runs the effect every time.
        kind: what the effect answers with.
        effect: does the work; what it raises undoes everything and keeps nothing, so it may be tried again.

    Raises:
        InvalidInput: the key was used for another request.
        Conflict: the same request is being answered at this moment.
    """
    for _ in range(_TRIES):
        try:
            return await _once(store, once, kind, effect)
        except KeyTaken:  # the other one has ended by now: it left an answer, or it failed and this one may try
            continue
        except Unavailable as error:
            if not _gave_way(error):
                raise
    return await _once(store, once, kind, effect)


def _gave_way(error: Unavailable) -> bool:
    """Whether the database undid this transaction so that another one, which it waited for in a circle, can go on."""
    cause = getattr(error.__cause__, "orig", None)
    return getattr(cause, "sqlstate", None) in _GAVE_WAY


async def _once(store: Store, once: Once | None, kind: type[M], effect: Callable[[UnitOfWork], Awaitable[M]]) -> M:
    async with store.write() as work:
        if once is None:
            return await effect(work)
        known = await answered(work, once, kind)
        if known is not None:
            return known
        await work.requests.claim(once.person_id, once.key, request_digest=once.request_digest)
        answer = await effect(work)
        await work.requests.keep(once.person_id, once.key, answer=answer.model_dump_json())
        return answer


async def answered(work: UnitOfWork, once: Once, kind: type[M]) -> M | None:
    """What was answered before under the request's key; None where nothing was.

    Raises:
        InvalidInput: the key was used for another request.
    """
    known = await work.requests.answered(once.person_id, once.key)
    if known is None:
        return None
    once.refuse_another(known.request_digest)
    return kind.model_validate_json(known.answer)


async def keep_answer(work: UnitOfWork, once: Once, answer: BaseModel) -> None:
    """Keep the answer to a request with its effect, where this began before the transaction that stores it.

    Raises:
        KeyTaken: another request has used the key meanwhile.
    """
    await work.requests.claim(once.person_id, once.key, request_digest=once.request_digest)
    await work.requests.keep(once.person_id, once.key, answer=answer.model_dump_json())


async def forget_answers(store: Store) -> None:
    """Drop answers that nobody will ask for again."""
    async with store.write() as work:
        await work.requests.forget(work.now - timedelta(days=KEPT_DAYS))
