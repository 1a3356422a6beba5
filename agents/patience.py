"""A limit on every wait of one reply, with one timer for all of them."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Patience:
    """Bounds the waits for a reply that comes in many pieces; a timer for each of them would cost more than they do.

        with patience.up_to(seconds):
            piece = await ...

    Like ``asyncio.timeout``, but only the waits inside count, not what is done between them, and the timer is set
    anew only when it fires. Call ``close`` in the end. Times are in seconds.

    Args:
        total: bounds all waits together with everything between them, from now on.
    """

    def __init__(self, total: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.began = self._loop.time()
        self._end = self.began + total
        self._until = self._end
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._expired = False

    @property
    def over(self) -> bool:
        """Whether the total is used up."""
        return self._loop.time() >= self._end

    def up_to(self, seconds: float, *, since: float | None = None) -> Patience:
        """Set the limit of the next wait, counted from now or from a moment of the loop's clock."""
        self._until = min((self._loop.time() if since is None else since) + seconds, self._end)
        return self

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._waiting, self._cancelling = task, task.cancelling()
        if self._timer is None or self._timer.when() > self._until:
            self._set_timer()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the wait.

        Raises:
            TimeoutError: it took longer than its limit.
        """
        task, self._waiting = self._waiting, None
        if self._expired and task is not None:
            self._expired = False
            # Somebody else may have cancelled the task as well: that goes first.
            if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def _set_timer(self) -> None:
        self.close()
        self._timer = self._loop.call_at(self._until, self._check)

    def _check(self) -> None:
        self._timer = None
        if self._waiting is None:
            return
        if self._loop.time() < self._until:
            self._set_timer()
            return
        self._expired = True
        self._waiting.cancel()
