from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.topics import stem, touch


@pytest.mark.parametrize(
    ("said", "topic", "language"),
    [
        ("How do you manage all these deadlines?", "deadline", "en"),
        ("Who is planning the week?", "plan", "en"),
        ("You worry a lot, and the WORRIES grow", "worries", "en"),
        ("the night-shift is hard", "night shift", "en"),
        ("the night and shift work", "night shift", "en"),
        ("What about your promotion?", "promoted", "en"),
        ("Jana's workload?", "workload", "en"),
        ("Wie läuft es mit den Überstunden?", "Überstunde", "de"),
        ("Und die Überstundenregelung?", "Überstunden", "de"),
        ("Was ist mit deinen Kollegen?", "Kollege", "de"),
    ],
)
def test_a_topic_is_found_in_other_forms(said: str, topic: str, language: str) -> None:
    found = touch(said, [topic], language)
    assert found is not None
    assert said[found.start : found.end] == found.quote


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("The workload is high", "work"),
        ("the network is down", "work"),
        ("shift the night owl", "night shift"),
        ("", "work"),
    ],
)
def test_a_topic_ends_at_word_boundaries(said: str, topic: str) -> None:
    assert touch(said, [topic]) is None


@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=20), max_size=4), st.sampled_from(["en", "de"]))
def test_what_is_found_stands_where_it_says(said: str, topic: list[str], language: str) -> None:
    found = touch(said, topic, language)
    if found:
        assert said[found.start : found.end] == found.quote
        assert found.words >= 1


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzäöüß", min_size=1, max_size=20), st.sampled_from(["en", "de"]))
def test_a_word_always_finds_itself(word: str, language: str) -> None:
    assert stem(word, language)
    assert touch(f"about {word}, please", [word], language) is not None
