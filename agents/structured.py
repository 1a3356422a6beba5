"""Replies of a given form: asked for as the server can, checked, repaired within a bound, else a typed error.

This is the one place where a model's JSON is asked for. What comes out has the right form and passed the role's own
check; whether it is true is for other code to find out.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from pydantic import BaseModel

from agents import failures
from agents.asking import Message
from agents.endpoints import ModelSettings
from agents.models import RoleModel
from agents.prompts import load_prompt
from agents.provenance import Usage
from agents.refusals import complaint_of
from agents.replies import read_reply
from agents.schemas import Lists, Value, lists_for, strict_schema
from evidence.errors import ModelFailed

Form = TypeVar("Form", bound=BaseModel)
Check = Callable[[Form], Sequence[str]]
"""What is wrong with a reply, in words for the model; empty where nothing is."""

MAX_REPAIRS = 2
_MAX_ECHO = 20_000  # characters of an unusable reply that the model is shown again
_MAX_PROBLEMS = 12
_CAN_GO = frozenset({"seed"})  # parameters that a reply can do without

_log = logging.getLogger("conductor.models")


class ReplyForm(StrEnum):
    """How a reply's form is asked for, from the surest way to the one that every server knows."""

    LISTED = "listed"  # a JSON schema that lists what can be quoted or chosen
    SCHEMA = "json_schema"
    OBJECT = "json_object"  # JSON mode; the form is described in words
    PROMPT = "prompt"  # words only


_LADDER = tuple(ReplyForm)
_IN_WORDS = {
    ReplyForm.LISTED: "a JSON schema with lists",
    ReplyForm.SCHEMA: "a JSON schema",
    ReplyForm.OBJECT: "JSON mode",
    ReplyForm.PROMPT: "words",
}


@dataclass(frozen=True)
class Answer(Generic[Form]):
    """A usable reply, its raw text, and what all attempts together cost.

    ``form`` is how it was really asked for. ``strays`` counts the values in it that are on no list although lists were
    sent: above 0 the server takes lists and does not hold the model to them. ``left_out`` names parameters that the
    server does not take.
    """

    value: Form
    raw: str
    usage: Usage
    form: ReplyForm = ReplyForm.SCHEMA
    strays: int = 0
    left_out: frozenset[str] = frozenset()


async def ask(
    model: RoleModel,
    messages: Sequence[Message],
    form: type[Form],
    *,
    check: Check[Form] | None = None,
    quotable: Mapping[str, Iterable[str]] | None = None,
    choices: Mapping[str, Sequence[Value]] | None = None,
    **parameters: Any,
) -> Answer[Form]:
    """Ask for a reply of the given form; tell the model what was wrong and ask again at most ``MAX_REPAIRS`` times.

    A server that refuses the way in which the form is asked for is asked in the next one at once, and from then on.

    Args:
        model: whom to ask.
        messages: system message first.
        form: the reply's form. Properties it does not have are ignored.
        check: what must hold beyond the form.
        quotable: place → texts. What the reply says there is to be one of their sentences; where the schema lists
            them, the sentence comes back verbatim. It still has to be located: not every server can be held to a list.
        choices: place → the values it may hold, such as ids. ``check`` still has to look.
        parameters: further request parameters, for example ``seed``.

    Raises:
        ModelNonsense: no usable reply within the bound.
        ModelFailed: the endpoint failed, in one of the kinds of ``agents.failures``.
    """
    lists = None
    if first_form(model.settings) is ReplyForm.LISTED:
        lists = lists_for(form, quotable or {}, choices or {})
    way = _Way(model, form, lists, parameters)
    repair: list[Message] = []
    usage = Usage()
    where = ""
    for _ in range(MAX_REPAIRS + 1):
        raw, cost = await way.complete(messages, repair)
        usage += cost
        value, problems, where, strays = read_reply(raw, form, way.lists.restore if way.lists else None)
        if value is not None:
            problems = list(check(value)) if check else []
            if not problems:
                return Answer(value, raw, usage, way.form, strays, way.left_out)
            where = "it breaks a rule of its role"
        repair = _repair(raw, problems)
    raise failures.nonsense(
        model.asked,
        f"gave no usable reply in {MAX_REPAIRS + 1} attempts (the last time: {where})",
        todo=f"Try again. If it keeps happening, choose a more capable model in {model.asked.setting('model')} "
        f"or another value for {model.asked.setting('structured')}.",
    )


