"""The sieve lets everything through that matches: it may be wrong to let through, never to hold back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practice.phrases import LANGUAGES, Watch, load
from practice.phrases.sieve import Sieve, needles
from tests.practice.test_phrases import SENTENCES


def patterns() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Section, language and pattern of everything that the rules look for."""
    for code in LANGUAGES:
        for section, listed in load(code).patterns.items():
            for pattern in listed:
                yield section, code, pattern


@cache
def sieves(section: str, code: str) -> tuple[Sieve, ...]:
    """A section's, with and without common words, and one of everything."""
    listed = load(code).patterns[section]
    return Sieve(listed), Sieve(listed, load(code).stop_words), every()


@cache
def every() -> Sieve:
    """One of all patterns of all languages."""
    return Sieve([pattern for _, _, pattern in patterns()])


@pytest.mark.parametrize("code", LANGUAGES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_a_pattern_matches_is_let_through(code: str, data: st.DataObject) -> None:
    section, _, pattern = data.draw(st.sampled_from([each for each in patterns() if each[1] == code]), "pattern")
    before, after = (data.draw(st.sampled_from(["", "Well, ", "😀 ", "Dİ ", "ﬀ. "])) for _ in range(2))
    text = before + data.draw(st.from_regex(pattern), "text") + after
    if pattern.search(text):
        for sieve in sieves(section, code):
            assert any(sieve._patterns[number] is pattern for number in sieve.let_through(text))
        assert load(code).find(section, load(code).plain(text)) is not None


@given(st.lists(st.from_regex(r"\A(?:[a-c]|\(\?:[ab]\|c?d\)|[ab]\?|\(ab\)\*|\[ab\]|\.)+\Z"), max_size=4), st.data())
def test_of_any_patterns_it_finds_what_searching_finds(written: list[str], data: st.DataObject) -> None:
    found = [re.compile(each, re.IGNORECASE) for each in written]
    text = data.draw(st.text("abcdAB \u212a\u017fé", max_size=12))
    let = Sieve(found).let_through(text)
    assert let == sorted(let)
    assert {number for number, pattern in enumerate(found) if pattern.search(text)} <= {*let}


def test_needles_are_what_is_least_to_be_expected() -> None:
    assert needles(r"\bkill(?:ing)? (?:my|our)sel(?:f|ves)\b") == {
        *("kill myself", "kill ourself", "kill myselves", "kill ourselves"),
        *("killing myself", "killing ourself", "killing myselves", "killing ourselves"),
    }
    assert needles(r"\byou (?:\w+ )?(?:idiot|fool)s?\b", frozenset({"you"})) == {"idiot", "fool"}
    assert needles(r"\b\w+\b") == frozenset()
    assert needles(r"(?:abc|\w+)") == frozenset()


def test_most_talk_is_searched_for_next_to_nothing() -> None:
    every = [pattern for section, _, pattern in patterns() if section in ("pause", "distress", "harassment", "abuse")]
    told = [sentence for code in LANGUAGES for sentence in SENTENCES[code]]
    assert sum(len(Sieve(every).let_through(sentence)) for sentence in told) <= 0.02 * len(every) * len(told)


def test_a_watch_says_what_to_look_for_and_in_which_language() -> None:
    watch = Watch("pause", "distress", "harassment", "abuse")
    assert watch.suspects("How do you see the next two weeks?") == frozenset()
    assert ("distress", "en") in watch.suspects("I want to kill myself")
    assert ("distress", "fr") in watch.suspects("JE VEUX MOURIR")
    assert ("distress", "es") in watch.suspects("Quiero suicidarme, no aguanto más.")
