"""Whether it reads everything it is sent: facts in a text as long as the role really sends it."""

from __future__ import annotations

import re

from agents.conformance import material
from agents.conformance.bench import Bench, Probe, Reply, why
from agents.conformance.material import Fact
from agents.conformance.report import Finding, Outcome
from agents.conformance.wording import finding, sample, small
from agents.endpoints import Role
from agents.failures import ModelRefused

NAME = "long_input"
SIZES: dict[Role, int] = {"author": 40_000, "alignment": 40_000, "coach": 20_000, "persona": 14_000}  # characters
# Longer than most servers read. Only in a thorough check: it may have to be paid for. The persona's input is bounded.
_OVERLONG: dict[Role, int] = {"author": 640_000, "alignment": 640_000, "coach": 640_000}
_CHARS_PER_TOKEN = 4
_PLACES = 3


async def run(bench: Bench) -> Finding:
    """Ask for what stands early, in the middle and late."""
    facts = material.log().facts
    rounds = [facts[:_PLACES], facts[_PLACES:]] if bench.thorough else [facts[:_PLACES]]
    size = SIZES[bench.role]
    asked: list[tuple[int, Fact, Reply]] = []
    for hidden in rounds:
        log = material.log().text(size, hidden)
        asked += [
            (place, fact, await bench.say("Reading", {"log": log, "question": fact.question}))
            for place, fact in enumerate(hidden)
        ]
    samples = [sample(fact.question, reply.shown, "" if knows(fact, reply) else fact.text) for _, fact, reply in asked]
    found = [knows(fact, reply) for _, fact, reply in asked]
    told = {"tokens": f"{size // _CHARS_PER_TOKEN:,}", "found": sum(found), "n": len(found)}
    refused = next((reply.failure for _, _, reply in asked if isinstance(reply.failure, ModelRefused)), None)
    if refused:
        return finding(NAME, Outcome.BAD, "refused", samples, failure=why(refused), **told)
    if all(reply.failure for _, _, reply in asked):
        return finding(NAME, Outcome.BAD, "failed", samples, failure=why(asked[0][2].failure))
    by_place = [[ok for (at, _, _), ok in zip(asked, found, strict=True) if at == place] for place in range(_PLACES)]
    if not any(by_place[0]) and all(by_place[1]) and all(by_place[2]):
        return finding(NAME, Outcome.BAD, "beginning", samples, **told)
    if not all(found):
        missing = ", ".join(fact.question for (_, fact, _), ok in zip(asked, found, strict=True) if not ok)
        outcome = Outcome.WEAK if 3 * sum(found) >= 2 * len(found) else Outcome.BAD
        return finding(NAME, outcome, "some", samples, missing=missing, **told)
    longest = _OVERLONG.get(bench.role) if bench.thorough else None
    if longest and not await _fails_openly(bench, facts[0], longest):
        return finding(NAME, Outcome.WEAK, "overlong", samples, **told)
    return finding(NAME, Outcome.GOOD, "good", samples, small=small(len(found)), **told)


def knows(fact: Fact, reply: Reply) -> bool:
    """Whether a reply holds the fact."""
    said = reply.text.lower().replace("’", "'")
    return any(re.search(rf"\b{re.escape(word)}\b", said) for word in fact.answer)


async def _fails_openly(bench: Bench, fact: Fact, size: int) -> bool:
    """Whether a text that is too long is read after all, or refused in so many words, rather than cut in silence."""
    log = material.log().text(size, (fact,))
    reply = await bench.say("Reading", {"log": log, "question": fact.question})
    return reply.failure is not None or knows(fact, reply)


PROBE = Probe(
    NAME,
    ("author", "alignment", "persona", "coach"),
    lambda role, thorough: 2 * _PLACES + (role in _OVERLONG) if thorough else _PLACES,
    run,
    needs=("reply",),
)
