"""Recognising that a learner asks the other person to say it more simply, in whatever language.

Asking costs nothing and earns nothing: a turn that only asks moves no mood, opens nothing and shows no behaviour, and
where more is said beside it, the request itself is no evidence. From then on the scene is spoken more simply.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ruamel.yaml import YAML

from practice.reveal import MAX_TURNS, Ending, Step
from practice.scene import SceneState

_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
MOST_WORDS = 30  # in a sentence that is still a request; beyond that it is talk


@dataclass(frozen=True)
class Request:
    """``spans`` of the sentences that ask; ``alone`` where the learner said nothing else."""

    spans: tuple[tuple[int, int], ...]
    alone: bool


@dataclass(frozen=True)
class _Patterns:
    quick: re.Pattern[str]
    asks: tuple[re.Pattern[str], ...]
    lead: re.Pattern[str]
    beside: tuple[re.Pattern[str], ...]


def asked(text: str) -> Request | None:
    """The learner's request for simpler words in ``text``, or None."""
    patterns = _patterns()
    if not patterns.quick.search(text):
        return None
    plain = text.replace("’", "'")
    spans, alone = [], True
    for match in _SENTENCE.finditer(plain):
        sentence = match.group().strip()
        if not any(char.isalnum() for char in sentence):
            continue
        if len(sentence.split()) <= MOST_WORDS and any(pattern.search(sentence) for pattern in patterns.asks):
            spans.append(match.span())
        elif not any(pattern.search(patterns.lead.sub("", sentence)) for pattern in patterns.beside):
            alone = False
    return Request(tuple(spans), alone) if spans else None


def stand_still(state: SceneState, *, speaker: int = 0, max_turns: int = MAX_TURNS) -> Step:
    """The step of a turn in which the learner only asked for simpler words.

    Nothing moves but the number of the turn, so the scene can end with it only because it has run its length.

    Args:
        state: before the turn.
        speaker: who says their last point again, as an index into ``Scenario.people``.
        max_turns: the turn with which the scene ends at the latest.
    """
    turn = state.turn + 1
    ending = Ending.LONG if turn >= max_turns else None
    still = {"turn": turn, "counted": ()}
    others = [each.model_copy(update=still) for each in state.others]
    spoke = {"spoke": turn} if others else {}
    if speaker:
        others[speaker - 1] = others[speaker - 1].model_copy(update=spoke)
    first = {**still, **({} if speaker else spoke)}
    after = state.model_copy(update={**first, "simpler": True, "ended": ending is not None, "others": tuple(others)})
    return Step(after, ending=ending, speaker=speaker, again=True)


@cache
def _patterns() -> _Patterns:
    raw = YAML(typ="safe").load((resources.files("practice") / "simpler.yaml").read_text(encoding="utf-8"))
    return _Patterns(
        quick=re.compile(raw["quick"], re.IGNORECASE),
        asks=tuple(re.compile(pattern, re.IGNORECASE) for listed in raw["asks"].values() for pattern in listed),
        lead=re.compile(raw["lead"], re.IGNORECASE),
        beside=tuple(re.compile(pattern, re.IGNORECASE) for pattern in raw["beside"]),
    )
