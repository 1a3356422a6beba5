"""The verdict in one sentence, and a round that could not follow what was asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from api.pages.ruling import ruled, stalled
from graphs.background import Background
from graphs.reviewing import CriterionView, QuoteView, Review


def criterion(name: str, outcome: str, *, struck: bool = False) -> CriterionView:
    quote = QuoteView(quote="words", field="setting", start=None, end=None, struck=struck)
    empty: dict[str, Any] = {
        "level": None,
        "anchor": "",
        "agreement": None,
        "reason": "",
        "rationale": "",
        "change": "",
    }
    return CriterionView(
        criterion_id=name, question="?", outcome=outcome, levels=[], quotes=[quote], findings=[], **empty
    )


def found(outcome: str, *criteria: CriterionView, score: float | None = None) -> Review:
    verdict: dict[str, Any] = {"outcome": outcome, "score": score, "pass_threshold": 0.7, "reasons": [], "vetoes": []}
    return Review.model_construct(verdict=verdict, criteria=list(criteria))


@pytest.mark.parametrize(
    ("outcome", "outcomes", "score", "sentence", "eyes"),
    [
        ("aligned", ["aligned", "aligned"], 0.9, "2 of 2 criteria are met. It reaches 90 %, and 70 % is needed.", []),
        ("refer", ["aligned", "refer"], None, "1 of 2 criteria are met; one needs your eyes:", ["no 2"]),
        ("refer", ["refer", "refer"], None, "0 of 2 criteria are met; 2 need your eyes:", ["no 1", "no 2"]),
        ("revise", ["revise", "aligned"], 0.8, "1 of 2 criteria are met; one speaks against this text:", ["no 1"]),
        ("revise", ["aligned", "aligned"], 0.5, "2 of 2 criteria are met, but together they are too little.", []),
        ("errored", ["errored"], None, "The judgement failed, so this cannot be approved.", ["no 1"]),
    ],
)
def test_the_verdict_in_one_sentence(
    outcome: str, outcomes: list[str], score: float | None, sentence: str, eyes: list[str]
) -> None:
    criteria = [criterion(f"no_{number}", each) for number, each in enumerate(outcomes, 1)]
    said = ruled(found(outcome, *criteria, score=score), {"samples": []})
    assert said.sentence.startswith(sentence)
    assert [each.name for each in said.eyes] == eyes
    assert not said.planted


def test_a_planted_quote_is_known_by_who_gave_it_and_by_nothing_else() -> None:
    lied = criterion("candour", "refer", struck=True)
    sample = {"criterion_id": "candour", "player": "demonstration"}
    assert ruled(found("refer", lied), {"samples": [sample]}).planted == {"candour"}
    own = ruled(found("refer", lied), {"samples": [sample | {"player": "model"}]})
    assert not own.planted
    assert [each.number for each in own.struck] == [1]


def behind(*changed: bool, differences: tuple[Any, ...] = ("something",)) -> Background:
    asked = tuple(SimpleNamespace(decision_id="last", changed=each, resolved=None) for each in changed)
    return Background.model_construct(asked=asked, differences=differences)


def test_a_round_that_changed_nothing_says_so() -> None:
    earlier = SimpleNamespace(decision_id="earlier", changed=False, resolved=None)
    now = SimpleNamespace(decision_id="last", changed=True, resolved=None)
    assert stalled(Background.model_construct(asked=(earlier, now), differences=("something",))) == ""
    assert stalled(behind()) == ""
    assert stalled(behind(True)) == ""
    none = "This round changed no word: the author could not follow the"
    assert stalled(behind(False, differences=())) == f"{none} comment."
    assert stalled(behind(False, False, differences=())) == f"{none} 2 comments."
    assert "not the part that the comment is about" in stalled(behind(False))
    assert stalled(behind(True, False)).startswith("For 1 of 2 comments")
