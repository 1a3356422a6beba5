"""Whether it answers at all: the first question, and the only one where nobody does."""

from __future__ import annotations

from agents.conformance.bench import Bench, Probe, request, why
from agents.conformance.report import Finding, Outcome
from agents.conformance.wording import finding, sample
from agents.failures import ModelBroke, ModelNonsense, ModelStalled

NAME = "reply"
_HALF = (ModelNonsense, ModelStalled, ModelBroke)  # there is a server, and no reply to use


async def run(bench: Bench) -> Finding:
    """Ask for a short sentence; where somebody answers, and not in a usable way, ask once more."""
    asked = request("Hello")[-1][1]
    reply = await bench.say("Hello")
    if isinstance(reply.failure, _HALF):
        reply = await bench.say("Hello")
    samples = [sample(asked, reply.shown)]
    if isinstance(reply.failure, _HALF):
        return finding(NAME, Outcome.BAD, "unusable", samples, failure=why(reply.failure))
    if reply.failure:
        return finding(NAME, Outcome.BAD, "failed", samples, failure=why(reply.failure))
    return finding(NAME, Outcome.GOOD, "good", samples)


PROBE = Probe(NAME, ("author", "alignment", "persona", "coach"), lambda role, thorough: 1, run)
