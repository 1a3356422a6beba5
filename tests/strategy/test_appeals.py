import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.appeals import is_new, refused
from strategy.criteria import Criterion, Level
from strategy.sampling import find_quote
from strategy.verdict import Evidence

FIELDS = {
    "setting": "It is Friday. Nora sits down. Nobody has asked her anything yet.",
    "exemplars[0]": "What is behind it? Tell me how the week went.",
    "opening_line": "Nora sits down.",
}
CRITERION = Criterion(
    id="asks",
    clause_ids=("ask-first",),
    question="Does it make people ask?",
    levels=(
        Level(key="absent", anchor="No.", value=0.0, needs_evidence=False),
        Level(key="named", anchor="It is named.", value=0.5),
        Level(key="practised", anchor="It is practised.", value=1.0),
    ),
)
KEYS = ["absent", "named", "practised"]


def quoted(*quotes: str, field: str = "setting") -> list[Evidence]:
    return [find_quote(quote, field, FIELDS) for quote in quotes]


FIRST = quoted("Nora sits down.")


@pytest.mark.parametrize(
    ("quote", "field", "new"),
    [
        ("What is behind it?", "exemplars[0]", True),
        ("it is friday", "setting", True),  # found once case is folded
        ("Nora sits down.", "setting", False),
        ("Friday. Nora sits", "setting", False),  # touches it
        ("sits down. Nobody has asked her anything yet.", "setting", False),
        ("Nora sits down.", "opening_line", False),  # the same words in another place
        ("She was asked at length.", "setting", False),  # nowhere
        ("is", "exemplars[0]", False),  # proves nothing
        ("", "setting", False),
    ],
)
def test_new_is_a_passage_that_was_not_there_before(quote: str, field: str, new: bool) -> None:
    assert is_new(find_quote(quote, field, FIELDS), FIRST) is new


def test_words_that_the_first_answer_invented_do_not_stand_in_the_way() -> None:
    invented = quoted("Nobody said this.")
    assert is_new(quoted("It is Friday.")[0], invented)


PASSAGES = st.lists(
    st.sampled_from(["It is Friday.", "Nora sits down.", "Nobody has asked her anything yet.", "Not in the text."]),
    max_size=3,
)


@given(st.sampled_from([None, *KEYS]), PASSAGES, st.sampled_from([None, *KEYS]), PASSAGES)
def test_no_appeal_raises_a_level_without_a_new_located_passage(
    first: str | None, before: list[str], level: str | None, after: list[str]
) -> None:
    why = refused(CRITERION, first=first, before=quoted(*before), level=level, evidence=quoted(*after))
    new = [quote for quote in after if quote != "Not in the text." and quote not in before]
    rises = level is not None and KEYS.index(level) > KEYS.index(first or "absent")
    assert bool(why) == (rises and not new)
    if why:
        assert f"to '{level}'" in why


def test_an_abstention_ranks_lowest_and_a_level_that_is_gone_too() -> None:
    for first in (None, "superb"):
        assert refused(CRITERION, first=first, before=FIRST, level="named", evidence=FIRST)
        assert not refused(CRITERION, first=first, before=FIRST, level="absent", evidence=[])
