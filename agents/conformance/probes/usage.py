"""Whether it says what it cost; without that, costs are estimated from the texts."""

from __future__ import annotations

from agents.conformance.bench import Bench, Probe
from agents.conformance.report import Finding, Outcome
from agents.conformance.wording import finding

NAME = "usage"


async def run(bench: Bench) -> Finding:
    """Look back at all replies of this check."""
    done = [call for call in bench.model.tally.calls if call.outcome == "done"]
    told = sum(call.counted for call in done)
    if done and told == len(done):
        return finding(NAME, Outcome.GOOD, "good")
    if told:
        return finding(NAME, Outcome.WEAK, "some", told=told, n=len(done))
    return finding(NAME, Outcome.WEAK, "none")


PROBE = Probe(NAME, ("author", "alignment", "persona", "coach"), lambda role, thorough: 0, run, needs=("reply",))
