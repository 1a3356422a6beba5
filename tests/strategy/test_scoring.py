from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import InvalidInput
from evidence.locate import Match
from strategy.criteria import AbstainPolicy, CriteriaSet, Criterion, Level
from strategy.scoring import change_requests, check_sample, criterion_result, settle, verdict
from strategy.verdict import HumanJudgement, JudgeSample, Outcome, SampleStatus

KEYS = ("none", "some", "strong")
FIELDS = {"setting": "A small bakery. Mina is late again.", "persona.stance": "She thinks nobody asks her."}


def criterion(name: str = "listening", **changes: Any) -> Criterion:
    levels = (
        Level(key="none", anchor="No listening.", value=0.0, needs_evidence=False),
        Level(key="some", anchor="Some.", value=0.5),
        Level(key="strong", anchor="Clearly.", value=1.0),
    )
    data: dict[str, Any] = {"id": name, "clause_ids": ("c1",), "question": "Does it train listening?", "levels": levels}
    return Criterion(**(data | changes))


def sample(
    level: str | None, status: SampleStatus = SampleStatus.VALID, number: int = 0, **changes: Any
) -> JudgeSample:
    data: dict[str, Any] = {"criterion_id": "listening", "number": number, "status": status, "level": level}
    return JudgeSample(**(data | changes))


def samples(codes: Sequence[str], name: str = "listening") -> list[JudgeSample]:
    """Level keys, or ``abstain``, ``invalid``, ``error``."""
    kinds = {"abstain": SampleStatus.ABSTAINED, "invalid": SampleStatus.INVALID, "error": SampleStatus.ERROR}
    return [
        sample(None if code in kinds else code, kinds.get(code, SampleStatus.VALID), number, criterion_id=name)
        for number, code in enumerate(codes)
    ]


def criteria(*members: Criterion, **changes: Any) -> CriteriaSet:
    return CriteriaSet(title="T", criteria=members, **changes)


CODES = st.lists(st.sampled_from([*KEYS, "abstain", "invalid", "error"]), max_size=7)
REFERRED = ["some", "strong"]


# check_sample


@pytest.mark.parametrize(
    ("level", "quotes", "status"),
    [
        ("strong", [("Mina is late again.", "setting")], SampleStatus.VALID),
        ("strong", [("mina  is LATE again", "setting")], SampleStatus.VALID),
        ("strong", [("Mina is late again.", "persona.stance")], SampleStatus.VALID),
        ("strong", [("invented words", "setting"), ("nobody asks her", "")], SampleStatus.VALID),
        ("strong", [("invented words", "setting")], SampleStatus.INVALID),
        ("strong", [("a", "setting")], SampleStatus.INVALID),
        ("strong", [], SampleStatus.INVALID),
        ("none", [], SampleStatus.VALID),
        ("none", [("invented words", "setting")], SampleStatus.VALID),
        ("Strong", [("Mina is late again.", "setting")], SampleStatus.INVALID),
        ("excellent", [("Mina is late again.", "setting")], SampleStatus.INVALID),
        (None, [], SampleStatus.ABSTAINED),
    ],
)
def test_no_quote_no_credit(level: str | None, quotes: list[tuple[str, str]], status: SampleStatus) -> None:
    got, evidence, note = check_sample(criterion(), level, quotes, FIELDS)
    assert got is status
    assert bool(note) is (status is not SampleStatus.VALID)
    assert [one.quote for one in evidence] == [quote for quote, _ in quotes]
    for one in evidence:
        if one.status is not Match.ABSENT:
            assert one.start is not None
            assert FIELDS[one.field][one.start : one.end]


def test_abstaining_where_it_is_not_allowed_is_invalid() -> None:
    assert check_sample(criterion(allow_abstain=False), None, [], FIELDS)[0] is SampleStatus.INVALID


def test_a_quote_is_credited_to_the_field_it_stands_in() -> None:
    found = check_sample(criterion(), "strong", [("NOBODY asks her", "setting")], FIELDS)[1][0]
    assert (found.field, found.status) == ("persona.stance", Match.NORMALISED)
    named = check_sample(
        criterion(), "strong", [("same words here", "b")], {"a": "same words here", "b": "Same words here"}
    )[1][0]
    assert named.field == "b"
    exact = check_sample(criterion(), "strong", [("same words", "x")], {"a": "Same words", "b": "same words"})[1][0]
    assert (exact.field, exact.status) == ("b", Match.EXACT)
    absent = check_sample(criterion(), "strong", [("nowhere to be found", "setting")], FIELDS)[1][0]
    assert (absent.field, absent.status, absent.start) == ("setting", Match.ABSENT, None)


