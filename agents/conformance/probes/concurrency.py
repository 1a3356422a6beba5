"""Whether several people can use it at once: every reply must come, and come to whoever asked for it."""

from __future__ import annotations

import asyncio
import re
import time

from agents.conformance import material
from agents.conformance.bench import Bench, Probe, Reply, request, why
from agents.conformance.report import Finding, Outcome
from agents.conformance.wording import finding, sample, small

NAME = "concurrency"


async def run(bench: Bench) -> Finding:
    """Ask for one word alone, then for different words at the same time."""
    at_once = min(bench.model.settings.concurrency, _most(bench.thorough))
    if at_once == 1:
        return finding(NAME, Outcome.GOOD, "one")
    words = material.words()[:at_once]
    alone = await bench.say("Word", {"word": words[0]})
    began = time.monotonic()
    replies = await _all_at_once(bench, words)
    together = time.monotonic() - began
    mixed = [is_mixed_up(word, reply, words) for word, reply in zip(words, replies, strict=True)]
    beside = [not reply.failure and not says(word, reply) for word, reply in zip(words, replies, strict=True)]
    failed = [reply for reply in replies if reply.failure]
    samples = [
        sample(
            request("Word", {"word": word})[-1][1],
            reply.shown,
            "somebody else's word" if wrong else "failed" if reply.failure else "",
        )
        for word, reply, wrong in zip(words, replies, mixed, strict=True)
    ]
    if any(mixed):
        return finding(NAME, Outcome.BAD, "mixed", samples, bad=sum(mixed), n=at_once)
    if failed:
        outcome = Outcome.BAD if 4 * len(failed) >= at_once else Outcome.WEAK
        return finding(NAME, outcome, "failed", samples, bad=len(failed), n=at_once, failure=why(failed[0].failure))
    if 2 * sum(beside) > at_once:
        return finding(NAME, Outcome.WEAK, "beside", samples, bad=sum(beside), n=at_once)
    told = {"alone": f"{alone.seconds:.1f}", "times": f"{together / max(alone.seconds, 0.001):.1f}"}
    return finding(NAME, Outcome.GOOD, "good", samples, n=at_once, small=small(at_once), **told)


async def _all_at_once(bench: Bench, words: tuple[str, ...]) -> list[Reply]:
    """Every reply; none is left running when one is given up."""
    asked = [bench.say("Word", {"word": word}) for word in words]
    replies: list[Reply] = []
    for came in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(came, BaseException):
            raise came
        replies.append(came)
    return replies


def says(word: str, reply: Reply) -> bool:
    """Whether a reply holds a word."""
    return re.search(rf"\b{word}\b", reply.text.lower()) is not None


def is_mixed_up(word: str, reply: Reply, words: tuple[str, ...]) -> bool:
    """Whether a reply holds somebody else's word and not its own."""
    return not says(word, reply) and any(says(other, reply) for other in words if other != word)


def _most(thorough: bool) -> int:
    return 16 if thorough else 8


PROBE = Probe(
    NAME,
    ("author", "alignment", "persona", "coach"),
    lambda role, thorough: 1 + _most(thorough),
    run,
    needs=("reply",),
)
