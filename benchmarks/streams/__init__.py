"""One streamed turn through every path there is: a raw proxy, the openai SDK, stock LangGraph, and Conductor.

A scripted endpoint speaks replies that carry their own number, so that whoever listens can say which words were lost
on the way and which came twice.
"""

from __future__ import annotations

import random
from collections import Counter

FIRST_TOKEN, PER_TOKEN, TOKENS = 0.3, 0.005, 40  # seconds, seconds, pieces
STORED_TURNS = 9  # of every practice before it is measured: with the opening line and the new words, 20 messages
HISTORY = [
    (role, f"Line {number} of what was said before: the date has moved, and we talk about what that means for us.")
    for number in range(10)
    for role in ("assistant", "user")
]
SAID = (
    "What has this week been like for you?",
    "That sounds exhausting. How did you deal with it?",
    "Tell me more about what happened there.",
    "What would help you most right now?",
    "How do you see the next two weeks?",
)
_WHEN = ("Since Monday", "After the call", "Before lunch", "In the spring", "By the weekend", "On the second day")
_WHO = ("the warehouse", "my deputy", "the night crew", "our planner", "the driver", "the whole floor", "a colleague")
_DID = ("counted boxes", "waited outside", "rang three times", "moved the pallets", "asked around", "left early")
_HOW = ("without a word", "in the rain", "for an hour", "with good reason", "as usual", "by hand", "twice over")


def reply(number: int) -> list[str]:
    """The pieces of reply ``number``: always the same, never those of another, and the last one is the number."""
    # Conductor takes a reply that repeats itself again, which is right and would spoil the comparison.
    chosen = random.Random(number)
    words: list[str] = []
    while len(words) < TOKENS - 1:
        sentence = " ".join((*(chosen.choice(part) for part in (_WHEN, _WHO, _DID, _HOW)), "for order"))
        words += [*sentence.split(), f"{number}-{len(words)}."]
    return [f" {word}" for word in [*words[: TOKENS - 1], str(number)]]


def lost_or_doubled(heard: str) -> tuple[int, int]:
    """How many words of a reply never came, and how many came more often than they were said."""
    words = heard.split()
    if not words or not words[-1].isdigit():
        return TOKENS, 0
    said, came = Counter("".join(reply(int(words[-1]))).split()), Counter(words)
    return (said - came).total(), (came - said).total()