# criterion_result


@pytest.mark.parametrize(
    ("codes", "outcome", "level"),
    [
        (["strong"], Outcome.ALIGNED, "strong"),
        (["strong", "strong", "some"], Outcome.ALIGNED, "strong"),
        (["strong", "some"], Outcome.REFER, None),
        (["strong", "some", "none"], Outcome.REFER, None),
        (["strong", "strong", "some", "none"], Outcome.REFER, None),
        (["abstain", "abstain", "strong"], Outcome.REFER, None),
        (["abstain", "strong"], Outcome.REFER, None),
        (["abstain", "strong", "strong"], Outcome.ALIGNED, "strong"),
        (["invalid", "invalid", "invalid"], Outcome.REFER, None),
        (["invalid", "strong", "strong"], Outcome.ALIGNED, "strong"),
        (["error", "strong", "strong"], Outcome.ALIGNED, "strong"),
        (["error", "error", "strong"], Outcome.REFER, None),
        (["error", "error", "invalid"], Outcome.REFER, None),
        (["error", "error", "error"], Outcome.ERRORED, None),
        ([], Outcome.ERRORED, None),
    ],
)
def test_what_samples_add_up_to(codes: list[str], outcome: Outcome, level: str | None) -> None:
    result = criterion_result(criterion(), samples(codes), 0.6)
    assert (result.outcome, result.level) == (outcome, level)
    assert (result.value is None) is (level is None)
    assert sum(result.counts.values()) == len(codes)
    assert result.reason


def test_low_agreement_is_referred_and_exact_agreement_is_enough() -> None:
    codes = ["strong", "strong", "some"]
    assert criterion_result(criterion(), samples(codes), 0.7).outcome is Outcome.REFER
    assert criterion_result(criterion(), samples(codes), 2 / 3).outcome is Outcome.ALIGNED


def test_below_the_minimum_asks_for_revision_and_below_the_veto_is_vetoed() -> None:
    strict = criterion(min_level="strong", veto_below="some")
    some = criterion_result(strict, samples(["some"]), 0.6)
    assert (some.outcome, some.vetoed) == (Outcome.REVISE, False)
    none = criterion_result(strict, samples(["none"]), 0.6)
    assert (none.outcome, none.vetoed) == (Outcome.REVISE, True)
    assert criterion_result(strict, samples(["strong"]), 0.6).outcome is Outcome.ALIGNED


def test_abstentions_can_be_left_out_but_failures_cannot_hide_behind_them() -> None:
    lenient = criterion(abstain_policy=AbstainPolicy.IGNORE)
    left_out = criterion_result(lenient, samples(["abstain", "abstain", "strong"]), 0.6)
    assert (left_out.outcome, left_out.value) == (Outcome.ALIGNED, None)
    assert criterion_result(lenient, samples(["abstain", "error", "error"]), 0.6).outcome is Outcome.REFER
    other = criterion("other")
    whole = verdict(criteria(lenient, other), [*samples(["abstain"]), *samples(["strong"], "other")])
    assert (whole.outcome, whole.score) == (Outcome.ALIGNED, 1.0)
    assert verdict(criteria(lenient), samples(["abstain"])).outcome is Outcome.REFER


def test_a_level_that_was_renamed_away_no_longer_counts() -> None:
    assert criterion_result(criterion(), samples(["old", "old", "old"]), 0.6).outcome is Outcome.REFER


# settling


def judgement(level: str = "strong") -> HumanJudgement:
    return settle(
        criterion(),
        person_id="p1",
        level=level,
        reason="It says so.",
        fields=FIELDS,
        quote="nobody asks her",
        field="setting",
    )


def test_a_person_settles_what_was_referred() -> None:
    result = verdict(criteria(criterion()), samples(REFERRED), {"listening": judgement()})
    assert (result.outcome, result.score, result.results[0].level) == (Outcome.ALIGNED, 1.0, "strong")
    assert result.settled["listening"].evidence[0].field == "persona.stance"
    assert "person" in result.results[0].reason


