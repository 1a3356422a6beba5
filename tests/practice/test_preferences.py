from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from practice.brief import Difficulty
from practice.preferences import (
    SHORT_TURNS,
    SIMPLER_PLEASE,
    Form,
    HintLevel,
    LanguageLevel,
    Preferences,
    as_played,
    most_turns,
    simpler_please,
)
from practice.reveal import MAX_TURNS
from practice.simpler import asked
from tests.practice.scenarios import OVERLOAD, PRICE

challenges = st.sampled_from([None, *Difficulty])


@given(scenario=st.sampled_from([OVERLOAD, PRICE]), form=st.sampled_from(Form), challenge=challenges)
def test_only_what_was_signed_is_played_and_the_persona_stays_as_it_is(
    scenario: object, form: Form, challenge: Difficulty | None
) -> None:
    assert isinstance(scenario, type(OVERLOAD))
    before = scenario.digest()
    played = as_played(scenario, form, challenge)
    assert scenario.digest() == before
    assert played.people == scenario.people
    assert played.objectives == scenario.objectives
    assert played.difficulty is (challenge or scenario.difficulty)
    source = scenario.short_version if form is Form.SHORT else scenario
    assert (played.setting, played.opening_line) == (source.setting, source.opening_line)
    changed = {name for name, value in played.content().items() if value != scenario.content()[name]}
    assert changed <= {"setting", "opening_line", "learner_goal", "difficulty"}


def test_the_short_version_ends_soon() -> None:
    assert most_turns(Form.SHORT) == SHORT_TURNS < most_turns("full") == MAX_TURNS


def test_usual_is_what_it_always_was() -> None:
    usual = Preferences()
    assert usual.offers_help
    assert usual.cue_level == ""
    assert not Preferences(hints=HintLevel.WHEN_ASKED).offers_help
    assert Preferences(language_level=LanguageLevel.SIMPLE).cue_level == "simple"
    assert Preferences.model_validate(usual.model_dump(mode="json")) == usual


@pytest.mark.parametrize("given", [{"goal": "x" * 301}, {"challenge": "brutal"}, {"tone": "nice"}])
def test_what_is_no_choice_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Preferences.model_validate(given)


@pytest.mark.parametrize("language", [*SIMPLER_PLEASE, "en-GB", "xx"])
def test_the_button_says_what_the_rules_recognise(language: str) -> None:
    found = asked(simpler_please(language))
    assert found is not None
    assert found.alone
