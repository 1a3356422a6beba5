import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.careful_words import MODALS, NEGATIONS, QUANTITIES
from approvals.wording import MOST_WORDS, small_change, words_changed

SETTING = (
    "It is late on a quiet afternoon at the depot, and the planner has asked you to come in before the shift ends; "
    "the two of you have worked together for years and the mood is usually easy."
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("quiet afternoon", "calm afternoon"),
        ("quiet afternoon at the depot", "slow morning at the depot"),
        ("usually easy", "usually very easy"),
        ("easy.", "easy!"),
        ("ends; the", "ends: the"),
        ("the depot, and", "the depot and"),
        ("It is late", "it is late"),
        ("worked together", "worked   together"),
    ],
)
def test_a_word_or_a_mark_in_a_long_text_is_wording(old: str, new: str) -> None:
    assert old in SETTING
    assert small_change(SETTING, SETTING.replace(old, new), "en") == ""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("the two of you have worked", "the three of you have worked", "number"),
        ("before the shift", "after the shift", "number or quantity"),
        ("has asked you", "must ask you", "duty"),
        ("has asked you", "has not asked you", "negation"),
        ("has asked you", "hasn't asked you", "negation"),
        ("has asked you", "you'll ask you", "duty"),
        ("the planner", "Katrin", "name"),
        ("the planner", "the planner {name}", "detail"),
        ("easy.", "easy?", "sign"),
        ("worked together for years", "for years worked together", "order"),
        ("easy.", "easy €", "sign"),
        ("depot", "dеpot", "script"),
        ("depot", "de\u200bpot", "invisible"),
        ("quiet afternoon at the depot", "loud row of angry people out", "few words"),
        ("usually", "usually, so one hears from people who have known the place for a long, long while,", "quantity"),
    ],
)
def test_what_carries_more_than_wording_is_not_small(before: str, after: str, said: str) -> None:
    assert before in SETTING
    assert said in small_change(SETTING, SETTING.replace(before, after, 1), "en")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "We ship at 14:30 on every working day from the yard.",
            "We ship at 15:30 on every working day from the yard.",
        ),
        (
            "We grant -5 percent to whoever asks us for a discount.",
            "We grant 5 percent to whoever asks us for a discount.",
        ),
        (
            "We grant 1.5 percent to whoever asks us for a discount.",
            "We grant 15 percent to whoever asks us for a discount.",
        ),
        (
            "We grant 5, 0 percent to whoever asks us for a discount.",
            "We grant 5 0 percent to whoever asks us for a discount.",
        ),
    ],
)
def test_figures_are_never_wording(before: str, after: str) -> None:
    assert "number" in small_change(before, after, "en")


@pytest.mark.parametrize(
    ("before", "after", "small"),
    [
        ("Giving feedback", "Giving feedbback", True),
        ("Giving feedback", "Giving feebdack", True),
        ("Giving feedback", "Receiving feedback", False),
        ("Giving feedback", "Giving", False),
        ("a fire drill", "a hire drill", False),
        ("Late delivery", "Late delivery, again", False),
        ("late delivery", "late, delivery.", True),
    ],
)
def test_in_a_short_text_only_a_slip_of_spelling_is_small(before: str, after: str, small: bool) -> None:
    assert (small_change(before, after, "en") == "") is small


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "wir sprechen morgen ganz in ruhe über das thema dort",
            "wir sprechen heute ganz in ruhe über das thema dort",
            "",
        ),
        (
            "wir sprechen morgen ganz in ruhe über das thema dort",
            "wir müssen morgen ganz in ruhe über das thema dort",
            "duty",
        ),
        (
            "wir sprechen morgen ganz in ruhe über das thema dort",
            "wir sprechen nie ganz in ruhe über das thema dort",
            "negation",
        ),
        (
            "wir sprechen morgen ganz in ruhe über das thema dort",
            "wir sprechen kein ganz in ruhe über das thema dort",
            "negation",
        ),
        (
            "wir sprechen morgen ganz in ruhe über das thema dort",
            "wir sprechen Montag ganz in ruhe über das thema dort",
            "name",
        ),
    ],
)
def test_german_has_its_own_careful_words(before: str, after: str, said: str) -> None:
    found = small_change(before, after, "de-CH")
    assert said in found
    assert bool(said) is bool(found)


def test_in_a_language_without_lists_nothing_is_small() -> None:
    assert "'fr'" in small_change("a b c d e f g h i", "a b c d e f g h j", "fr")
    assert small_change("a b", "a c", "")


def test_a_persona_name_is_a_name_however_it_is_written() -> None:
    before = "i think that rose has been here since the early morning"
    assert small_change(before, before.replace("rose", "she"), "en") == ""
    assert "name" in small_change(before, before.replace("rose", "she"), "en", frozenset({"rose"}))


WORDS = ["work", "talk", "desk", "plan", "room", "hear", "tell", "ask", "week", "team", "shift"]
PLAIN = st.lists(st.sampled_from(WORDS), min_size=8, max_size=80)


@given(PLAIN, st.sampled_from(sorted(NEGATIONS | MODALS | QUANTITIES)), st.data())
def test_a_careful_word_added_taken_away_or_moved_is_never_small(
    words: list[str], word: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(words)))
    plain, careful = " ".join(words), " ".join([*words[:place], word, *words[place:]])
    assert small_change(plain, careful, "en")
    assert small_change(careful, plain, "en")
    elsewhere = data.draw(st.integers(0, len(words)))
    moved = " ".join([*words[:elsewhere], word, *words[elsewhere:]])
    assert (moved == careful) or small_change(careful, moved, "en")


@given(PLAIN, PLAIN)
def test_small_changes_are_within_their_bound(before: list[str], after: list[str]) -> None:
    one, other = " ".join(before), " ".join(after)
    if small_change(one, other, "en") == "" and one != other:
        assert words_changed(one, other) <= min(MOST_WORDS, max(len(before), len(after)) // 8)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_texts_can_be_compared(before: str, after: str) -> None:
    assert isinstance(small_change(before, after, "en"), str)
    assert words_changed(before, after) >= 0
    assert words_changed(before, before) == 0


def test_a_huge_text_is_compared_in_bounded_time_and_is_not_small() -> None:
    before, after = "on and off we go " * 8_000, "off and on we come " * 8_000
    assert small_change(before, after, "en") == "much of it changed"
    assert words_changed(before, after) == 40_000
