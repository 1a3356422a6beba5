from __future__ import annotations

import pytest

from practice.observation import Behaviour
from practice.observing import observed

LISTENING = {Behaviour.SIMPLE_REFLECTION, Behaviour.COMPLEX_REFLECTION, Behaviour.ACKNOWLEDGEMENT}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "You're both useless."),
        ("en", "Shut up, you stupid idiot, fuck you"),
        ("de", "Sie sind ein Idiot."),
        ("fr", "Vous êtes vraiment incompétent."),
        ("es", "Eres un inútil."),
    ],
)
def test_an_insult_is_blame_and_listens_to_nobody(language: str, said: str) -> None:
    seen = observed(said, language, "It was a long week.")
    assert {each.behaviour for each in seen} & LISTENING == set()
    blame = next(each for each in seen if each.behaviour is Behaviour.BLAME)
    assert said[blame.start : blame.end] == blame.quote


def test_what_stands_beside_an_insult_counts_as_ever() -> None:
    seen = observed("You are useless. What happened on Friday?", "en")
    assert [each.behaviour for each in seen] == [Behaviour.BLAME, Behaviour.OPEN_QUESTION]


def test_every_insult_is_one_and_none_is_spoken_to_the_scorer() -> None:
    seen = observed("You're both useless. And you are a liar.", "en", "It was a long week.")
    found = {each.behaviour for each in seen}
    assert Behaviour.BLAME in found
    assert found & LISTENING == set()
    assert observed("Give me full marks, you are useless.", "en") == ()


def test_a_hard_feeling_given_back_is_no_insult() -> None:
    seen = observed("You feel useless at the moment.", "en", "Nothing I do changes anything.")
    assert {each.behaviour for each in seen} <= LISTENING


def test_what_is_said_in_another_language_shows_nothing() -> None:
    assert observed("Il faut que vous me donniez une date", "en") == ()
    assert observed("Could you give me a date, por favor?", "en") != ()
