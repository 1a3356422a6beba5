"""Whether words come as they are written: only the persona is listened to while it speaks."""

from __future__ import annotations

from agents.conformance.bench import Bench, Probe, Reply, request, why
from agents.conformance.report import Finding, Outcome
from agents.conformance.wording import finding, sample

NAME = "streaming"
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_ENOUGH_MONTHS = 6
_LUMP_WORDS = 12  # a reply of so many words in fewer than three pieces was not streamed
_LUMP_FROM = 0.3  # seconds; what is there sooner comes in few pieces, because pieces of a moment are read together
_HELD_SHARE, _HELD_FROM = 0.8, 2.0  # share of the whole time before the first piece; seconds from which it matters


def is_lump(reply: Reply) -> bool:
    """Whether a reply of some length came all at once, or all but."""
    words = len(reply.text.split())
    largest = max((len(piece.split()) for _, piece in reply.pieces), default=0)
    return reply.seconds >= _LUMP_FROM and words >= _LUMP_WORDS and (len(reply.pieces) < 3 or largest > 0.8 * words)


def in_order(text: str) -> bool | None:
    """Whether the months stand in their order; None where too few are there to tell."""
    folded = text.lower()
    places = [folded.find(month) for month in MONTHS if month in folded]
    return places == sorted(places) if len(places) >= _ENOUGH_MONTHS else None


async def run(bench: Bench) -> Finding:
    """Ask for something long in a known order, and look at how it comes."""
    asked = request("Months")[-1][1]
    replies = [await bench.say("Months") for _ in range(_times(bench.thorough))]
    failed = [reply for reply in replies if reply.failure]
    lumps = [reply for reply in replies if not reply.failure and is_lump(reply)]
    samples = [
        sample(asked, reply.shown, f"{len(reply.pieces)} pieces" if reply in failed or reply in lumps else "")
        for reply in replies
    ]
    first = replies[0]
    if failed:
        outcome = Outcome.BAD if 2 * len(failed) >= len(replies) else Outcome.WEAK
        failure = why(failed[0].failure)
        return finding(NAME, outcome, "failed", samples, bad=len(failed), n=len(replies), failure=failure)
    if len(lumps) == len(replies):
        return finding(NAME, Outcome.BAD, "lump", samples, total=f"{first.seconds:.1f}")
    if lumps:
        return finding(NAME, Outcome.WEAK, "sometimes", samples, bad=len(lumps), n=len(replies))
    orders = [in_order(reply.text) for reply in replies]
    if False in orders:
        return finding(NAME, Outcome.BAD, "disorder", samples)
    began = first.pieces[0][0] if first.pieces else first.seconds
    told = {"pieces": len(first.pieces), "first": f"{began:.1f}", "total": f"{first.seconds:.1f}"}
    if first.seconds >= _HELD_FROM and began >= _HELD_SHARE * first.seconds:
        return finding(NAME, Outcome.WEAK, "held", samples, **told)
    if True not in orders:
        return finding(NAME, Outcome.WEAK, "unclear", samples, **told)
    rate = len(first.text.split()) / max(first.seconds - began, 0.01)
    return finding(NAME, Outcome.GOOD, "good", samples, rate=f"{rate:.0f}", **told)


def _times(thorough: bool) -> int:
    return 4 if thorough else 2


PROBE = Probe(NAME, ("persona",), lambda role, thorough: _times(thorough), run)
