"""Whether replies have the role's real form: at the first attempt, after a repair, or never."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel, ValidationError

from agents.alignment.reply import JudgeReply
from agents.author.reply import ScenarioReply
from agents.coach.reply import DebriefReply, HintReply
from agents.conformance.bench import Bench, Probe, Tried, why
from agents.conformance.probes import coached, drafts, judged
from agents.conformance.report import Finding, Outcome, Sample
from agents.conformance.wording import finding, sample, small
from agents.endpoints import Role
from agents.replies import find_object
from agents.structured import MAX_REPAIRS

NAME = "schema"
Asked = tuple[str, type[BaseModel], Tried]


def fits(raw: str, form: type[BaseModel]) -> bool:
    """Whether a raw reply has a form; properties that the form does not have are no matter."""
    found = find_object(raw)
    if found is None:
        return False
    try:
        form.model_validate(found)
    except ValidationError as error:
        return all(problem["type"] == "extra_forbidden" for problem in error.errors())
    return True


async def run(bench: Bench) -> Finding:
    """Ask in earnest, with small material. What the replies say is for later probes."""
    asked = await _ASKING[bench.role](bench)
    firsts = [bool(tried.raws) and fits(tried.raws[0], form) for _, form, tried in asked]
    ever = [any(fits(raw, form) for raw in tried.raws) for _, form, tried in asked]
    samples: list[Sample] = []
    for (what, _, tried), first, fitted in zip(asked, firsts, ever, strict=True):
        remark = "" if first else "after a repair" if fitted else why(tried.failure)
        samples.append(sample(what, tried.raws[0] if tried.raws else "", remark))
    number, bad = len(asked), ever.count(False)
    failure = next((why(tried.failure) for (_, _, tried), ok in zip(asked, ever, strict=True) if not ok), "")
    if bad == number:
        return finding(NAME, Outcome.BAD, "never", samples, n=number, attempts=MAX_REPAIRS + 1, failure=failure)
    if bad:
        outcome = Outcome.BAD if 2 * bad >= number else Outcome.WEAK
        return finding(NAME, outcome, "some", samples, bad=bad, n=number, failure=failure)
    if not all(firsts):
        at_once = firsts.count(True)
        return finding(NAME, Outcome.WEAK, "repaired", samples, first=at_once, later=number - at_once, n=number)
    return finding(NAME, Outcome.GOOD, "good", samples, n=number, small=small(number))


async def _of_the_judge(bench: Bench) -> list[Asked]:
    answers = [answer for number in range(2) for answer in _both(await judged.pair(bench, number))]
    return [(answer.asked, JudgeReply, answer.tried) for answer in answers]


def _both(pair: judged.AnsweredPair) -> tuple[judged.Answered, judged.Answered]:
    return pair.meets, pair.contradicts


async def _of_the_author(bench: Bench) -> list[Asked]:
    return [(each.asked, ScenarioReply, each.tried) for each in await drafts.drafts(bench)]


async def _of_the_coach(bench: Bench) -> list[Asked]:
    scenes = await coached.scenes(bench)
    nudge = await coached.hint(bench, coached.early(coached.texts().transcripts["listened"]))
    return [*((scene.asked, DebriefReply, scene.tried) for scene in scenes), (nudge.asked, HintReply, nudge.tried)]


_ASKING = {"alignment": _of_the_judge, "author": _of_the_author, "coach": _of_the_coach}
_CALLS: dict[Role, Callable[[bool], int]] = {
    "alignment": lambda thorough: 4,
    "author": drafts.drafts_asked,
    "coach": lambda thorough: 3,
}

PROBE = Probe(
    NAME, ("author", "alignment", "coach"), lambda role, thorough: _CALLS[role](thorough), run, needs=("reply",)
)
