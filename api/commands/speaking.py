"""One turn of a live practice, heard as it is spoken; Ctrl-C stops the other person, not the program."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from api import terminal

if TYPE_CHECKING:
    from api.application import Application


async def speak(app: Application, learner_id: str, practice_id: str, persona: str, text: str) -> dict[str, Any]:
    """Say something and print the reply as it comes.

    Returns:
        What the turn came to: ``kind`` is ``turn``, or says why there was none (``pause``, ``distress``, or
        a failure with ``detail`` and ``todo``).

    Raises:
        InvalidInput: the words cannot be a turn.
        Conflict: the practice is not open.
    """
    from api.terminal.scene import Speech

    live = await app.live.say(practice_id, learner_id, text)
    speech: Speech | None = None
    result: dict[str, Any] = {}
    with _stoppable(app, practice_id, learner_id):
        async for event in app.live.listen(practice_id, learner_id, turn=live.number):
            if event.kind == "piece":
                speech = speech or Speech(event.data.get("speaker", persona))
                speech.add(event.data["text"])
            elif event.kind == "reset" and speech is not None:
                speech.again()
            elif event.kind in ("done", "failed"):
                result = dict(event.data)
    if speech is not None:
        speech.end()
    return result


@contextlib.contextmanager
def _stoppable(app: Application, practice_id: str, learner_id: str) -> Iterator[None]:
    """While the other person speaks, Ctrl-C stops the reply."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    stopping: list[asyncio.Task[None]] = []

    async def stop() -> None:
        from evidence.errors import ConductorError

        with contextlib.suppress(ConductorError):
            await app.live.stop(practice_id, learner_id)

    def pressed() -> None:
        terminal.say(" … (stopped)", style=terminal.QUIET)
        stopping.append(loop.create_task(stop()))

    before = signal.getsignal(signal.SIGINT)
    try:
        loop.add_signal_handler(signal.SIGINT, pressed)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
