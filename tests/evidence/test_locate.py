import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.locate import Match, fold, locate

LETTERS = st.text(alphabet=st.characters(categories=("Lu", "Ll", "Nd", "Po", "Zs")), min_size=1, max_size=60)
TYPOGRAPHY = {"'": "’", '"': "“", "-": "–", "...": "…"}


@given(LETTERS, st.data())
def test_any_passage_is_located_exactly(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = text[start:end]
    place = locate(quote, text)
    if any(char.isalnum() for char in quote):
        bare = quote.strip().strip("\"'“”„‘’«»").strip()
        assert place.status is Match.EXACT
        assert text[place.start : place.end] == bare
    else:
        assert place.status is Match.ABSENT


@given(
    st.lists(st.sampled_from(["ask", "It's", '"now"', "well...", "re-read", "Größe", "café"]), min_size=2, max_size=8),
    st.data(),
)
def test_case_space_and_typography_do_not_hide_a_passage(words: list[str], data: st.DataObject) -> None:
    text = "Before that: " + " ".join(words) + " and after."
    quote = " ".join(words)
    for plain, typographic in TYPOGRAPHY.items():
        if data.draw(st.booleans()):
            quote = quote.replace(plain, typographic)
    quote = data.draw(st.sampled_from([quote, quote.upper(), quote.title(), unicodedata.normalize("NFD", quote)]))
    quote = data.draw(st.sampled_from([" ", "\n", "  \t ", "\u00a0"])).join(quote.split(" "))
    place = locate(quote, text)
    assert place.status is not Match.ABSENT
    assert place.start is not None
    assert place.end is not None
    found = text[place.start : place.end]
    assert fold(found).text.strip("\"' ") == fold(" ".join(words)).text.strip("\"' ")


@pytest.mark.parametrize("quote", ["", "   ", "…", "“”", "!?", "-"])
def test_punctuation_proves_nothing(quote: str) -> None:
    assert locate(quote, "Anything … goes - here!? “”").status is Match.ABSENT


def test_what_was_never_said_is_absent() -> None:
    assert locate("I take the blame", "I never take the blam.").status is Match.ABSENT


def test_a_letter_and_its_accent_are_not_torn_apart() -> None:
    text = "Ein cafe\u0301 bitte"
    place = locate("CAFÉ", text)
    assert (place.status, text[place.start : place.end]) == (Match.NORMALISED, "cafe\u0301")


@given(st.text(max_size=80))
def test_every_folded_character_knows_its_source(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.spans)
    assert all(0 <= start < end <= len(text) for start, end in folded.spans)
    assert list(folded.spans) == sorted(folded.spans)
