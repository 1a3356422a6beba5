"""The model that judges here: a scripted endpoint that answers each library in its own form, after a pause."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.endpoint import Request, Text
from tests.endpoint.answers import pieces_of
from tests.endpoint.roles import block, judge, role_of

BESIDE = 0.08  # of draws that lie one level beside what the judge thinks of a text
_QUESTION = re.compile(r"^Question: (.+)$", re.MULTILINE)


@dataclass
class Spent:
    """Calls, and the tokens that were read and written in them, as the endpoint counts them."""

    calls: int = 0
    read: int = 0
    written: int = 0

    @classmethod
    def of(cls, sample: Mapping[str, Any]) -> Spent:
        """What a stored judgement was paid with."""
        tried = [sample, *([sample["first_try"]] if sample.get("first_try") else [])]
        usages = [each["usage"] for each in tried]
        return cls(len(tried), sum(u["input_tokens"] for u in usages), sum(u["output_tokens"] for u in usages))

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.read + self.written

    def copy(self) -> Spent:
        """As it is now."""
        return Spent(self.calls, self.read, self.written)

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.calls + other.calls, self.read + other.read, self.written + other.written)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.calls - other.calls, self.read - other.read, self.written - other.written)


def judging(pause: float = 0.0, spent: Spent | None = None) -> Callable[[Request], Text]:
    """A script that takes so many seconds for every reply, and adds up what it is asked."""

    def script(request: Request) -> Text:
        said = _said(request)
        if spent is not None:
            spent.calls += 1
            spent.read += len(pieces_of(request.text))
            spent.written += len(pieces_of(said))
        return Text(said, first_token=pause)

    return script


def _said(request: Request) -> str:
    if role_of(request) == "judge":
        return json.dumps(judged(request.text, int(request.body.get("seed") or 0)))
    if "GRADE" in request.text:  # inspect_ai
        return "The text practises it.\n\nGRADE: C"
    return json.dumps({"reason": "The text practises it.", "score": 8})  # deepeval


def judged(text: str, seed: int) -> dict[str, object]:
    """A level that hangs on text and criterion, mostly; a few draws lie one level beside."""
    said = judge(text)
    criterion = block(text, "criterion")
    keys = re.findall(r"^- ([a-z][a-z0-9_]*)", criterion, re.MULTILINE)
    question = _QUESTION.search(criterion)
    about = f"{block(text, 'scenario')}\n{question[1] if question else criterion}"
    opinion = random.Random(hashlib.sha256(about.encode()).digest())
    rank = opinion.choices(range(len(keys)), [2**each for each in range(len(keys))])[0]
    draw = random.Random(hashlib.sha256(f"{about}\n{criterion}\n{seed}".encode()).digest())
    if draw.random() < BESIDE:
        rank = max(0, rank - 1) or 1
    return {**said, "level": keys[rank]}
