from typing import Any

import pytest

from approvals.staleness import StaleRule, unchanged_outcome, what_changed

PERSONA = {"player": "offline", "model": "rules", "prompt": "a" * 64}
SIGNED = {"persona": PERSONA, "alignment": "b" * 64}


def test_there_are_three_rules() -> None:
    assert [each.value for each in StaleRule] == ["keep", "flag", "suspend"]


def test_nothing_changed_is_nothing_said() -> None:
    assert what_changed(SIGNED, SIGNED) == ()
    assert what_changed({}, SIGNED) == ()
    assert what_changed(SIGNED, {**SIGNED, "coach": {"player": "offline"}}) == ()


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"persona": {**PERSONA, "model": "quiet-7"}}, ("The persona's model changed from rules to quiet-7.",)),
        ({"persona": {**PERSONA, "prompt": "c" * 64}}, ("The persona's prompt changed.",)),
        (
            {"persona": {"player": "model", "model": "quiet-7", "prompt": "a" * 64}},
            (
                "The persona's player changed from offline to model.",
                "The persona's model changed from rules to quiet-7.",
            ),
        ),
        (
            {"persona": {"player": "offline"}},
            ("The persona's model changed from rules to none.", "The persona's prompt changed."),
        ),
        ({"alignment": "c" * 64}, ("Alignment is played otherwise: player, model or prompt changed.",)),
        ({"alignment": {"player": "offline"}}, ("Alignment is played otherwise: player, model or prompt changed.",)),
        ({"alignment": None}, ("Nobody plays alignment here any more.",)),
    ],
)
def test_each_change_is_one_plain_sentence(now: dict[str, Any], said: tuple[str, ...]) -> None:
    assert what_changed(SIGNED, {**SIGNED, **now}) == said


def verdict(outcome: str = "aligned", vetoes: tuple[str, ...] = (), **levels: str | None) -> dict[str, Any]:
    results = [{"criterion_id": name, "level": level, "weight": 1.0} for name, level in levels.items()]
    return {"outcome": outcome, "vetoes": list(vetoes), "results": results, "score": 0.9}


def test_the_same_outcome_is_the_same_level_of_every_criterion_in_any_order() -> None:
    before = verdict(asks="practised", plain="named")
    assert unchanged_outcome(before, {**verdict(plain="named", asks="practised"), "score": 0.7})
    assert unchanged_outcome(verdict("revise", ("x", "y"), asks=None), verdict("revise", ("y", "x"), asks=None))


@pytest.mark.parametrize(
    "now",
    [
        verdict("revise", asks="practised", plain="named"),
        verdict(asks="named", plain="named"),
        verdict(asks="practised"),
        verdict(asks="practised", plain="named", kind="named"),
        verdict("aligned", ("plain",), asks="practised", plain="named"),
        {},
    ],
)
def test_another_level_criterion_veto_or_outcome_is_a_change(now: dict[str, Any]) -> None:
    before = verdict(asks="practised", plain="named")
    assert not unchanged_outcome(before, now)
    assert not unchanged_outcome(now, before)


@pytest.mark.parametrize("outcome", ["refer", "errored"])
def test_what_has_no_outcome_cannot_be_confirmed(outcome: str) -> None:
    assert not unchanged_outcome(verdict(outcome, asks=None), verdict(outcome, asks=None))