@pytest.mark.parametrize("codes", [["none", "none", "none"], ["error", "error"]])
def test_a_person_cannot_lift_what_was_not_referred(codes: list[str]) -> None:
    group = criteria(criterion(min_level="some"))
    assert verdict(group, samples(codes), {"listening": judgement()}) == verdict(group, samples(codes)).model_copy(
        update={"settled": {"listening": judgement()}}
    )


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"level": "best"}, "level"),
        ({"reason": "  "}, "reason"),
        ({"quote": ""}, "quote"),
        ({"quote": "made up"}, "quote"),
    ],
)
def test_a_person_needs_a_known_level_a_reason_and_a_quote_too(changes: dict[str, str], where: str) -> None:
    data: dict[str, str] = {"person_id": "p", "level": "strong", "reason": "r", "quote": "nobody asks her"}
    with pytest.raises(InvalidInput) as caught:
        settle(criterion(), fields=FIELDS, **(data | changes))
    assert caught.value.where == where
    assert caught.value.todo


def test_the_absence_of_something_is_settled_without_a_quote() -> None:
    assert settle(criterion(), person_id="p", level="none", reason="Nothing there.", fields=FIELDS).evidence == ()


# verdict


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (["error"], REFERRED, Outcome.ERRORED),
        (["error"], ["none"], Outcome.ERRORED),
        (REFERRED, ["none"], Outcome.REFER),
        (["none"], ["strong"], Outcome.REVISE),
        (["some"], ["strong"], Outcome.ALIGNED),
    ],
)
def test_errored_over_refer_over_revise_over_aligned(first: list[str], second: list[str], outcome: Outcome) -> None:
    group = criteria(criterion("a", min_level="some"), criterion("b", min_level="some"), pass_threshold=0.5)
    for one, other in ((first, second), (second, first)):
        result = verdict(group, [*samples(one, "a"), *samples(other, "b")])
        assert result.outcome is outcome
        assert (result.score is None) is (outcome in (Outcome.ERRORED, Outcome.REFER))
        assert result.reasons


def test_a_veto_asks_for_revision_however_high_the_score() -> None:
    group = criteria(criterion("a", weight=99), criterion("b", weight=1, veto_below="some"))
    result = verdict(group, [*samples(["strong"], "a"), *samples(["none"], "b")])
    assert (result.outcome, result.vetoes) == (Outcome.REVISE, ("b",))
    assert result.score == pytest.approx(0.99)


def test_the_threshold_itself_is_enough_whatever_rounding_does() -> None:
    levels = (
        Level(key="low", anchor="l", value=0.1),
        Level(key="mid", anchor="m", value=0.7),
        Level(key="top", anchor="t", value=1.0),
    )
    group = criteria(*(criterion(name, levels=levels, weight=0.1) for name in "abc"), pass_threshold=0.7)
    result = verdict(group, [one for name in "abc" for one in samples(["mid"], name)])
    assert result.outcome is Outcome.ALIGNED
    assert verdict(group, [one for name in "abc" for one in samples(["low"], name)]).outcome is Outcome.REVISE


WEIGHTS = st.floats(0.01, 100, allow_nan=False)


@given(st.lists(st.tuples(CODES, WEIGHTS), min_size=1, max_size=4), st.randoms())
def test_the_order_of_samples_does_not_matter(members: list[tuple[list[str], float]], random: Any) -> None:
    group = criteria(*(criterion(f"c{n}", weight=weight) for n, (_, weight) in enumerate(members)))
    given_samples = [one for n, (codes, _) in enumerate(members) for one in samples(codes, f"c{n}")]
    shuffled = list(given_samples)
    random.shuffle(shuffled)
    assert verdict(group, shuffled) == verdict(group, given_samples)


@given(st.lists(st.tuples(CODES, WEIGHTS), min_size=1, max_size=4))
def test_the_score_stays_in_bounds_and_is_unknown_where_something_is(members: list[tuple[list[str], float]]) -> None:
    group = criteria(*(criterion(f"c{n}", weight=weight) for n, (_, weight) in enumerate(members)))
    result = verdict(group, [one for n, (codes, _) in enumerate(members) for one in samples(codes, f"c{n}")])
    unknown = any(one.outcome in (Outcome.REFER, Outcome.ERRORED) for one in result.results)
    if unknown:
        assert result.score is None
        assert result.outcome in (Outcome.REFER, Outcome.ERRORED)
    else:
        assert result.score is not None
        values = [one.value for one in result.results if one.value is not None]
        assert min(values) <= result.score <= max(values)
    for one in result.results:
        assert one.agreement is None or 0 < one.agreement <= 1
        assert (one.value is None) == (one.level is None)


