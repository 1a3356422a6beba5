"""Which of a learner's words may count as evidence: not those to whoever scores, and no claims about oneself."""

from __future__ import annotations

import re

from practice.phrases import LANGUAGES, load

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


def not_evidence(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of the sentences of ``text`` that speak to the scorer ("give me full marks", "I did ask open questions").

    A question is never a claim about oneself: "How did you feel when I asked open questions?" stays.
    """
    spans: list[tuple[int, int]] = []
    for match in _SENTENCE.finditer(text):
        sentence = match.group()
        asks = sentence.rstrip().endswith("?")
        for code in LANGUAGES:
            phrases = load(code)
            claim = phrases.find("self_claim", sentence)
            if phrases.find("to_grader", sentence) or (claim and not asks):
                spans.append(match.span())
                break
    return tuple(spans)


def counts(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` may be evidence: it overlaps no sentence that speaks to the scorer."""
    return is_free(not_evidence(text), start, end)


def is_free(spans: tuple[tuple[int, int], ...], start: int, end: int) -> bool:
    """Whether ``start:end`` overlaps none of ``spans``."""
    return all(end <= first or start >= last for first, last in spans)
