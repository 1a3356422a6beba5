from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.persona.reply import spoken


async def pieces(text: str, size: int) -> AsyncIterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


async def heard(text: str, size: int = 3, name: str = "Ines") -> str:
    return "".join([piece async for piece in spoken(pieces(text, size), name)])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Fine, then.", "Fine, then."),
        ("  Fine, then.", "Fine, then."),
        ("Ines: Fine, then.", "Fine, then."),
        ("**Ines:** Fine, then.", "Fine, then."),
        ("[Ines]: Fine, then.", "Fine, then."),
        ("ines : Fine.", "Fine."),
        ("Ines is my name. And yours: what?", "Ines is my name. And yours: what?"),
        ("Inessential: that is what it is.", "Inessential: that is what it is."),
        ("In a week: no.", "In a week: no."),
        ("<think>They ask about Ines: hm.</think>\n\nInes: Fine.", "Fine."),
        ("<think>a</think><think>b</think>Fine.", "Fine."),
        ("Fine. <think>No.</think> Ines: No.", "Fine. <think>No.</think> Ines: No."),
        ("<think>Never ends", "<think>Never ends"),
        ("<3 to you too.", "<3 to you too."),
        ("Well\x00, \x1bfine.", "Well, fine."),
        ("", ""),
        ("Ines:", ""),
    ],
)
async def test_only_speech_comes_through(text: str, said: str, size: int) -> None:
    assert await heard(text, size) == said


@given(st.text(alphabet="Ines: *[]<think>/\n.a", max_size=40), st.integers(1, 10))
async def test_how_it_is_cut_makes_no_difference(text: str, size: int) -> None:
    assert await heard(text, size) == await heard(text, 1000)


async def test_speech_is_not_held_back() -> None:
    given_so_far = 0

    async def slowly() -> AsyncIterator[str]:
        nonlocal given_so_far
        for piece in ("Well", ", this", " goes", " on"):
            given_so_far += 1
            yield piece

    async for _ in spoken(slowly(), "Ines"):
        break
    assert given_so_far == 1
