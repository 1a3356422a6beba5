from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.scene import SceneState
from practice.standing import MOODS, standing
from tests.practice.scenarios import OVERLOAD


@given(mood=st.integers(-3, 3), trust=st.integers(-5, 5))
def test_every_state_has_words_and_no_number(mood: int, trust: int) -> None:
    [found] = standing(OVERLOAD, SceneState(mood=mood, trust=trust))
    assert found.name == OVERLOAD.persona.name
    assert found.mood == MOODS[mood]
    assert not any(char.isdigit() for char in found.mood + found.trust)


@pytest.mark.parametrize(
    ("trust", "word"), [(-5, "shut"), (-1, "wary"), (0, "waiting_to_see"), (3, "trusting"), (5, "open")]
)
def test_trust_in_words(trust: int, word: str) -> None:
    assert standing(OVERLOAD, SceneState(trust=trust))[0].trust == word