def first_form(settings: ModelSettings) -> ReplyForm:
    """How replies are asked for at first, as far as the settings say: part of a judge's identity.

    What the server makes of it does not count there: the same settings always ask the same question.
    """
    if settings.structured == "json_schema" and settings.quotes == "listed":
        return ReplyForm.LISTED
    return ReplyForm(settings.structured)


@dataclass(frozen=True)
class _Learned:
    form: ReplyForm
    left_out: frozenset[str]


# By model and form of reply: a server may refuse one schema and take another. Lasts as long as the process.
_learned: WeakKeyDictionary[RoleModel, dict[str, _Learned]] = WeakKeyDictionary()


class _Way:
    """One reply's way down the ladder. It only leads down, so refusals are as many as rungs at most."""

    def __init__(
        self, model: RoleModel, form: type[BaseModel], lists: Lists | None, parameters: Mapping[str, Any]
    ) -> None:
        self._model, self._reply, self._lists = model, form, lists
        self._parameters = {name: value for name, value in parameters.items() if name not in model.settings.without}
        first = first_form(model.settings)
        if first is ReplyForm.LISTED and lists is None:
            first = ReplyForm.SCHEMA
        learned = _learned.get(model, {}).get(form.__name__, _Learned(first, frozenset()))
        self.form = max(first, learned.form, key=_LADDER.index)
        self.left_out = learned.left_out & parameters.keys()
        self._refused: list[str] = []

    @property
    def lists(self) -> Lists | None:
        """What the reply may hold, where the server was told."""
        return self._lists if self.form is ReplyForm.LISTED else None

    async def complete(self, messages: Sequence[Message], repair: Sequence[Message]) -> tuple[str, Usage]:
        """The reply's text and its cost, asked for in the best way that the server does not refuse."""
        while True:
            given = {name: value for name, value in self._parameters.items() if name not in self.left_out}
            try:
                done = await self._model.complete([*self._opening(messages), *repair], **self._wanted(), **given)
            except ModelFailed as failure:
                if not self._step_down(failure):
                    raise
                continue
            if self._refused:
                self._remember()
            return done

    def _step_down(self, failure: ModelFailed) -> bool:
        complaint = complaint_of(failure)
        if complaint is None:
            return False
        for name in sorted((self._parameters.keys() & _CAN_GO) - self.left_out):
            if complaint.is_about(name):
                self.left_out |= {name}
                self._refused.append(f"'{name}'")
                return True
        if self.form is ReplyForm.PROMPT or not complaint.is_about_form():
            return False
        self._refused.append(_IN_WORDS[self.form])
        self.form = _LADDER[_LADDER.index(self.form) + 1]
        return True

    def _remember(self) -> None:
        # Only now is it known that the refused form was what was wrong with the request.
        known = _learned.setdefault(self._model, {})
        now = _Learned(self.form, self.left_out)
        before = known.get(self._reply.__name__)
        if before is None or _LADDER.index(before.form) < _LADDER.index(now.form) or now.left_out - before.left_out:
            known[self._reply.__name__] = now
            _log.warning(
                "%s does not take %s; until this process ends, its replies (%s) are asked for with %s.",
                self._model.asked.who,
                " or ".join(self._refused),
                self._reply.__name__,
                _IN_WORDS[self.form],
            )
        self._refused.clear()

    def _opening(self, messages: Sequence[Message]) -> list[Message]:
        if self.form in (ReplyForm.LISTED, ReplyForm.SCHEMA):
            return list(messages)
        prompt = load_prompt("agents", "structured.md")
        schema = json.dumps(strict_schema(self._reply), ensure_ascii=False)
        (role, system), *rest = messages
        return [(role, f"{system}\n\n{prompt.fill('Schema', {'schema': schema})}"), *rest]

    def _wanted(self) -> dict[str, Any]:
        if self.form is ReplyForm.PROMPT:
            return {}
        if self.form is ReplyForm.OBJECT:
            return {"response_format": {"type": "json_object"}}
        schema = self.lists.schema if self.lists else strict_schema(self._reply)
        named = {"name": self._reply.__name__, "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}


def _repair(raw: str, problems: Sequence[str]) -> list[Message]:
    listed = "\n".join(f"- {problem}" for problem in problems[:_MAX_PROBLEMS])
    prompt = load_prompt("agents", "structured.md")
    return [("assistant", raw[:_MAX_ECHO] or "{}"), ("user", prompt.fill("Repair", {"problems": listed}))]
