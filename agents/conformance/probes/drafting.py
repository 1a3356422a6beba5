"""Whether it can write a scenario: the domain's own rules decide, and a draft must be about its brief."""

from __future__ import annotations

import re

from agents.conformance.bench import Bench, Probe
from agents.conformance.probes.drafts import Drafted, drafts
from agents.conformance.report import Finding, Outcome
from agents.conformance.wording import finding, sample, small
from agents.structured import MAX_REPAIRS
from evidence.fields import text_fields

NAME = "drafting"


async def run(bench: Bench) -> Finding:
    """Look at the drafts of the plain briefs."""
    given = await drafts(bench)
    missing = [each for each in given if each.draft is None]
    off = [each for each in given if each.draft is not None and not is_about(each)]
    later = [each for each in given if each.draft is not None and len(each.tried.raws) > 1]
    samples = [sample(each.asked, each.tried.said, _remark(each, each in off)) for each in given]
    told = {"n": len(given), "attempts": MAX_REPAIRS + 1}
    if missing:
        outcome = Outcome.BAD if 2 * len(missing) >= len(given) else Outcome.WEAK
        return finding(NAME, outcome, "some", samples, bad=len(missing), **told)
    if off:
        outcome = Outcome.BAD if 2 * len(off) >= len(given) else Outcome.WEAK
        return finding(NAME, outcome, "off", samples, bad=len(off), **told)
    if later:
        return finding(NAME, Outcome.WEAK, "repaired", samples, later=len(later), **told)
    return finding(NAME, Outcome.GOOD, "good", samples, small=small(len(given)), **told)


def is_about(drafted: Drafted) -> bool:
    """Whether a draft holds a word of what its brief is about."""
    assert drafted.draft is not None
    text = " ".join(text_fields(drafted.draft.scenario.content()).values()).lower()
    return any(re.search(rf"\b{re.escape(word)}", text) for word in drafted.brief.about)


def _remark(drafted: Drafted, off: bool) -> str:
    if drafted.tried.failure:
        return drafted.tried.failure.detail
    if off:
        return f"none of: {', '.join(drafted.brief.about)}"
    return f"{len(drafted.tried.raws)} attempts" if len(drafted.tried.raws) > 1 else ""


PROBE = Probe(NAME, ("author",), lambda role, thorough: 0, run, needs=("schema",))  # `schema` has asked for them
