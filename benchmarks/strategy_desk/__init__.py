"""What the strategy desk costs: trying other weights on everything decided, judging, and what is never asked twice."""

from __future__ import annotations

SIZES = (100, 1_000, 10_000, 100_000)  # verdicts in the history
CRITERIA = 12
NUMBERS = (1, 2, 4, 8, 12)  # criteria judged at once
REPLY = 0.4  # seconds that the scripted model takes for a reply
