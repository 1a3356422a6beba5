"""Whether it stops where it is told to: at a number of tokens, and before a word."""

from __future__ import annotations

from agents import failures
from agents.conformance.bench import Bench, Probe, request, why
from agents.conformance.report import Finding, Outcome
from agents.conformance.wording import finding, sample

NAME = "limits"
_TOKENS = 24
_MOST_CHARS = 12 * _TOKENS  # more than so many characters are never 24 tokens of counting
_CHARS_PER_TOKEN = 4
_BEFORE, _WORD = "four", "seven"


async def run(bench: Bench) -> Finding:
    """Ask for far more than is allowed; then name a word to stop at."""
    short = bench.model.alike(max_tokens=_TOKENS)
    counted = await bench.say("Counting", model=short, whole=True)
    stopped = await bench.say("Stopping", whole=True, stop=[_WORD])
    samples = [
        sample(request("Counting")[-1][1], counted.shown),
        sample(request("Stopping")[-1][1], stopped.shown, "" if _is_stopped(stopped.text) else f'"{_WORD}" came'),
    ]
    cut = failures.cut_short(short.asked).detail
    if counted.failure is None:
        if len(counted.text) > _MOST_CHARS:
            said = len(counted.text) // _CHARS_PER_TOKEN
            return finding(NAME, Outcome.BAD, "ignored", samples, tokens=_TOKENS, said=said)
        return finding(NAME, Outcome.WEAK, "silent", samples)
    if counted.failure.detail != cut:
        return finding(NAME, Outcome.WEAK, "failed", samples, failure=why(counted.failure))
    if stopped.failure or not _is_stopped(stopped.text):
        return finding(NAME, Outcome.WEAK, "no_stop", samples)
    if _BEFORE not in stopped.text.lower():
        return finding(NAME, Outcome.WEAK, "unclear", samples)
    return finding(NAME, Outcome.GOOD, "good", samples)


def _is_stopped(text: str) -> bool:
    return _WORD not in text.lower()


PROBE = Probe(NAME, ("author", "alignment", "persona", "coach"), lambda role, thorough: 2, run, needs=("reply",))
