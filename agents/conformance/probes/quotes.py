"""Whether quotes are real: code looks for every one in its text, and some texts hold nothing to quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.alignment import ClaimedQuote
from agents.conformance.bench import Bench, Probe, why
from agents.conformance.probes import coached, drafts, judged
from agents.conformance.report import Finding, Outcome, Sample
from agents.conformance.wording import finding, sample, small
from agents.replies import find_object
from evidence.locate import Match, locate

NAME = "quotes"
_MOST_FALSE = 0.1  # share of quotes; beyond it they are not worth having


@dataclass(frozen=True)
class Claims:
    """The quotes of one reply: how many there are, and those that do not stand in the text."""

    asked: str
    replied: str
    number: int
    false: tuple[str, ...]


def claims(asked: str, replied: str, quotes: Sequence[ClaimedQuote], texts: Sequence[str], *, needed: bool) -> Claims:
    """Look for quotes in texts; a quote that is needed and missing counts as one that is not there."""
    false = tuple(
        each.quote for each in quotes if all(locate(each.quote, text).status is Match.ABSENT for text in texts)
    )
    if needed and not quotes:
        return Claims(asked, replied, 1, ("no quote",))
    return Claims(asked, replied, len(quotes), false)


async def run(bench: Bench) -> Finding:
    """Check every quote that was given so far, and ask about texts with nothing to quote."""
    if bench.role == "author":
        return await _citations(bench)
    if bench.role == "coach":
        found, overclaimed, texts, failure = await _of_the_coach(bench)
    else:
        found, overclaimed, texts, failure = await _of_the_judge(bench)
    if not found:
        return finding(NAME, Outcome.BAD, "failed", overclaimed, failure=failure)
    samples = [*(sample(each.asked, each.replied, "; ".join(each.false)) for each in found), *overclaimed]
    number, bad = sum(each.number for each in found), sum(len(each.false) for each in found)
    if number == 0:
        return finding(NAME, Outcome.BAD, "none", samples)
    if bad:
        few = bad <= max(1, _MOST_FALSE * number) and bad < number
        return finding(
            NAME, Outcome.WEAK if few else Outcome.BAD, "some" if few else "many", samples, bad=bad, n=number
        )
    if overclaimed:
        silent = len(overclaimed)
        return finding(NAME, Outcome.WEAK, "overclaimed", samples, n=number, silent=silent, texts=texts)
    return finding(NAME, Outcome.GOOD, "good", samples, n=number, small=small(number))


async def _of_the_judge(bench: Bench) -> tuple[list[Claims], list[Sample], int, str]:
    pairs = [await judged.pair(bench, number) for number in range(judged.pairs_asked(bench.thorough))]
    silent = await judged.silent(bench)
    answers = [answer for pair in pairs for answer in (pair.meets, pair.contradicts)]
    found: list[Claims] = []
    for answer in [*answers, *silent]:
        if answer.judgement:
            level = answer.question.criterion.level(answer.judgement.level or "")
            needed = level is not None and level.needs_evidence
            texts = list(answer.question.fields.values())
            found.append(claims(answer.asked, answer.tried.said, answer.judgement.quotes, texts, needed=needed))
    overclaimed = [
        sample(each.asked, each.tried.said, "the text says nothing on this") for each in silent if (each.value or 0) > 0
    ]
    return found, overclaimed, len(silent), why(answers[0].tried.failure)


async def _of_the_coach(bench: Bench) -> tuple[list[Claims], list[Sample], int, str]:
    scenes = await coached.scenes(bench)
    silent = await coached.debrief(bench, coached.texts().silent)
    found: list[Claims] = []
    for scene in [*scenes, silent]:
        for claimed in scene.debrief.levels if scene.debrief else ():
            needed = claimed.level is not None
            found.append(claims(scene.asked, scene.tried.said, claimed.quotes, scene.said, needed=needed))
    over = any(value > 0 for value in silent.values().values())
    overclaimed = [sample(silent.asked, silent.tried.said, "the scene shows nothing of this")] if over else []
    return found, overclaimed, 1, why(scenes[0].tried.failure)


async def _citations(bench: Bench) -> Finding:
    """What the author cites at its first attempt, before code has sent anything back."""
    cited: list[tuple[str, str, list[str]]] = []
    number = 0
    for each in await drafts.drafts(bench):
        raw = each.tried.raws[0] if each.tried.raws else ""
        ids = _cited(raw)
        charter = each.order.charter
        known = charter.clause_ids if charter else frozenset()
        number += len(ids)
        cited.append((each.asked, raw, [clause for clause in ids if clause not in known]))
    samples = [sample(asked, raw, ", ".join(false)) for asked, raw, false in cited]
    bad = sum(len(false) for _, _, false in cited)
    if number == 0:
        return finding(NAME, Outcome.BAD, "none", samples)
    if bad:
        outcome = Outcome.WEAK if bad <= _MOST_FALSE * number else Outcome.BAD
        return finding(NAME, outcome, "citations_bad", samples, bad=bad, n=number)
    return finding(NAME, Outcome.GOOD, "citations", samples, n=number, small=small(number))


def _cited(raw: str) -> list[str]:
    objectives = (find_object(raw) or {}).get("objectives")
    listed = objectives if isinstance(objectives, list) else []
    cited = [each.get("clause_ids") for each in listed if isinstance(each, dict)]
    return [str(clause) for ids in cited if isinstance(ids, list) for clause in ids]


PROBE = Probe(
    NAME,
    ("author", "alignment", "coach"),
    lambda role, thorough: {"alignment": judged.silent_asked(thorough), "coach": 1}.get(role, 0),
    run,
    needs=("schema",),
)
