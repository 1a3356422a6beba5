"""Whether its judgements make sense: sanity only. How well it judges is measured by the stress test and by people."""

from __future__ import annotations

from agents.conformance.bench import Bench, Probe
from agents.conformance.probes import judged
from agents.conformance.report import Finding, Outcome, Sample
from agents.conformance.wording import finding, sample

JUDGEMENT, STEADINESS = "judgement", "steadiness"


async def judgement(bench: Bench) -> Finding:
    """Clear pairs: the text that meets the criterion must stand above the one that contradicts it."""
    number = judged.pairs_asked(bench.thorough)
    pairs = [await judged.pair(bench, each) for each in range(number)]
    samples: list[Sample] = []
    for pair in pairs:
        replied = f"{_level(pair.meets)} / {_level(pair.contradicts)}"
        asked = f"{pair.meets.asked}\n/\n{pair.contradicts.asked.split(chr(10), 1)[1]}"
        samples.append(sample(asked, replied, "" if pair.in_order else "not in order"))
    right = sum(pair.in_order for pair in pairs)
    if right == number:
        return finding(JUDGEMENT, Outcome.GOOD, "good", samples, right=right, n=number)
    if 3 * right >= 2 * number:
        return finding(JUDGEMENT, Outcome.WEAK, "some", samples, right=right, n=number)
    return finding(JUDGEMENT, Outcome.BAD, "bad", samples, right=right, n=number)


async def steadiness(bench: Bench) -> Finding:
    """The same text again, its fields the other way round, and with filler: the level must stay."""
    text = judged.texts().pairs[0]
    first = await judged.ask(bench, text.criterion, text.meets)
    again = [
        (f"sample {number}", await judged.ask(bench, text.criterion, text.meets, number))
        for number in range(1, _again(bench.thorough) + 1)
    ]
    reversed_ = dict(reversed(text.meets.items()))
    padded = {**text.meets, "setting": f"{text.meets['setting']} {judged.texts().padding}"}
    again.append(("fields in another order", await judged.ask(bench, text.criterion, reversed_)))
    again.append(("filler added", await judged.ask(bench, text.criterion, padded)))
    level = _level(first)
    if first.judgement is None:
        return finding(STEADINESS, Outcome.BAD, "failed", [sample(first.asked, level)])
    left = [(how, answer) for how, answer in again if _level(answer) != level]
    samples = [
        sample(answer.asked, _level(answer), f"{how}: not {level}" if (how, answer) in left else "")
        for how, answer in again
    ]
    if not left:
        return finding(STEADINESS, Outcome.GOOD, "good", samples, n=len(again))
    outcome = Outcome.WEAK if 4 * len(left) <= len(again) else Outcome.BAD
    return finding(STEADINESS, outcome, "some", samples, bad=len(left), n=len(again))


def _level(answer: judged.Answered) -> str:
    if answer.judgement is None:
        return answer.tried.failure.detail if answer.tried.failure else ""
    return answer.judgement.level or "no level"


def _again(thorough: bool) -> int:
    return 4 if thorough else 2


PROBES = (
    # The first two pairs have been asked about by then; see `schema`.
    Probe(
        JUDGEMENT, ("alignment",), lambda role, thorough: 2 * judged.pairs_asked(thorough) - 4, judgement, ("schema",)
    ),
    Probe(STEADINESS, ("alignment",), lambda role, thorough: _again(thorough) + 2, steadiness, ("schema",)),
)
