"""Named places between a commit and an effect, where a test can have this process die, fail or stall.

In production nothing is armed, and reaching a failpoint costs one look into an empty dict. ``CONDUCTOR_FAILPOINTS``
arms them, as ``name=action`` or ``name=action@nth``, several with commas between them: ``run:taken-over=kill@2``.
Actions are ``kill`` (SIGKILL to this process), ``error`` (an unexpected exception) and ``sleep:seconds`` (the whole
process stalls). Without ``@nth`` the action is taken every time.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from types import MappingProxyType

from evidence.errors import InvalidInput

NAMES = MappingProxyType(
    {
        "write:before-commit": "a transaction has done all its work, and is not committed",
        "write:after-commit": "a transaction is committed, and nobody has heard of it",
        "job:enqueued": "a job is written in a transaction that is not committed",
        "job:claimed": "the queue has given this process a job, and nothing of it is begun",
        "run:taken-over": "the run's next epoch is committed, and its graph is not begun",
        "draft:returned": "the author has returned a draft, and it is not stored",
        "judge:returned": "the judge has returned a criterion's samples, and they are not stored",
        "thread:before-checkpoint": "a node's writes are committed, and LangGraph has not kept its checkpoint",
        "thread:after-checkpoint": "LangGraph has kept a checkpoint, and the next node is not begun",
        "run:rested": "the graph has come to rest, and the job is not recorded as done",
        "decision:before-commit": "decision, audit row and job are written, and not committed",
        "decision:after-commit": "a decision is committed, and the person has no answer",
        "drain:handed-back": "a process that ends has handed its work back, and its own job is not recorded as done",
        "reaper:resumed": "the jobs of a process that is gone are queued again, and it is not struck off",
        "study:answers-kept": "answers of a study are kept, and the next ones are not asked for",
        "study:before-conclusion": "a study has all its answers, and its result is not kept",
        "tick:returned": "a scheduled function has returned, and its job is not recorded as done",
    }
)

_SPEC = re.compile(r"(?P<name>[a-z:-]+)=(?P<action>kill|error|sleep:(?P<seconds>\d+(\.\d+)?))(@(?P<nth>[1-9]\d*))?")

_armed: dict[str, Callable[[], None]] = {}


class FailpointError(Exception):
    """What the action ``error`` raises."""


def reach(name: str) -> None:
    """Stand at a failpoint; nothing happens unless it is armed."""
    action = _armed.get(name)
    if action is not None:
        action()


def arm(specification: str) -> None:
    """Arm what the specification names, and nothing else; empty disarms everything.

    Raises:
        InvalidInput: it cannot be read, or names a failpoint that there is not.
    """
    found = {}
    for part in filter(None, (each.strip() for each in specification.split(","))):
        read = _SPEC.fullmatch(part)
        if read is None:
            raise InvalidInput(
                f"'{part[:80]}' is no failpoint.",
                where="CONDUCTOR_FAILPOINTS",
                todo="Write name=action or name=action@nth; actions are kill, error and sleep:seconds.",
            )
        if read["name"] not in NAMES:
            raise InvalidInput(
                f"There is no failpoint '{read['name']}'.",
                where="CONDUCTOR_FAILPOINTS",
                todo=f"There is: {', '.join(NAMES)}.",
            )
        found[read["name"]] = _counted(read["name"], read["action"], int(read["nth"] or 0))
    _armed.clear()
    _armed.update(found)


def _counted(name: str, action: str, nth: int) -> Callable[[], None]:
    reached = 0

    def act() -> None:
        nonlocal reached
        reached += 1
        if nth and reached != nth:
            return
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if action == "error":
            raise FailpointError(f"failpoint {name}")
        time.sleep(float(action.partition(":")[2]))

    return act