LEVELS = st.lists(st.sampled_from(KEYS), min_size=1, max_size=5)


@given(st.lists(st.tuples(LEVELS, WEIGHTS), min_size=1, max_size=4), st.data())
def test_raising_a_level_never_lowers_the_score(members: list[tuple[list[str], float]], data: st.DataObject) -> None:
    group = criteria(*(criterion(f"c{n}", weight=weight) for n, (_, weight) in enumerate(members)), min_agreement=0.0)
    which = data.draw(st.integers(0, len(members) - 1))
    place = data.draw(st.integers(0, len(members[which][0]) - 1))

    def scored(codes: list[list[str]]) -> Any:
        return verdict(group, [one for n, entry in enumerate(codes) for one in samples(entry, f"c{n}")])

    before = [list(codes) for codes, _ in members]
    after = [list(codes) for codes in before]
    rank = KEYS.index(after[which][place])
    after[which][place] = KEYS[data.draw(st.integers(rank, len(KEYS) - 1))]
    low, high = scored(before), scored(after)
    if low.score is not None and high.score is not None:
        assert high.score >= low.score - 1e-12
        assert not (low.outcome is Outcome.ALIGNED and high.outcome is Outcome.REVISE)


@given(
    st.lists(st.tuples(LEVELS, st.floats(0.01, 1)), min_size=1, max_size=4),
    st.sampled_from([0.25, 0.5, 2.0, 4.0, 64.0, 100.0]),
)
def test_only_the_ratios_of_weights_matter(members: list[tuple[list[str], float]], scale: float) -> None:
    def scored(factor: float) -> Any:
        group = criteria(*(criterion(f"c{n}", weight=weight * factor) for n, (_, weight) in enumerate(members)))
        return verdict(group, [one for n, (codes, _) in enumerate(members) for one in samples(codes, f"c{n}")])

    one, other = scored(1.0), scored(scale)
    assert one.outcome is other.outcome
    assert other.score == (one.score if one.score is None else pytest.approx(one.score, abs=1e-12))


@given(st.lists(st.tuples(LEVELS, WEIGHTS), min_size=1, max_size=3), WEIGHTS)
def test_a_referral_is_never_counted_as_zero(members: list[tuple[list[str], float]], weight: float) -> None:
    group = criteria(
        *(criterion(f"c{n}", weight=one) for n, (_, one) in enumerate(members)), criterion("open", weight=weight)
    )
    given_samples = [one for n, (codes, _) in enumerate(members) for one in samples(codes, f"c{n}")]
    result = verdict(group, [*given_samples, *samples(REFERRED, "open")])
    assert result.score is None
    assert result.outcome is Outcome.REFER
    assert all(name != "open" for name, _ in change_requests(result))


# change_requests


def test_change_requests_come_from_the_judge_for_what_is_below_what_is_asked() -> None:
    group = criteria(
        criterion("a", min_level="strong"), criterion("b", veto_below="some"), criterion("c"), pass_threshold=0.9
    )
    result = verdict(
        group,
        [
            sample("some", number=0, criterion_id="a", change="Let Mina say why."),
            sample("some", number=1, criterion_id="a", change="let  mina say why."),
            sample("strong", number=2, criterion_id="a", change="Nothing, really."),
            sample("none", criterion_id="b", rationale="Nobody listens here."),
            sample("strong", criterion_id="c", change="Not asked for."),
        ],
    )
    assert change_requests(result) == [
        ("b", "Nobody listens here."),
        ("a", "Let Mina say why."),
        ("a", "Nothing, really."),
    ]


def test_a_low_score_asks_for_changes_where_no_minimum_is_missed() -> None:
    group = criteria(criterion("a"), criterion("b"), pass_threshold=0.9)
    result = verdict(
        group, [sample("some", criterion_id="a", change="More."), sample("strong", criterion_id="b", change="Fine.")]
    )
    assert result.outcome is Outcome.REVISE
    assert change_requests(result) == [("a", "More.")]


def test_an_aligned_verdict_asks_for_nothing_and_every_revision_asks_for_something() -> None:
    assert change_requests(verdict(criteria(criterion()), samples(["strong"]))) == []
    silent = verdict(criteria(criterion(min_level="strong")), samples(["some"]))
    assert change_requests(silent) == [("listening", silent.results[0].reason)]
