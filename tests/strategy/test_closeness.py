from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.closeness import EXTRA, MARGIN, hanging
from strategy.criteria import CriteriaSet, Criterion, Level
from strategy.scoring import verdict
from strategy.verdict import JudgeSample, Outcome, SampleStatus

LEVELS = ("low", "mid", "high")


def criterion(key: str, *, weight: float = 1.0, least: str | None = None, veto: str | None = None) -> Criterion:
    levels = tuple(
        Level(key=each, anchor=each, value=value) for each, value in zip(LEVELS, (0.0, 0.5, 1.0), strict=True)
    )
    return Criterion(
        id=key,
        clause_ids=("c1",),
        question="How far?",
        levels=levels,
        weight=weight,
        min_level=least,
        veto_below=veto,
    )


def criteria(*each: Criterion, threshold: float = 0.7) -> CriteriaSet:
    return CriteriaSet(title="T", pass_threshold=threshold, criteria=each)


def samples(key: str, said: str) -> list[JudgeSample]:
    """One letter per sample: l, m, h are levels, a abstains, i is invalid, e failed."""
    found = []
    for number, letter in enumerate(said):
        level = next((each for each in LEVELS if each.startswith(letter)), None)
        status = {"a": SampleStatus.ABSTAINED, "i": SampleStatus.INVALID, "e": SampleStatus.ERROR}
        found.append(
            JudgeSample(criterion_id=key, number=number, status=status.get(letter, SampleStatus.VALID), level=level)
        )
    return found


@pytest.mark.parametrize(
    ("said", "least", "veto", "asked"),
    [
        ("hhm", "mid", None, False),  # both meet it
        ("hhm", "high", None, True),
        ("hmm", "high", None, True),
        ("hmm", None, "high", True),
        ("mml", "mid", None, True),
        ("mml", "high", None, False),  # both fall short
        ("lmh", "mid", None, True),  # a tie over it
        ("hhh", "high", None, False),
        ("lll", "mid", "mid", False),
        ("hli", "mid", None, True),
        ("aaa", "mid", None, False),
        ("iii", "mid", None, False),
        ("hle", "mid", None, True),
        ("eee", "mid", None, False),
        ("hhhhhm", "high", None, False),  # two more could not change it
        ("hhhhm", "high", None, True),  # two more could leave too little agreement
    ],
)
def test_a_bound_between_two_samples_asks_for_more(said: str, least: str | None, veto: str | None, asked: bool) -> None:
    strict = criteria(criterion("a", least=least, veto=veto), criterion("b"), threshold=0.05)
    found = hanging(strict, samples("a", said) + samples("b", "hhh"))
    assert found == (("a",) if asked else ())


@pytest.mark.parametrize(
    ("a", "b", "threshold", "asked"),
    [
        ("hhm", "mmm", 0.74, ("a",)),  # score .75
        ("hhm", "mmm", 0.80, ("a",)),
        ("hhm", "mmm", 0.70, ("a",)),
        ("hhm", "mmm", 0.65, ()),
        ("hhm", "mmm", 0.85, ()),
        ("hhm", "mml", 0.74, ("a", "b")),
        ("hhh", "mmm", 0.75, ()),  # all three agree: two more cannot change it
        ("h", "m", 0.75, ("a", "b")),  # a single sample can be outvoted
        ("hhi", "mmm", 0.75, ("a",)),
        ("hhm", "aam", 0.75, ()),  # b is referred, so there is no score
        ("hhm", "eee", 0.75, ()),
    ],
)
def test_a_score_near_the_threshold_asks_for_more(a: str, b: str, threshold: float, asked: tuple[str, ...]) -> None:
    two = criteria(criterion("a"), criterion("b"), threshold=threshold)
    assert hanging(two, samples("a", a) + samples("b", b)) == asked


def test_nothing_is_asked_where_the_text_goes_back_anyway() -> None:
    two = criteria(criterion("a", least="high"), criterion("b", least="mid"), threshold=0.75)
    assert hanging(two, samples("a", "hhm") + samples("b", "mmm")) == ("a",)
    assert hanging(two, samples("a", "hhm") + samples("b", "lll")) == ()


SAID = st.text(alphabet="lmhaie", min_size=0, max_size=5)


@given(SAID, SAID, st.sampled_from([None, *LEVELS]), st.sampled_from([None, "mid", "high"]), st.floats(0.01, 1))
def test_what_is_asked_could_change_it_and_order_does_not_matter(
    a: str, b: str, least: str | None, veto: str | None, threshold: float
) -> None:
    two = criteria(criterion("a", least=least), criterion("b", veto=veto, weight=2), threshold=threshold)
    given = samples("a", a) + samples("b", b)
    found = hanging(two, given)
    assert hanging(two, given[::-1]) == found
    ruling = verdict(two, given)
    for key in found:
        assert _can_change(two, given, key)
    if found and not any(_bounded(two, key, given) for key in found):
        assert ruling.score is not None
        assert abs(ruling.score - threshold) <= MARGIN + 1e-6
    if ruling.outcome is Outcome.ERRORED:
        assert found == ()


def _bounded(two: CriteriaSet, key: str, given: Sequence[JudgeSample]) -> bool:
    one = two.criterion(key)
    assert one is not None
    said = {each.level for each in given if each.criterion_id == key and each.status is SampleStatus.VALID}
    bounds = [LEVELS.index(bound) for bound in (one.min_level, one.veto_below) if bound]
    ranks = [LEVELS.index(level) for level in said if level]
    return any(rank < bound for rank in ranks for bound in bounds) and any(
        rank >= bound for rank in ranks for bound in bounds
    )


def _can_change(two: CriteriaSet, given: list[JudgeSample], key: str) -> bool:
    """Whether some answers to two more questions give this criterion another level, or none."""
    now = {each.criterion_id: each.level for each in verdict(two, given).results}
    for more in product("lmh", repeat=EXTRA):
        said = [sample.model_copy(update={"number": sample.number + 50}) for sample in samples(key, "".join(more))]
        then = {each.criterion_id: each.level for each in verdict(two, given + said).results}
        if then[key] != now[key]:
            return True
    return False
