"""Rules always, a model adds: no claim of a model lowers, lifts or removes what rules located."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from practice.claims import Claim
from practice.debrief import NotScored, ObjectiveResult, TranscriptLine, build
from practice.merging import merge
from practice.observing import observed
from tests.practice.scenarios import OVERLOAD

OBJECTIVES = OVERLOAD.objectives
SAID = ("What makes the report hard to finish on time?", "That must be frustrating.", "I will talk to Sales by Friday.")
TRANSCRIPT = [
    TranscriptLine(turn=n, speaker="learner", text=text, observations=observed(text, "en"))
    for n, text in enumerate(SAID, 1)
]
RULES = (
    Claim("asks", "some", ((1, SAID[0]),), situation="At first,", behaviour="you asked.", impact="She told you."),
    Claim("hears", "often", ((2, SAID[1]),), behaviour="You named it."),
    Claim("agrees", None),
)


def results(*model: Claim) -> dict[str, ObjectiveResult]:
    made = build(OBJECTIVES, model, TRANSCRIPT, language="en", next_action="Ask first.", rules=RULES)
    return {each.objective_id: each for each in made.objectives}


def test_the_same_level_takes_the_models_words_and_its_further_quotes() -> None:
    claim = Claim("asks", "some", ((1, SAID[0]), (3, "by Friday")), behaviour="You opened with a question.")
    asks = results(claim)["asks"]
    assert (asks.level, asks.behaviour, asks.differs) == ("some", "You opened with a question.", "")
    assert [quote.quote for quote in asks.quotes] == [SAID[0]]
    assert [quote.quote for quote in asks.added] == ["by Friday"]


def test_another_level_is_said_and_changes_nothing() -> None:
    for theirs, word in (("tells", "lower"), ("leads", "higher"), (None, "nothing")):
        asks = results(Claim("asks", theirs, ((1, SAID[0]),), behaviour="You only told."))["asks"]
        assert (asks.level, asks.behaviour) == ("some", "you asked.")
        assert word in asks.differs
        assert [quote.quote for quote in asks.quotes] == [SAID[0]]


def test_what_only_the_model_saw_is_shown_and_not_scored() -> None:
    agrees = results(Claim("agrees", "agreed", ((3, "by Friday"), (3, "never said"))))["agrees"]
    assert (agrees.scored, agrees.value, agrees.reason) == (False, None, NotScored.NO_LEVEL)
    assert [quote.quote for quote in agrees.added] == ["by Friday"]
    assert agrees.not_found == ("never said",)
    assert "agreed" in agrees.differs
    assert "It would show in words such as" in agrees.would_show


CLAIMS = st.lists(
    st.builds(
        Claim,
        objective_id=st.sampled_from([o.id for o in OBJECTIVES]),
        level=st.sampled_from([None, "x", *(level.key for o in OBJECTIVES for level in o.levels)]),
        quotes=st.lists(st.tuples(st.integers(0, 5), st.sampled_from([*SAID, "x"])), max_size=3).map(tuple),
        behaviour=st.text(max_size=20),
    ),
    max_size=6,
)


@given(CLAIMS, st.sampled_from(["en", "de"]))
def test_no_claim_of_a_model_moves_a_level_or_hides_a_quote(claims: list[Claim], language: str) -> None:
    alone = build(OBJECTIVES, RULES, TRANSCRIPT, language=language)
    both = build(OBJECTIVES, claims, TRANSCRIPT, language=language, rules=RULES)
    assert (both.total, both.share_scored, both.knocked_out) == (alone.total, alone.share_scored, alone.knocked_out)
    for mine, theirs in zip(alone.objectives, both.objectives, strict=True):
        assert (mine.level, mine.value, mine.reason) == (theirs.level, theirs.value, theirs.reason)
        assert mine.quotes == theirs.quotes


@given(CLAIMS)
def test_wherever_they_differ_it_says_so(claims: list[Claim]) -> None:
    for objective, rules in zip(OBJECTIVES, RULES, strict=True):
        for claim in (each for each in claims if each.objective_id == objective.id):
            known = claim.level if claim.level in {level.key for level in objective.levels} else None
            assert bool(merge(objective, rules, claim, "en").differs) == (known != rules.level)
