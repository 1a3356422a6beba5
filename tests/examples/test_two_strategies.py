"""The whole chain by rules: a company's own drafts meet its criteria, and do not meet the other company's."""

from __future__ import annotations

import asyncio

import pytest

from agents.alignment import JudgeQuestion
from agents.alignment.offline import OfflineAlignment
from agents.author import ChangeRequest, DraftOrder
from agents.author.offline import OfflineAuthor
from evidence.fields import text_fields
from examples import COMPANIES, brief_names, document
from practice.brief import Brief
from practice.scenario import Scenario
from strategy.charter import Charter
from strategy.criteria import CriteriaSet, Criterion
from strategy.loading import load_charter, load_criteria, load_yaml
from strategy.scoring import change_requests, check_sample, verdict
from strategy.verdict import JudgeSample, Outcome, SampleStatus, Verdict

ROUNDS = 2


def strategy_of(company: str) -> tuple[Charter, CriteriaSet]:
    charter = load_charter(document(company, "charter.yaml"), "charter.yaml")
    return charter, load_criteria(document(company, "criteria.yaml"), "criteria.yaml", charter)


async def judge(scenario: Scenario, charter: Charter, criteria: CriteriaSet) -> Verdict:
    async def sample(criterion: Criterion) -> JudgeSample:
        fields = text_fields(scenario.content(), criterion.scope)
        clauses = tuple(clause for clause in charter.clauses if clause.id in criterion.clause_ids)
        said = await OfflineAlignment().judge(
            JudgeQuestion(criterion=criterion, clauses=clauses, fields=fields, language=scenario.language), 0
        )
        quotes = [(quote.quote, quote.field) for quote in said.quotes]
        status, evidence, note = check_sample(criterion, said.level, quotes, fields)
        return JudgeSample(
            criterion_id=criterion.id,
            number=0,
            status=status,
            level=said.level,
            evidence=evidence,
            change=said.change,
            note=note,
        )

    return verdict(criteria, [await sample(criterion) for criterion in criteria.criteria])


async def chain(company: str, other: str) -> tuple[list[Verdict], list[Verdict], list[Verdict]]:
    """Per brief: the last verdict on the company's own terms, the first draft's on the other's, a generic draft's."""
    own: list[Verdict] = []
    foreign: list[Verdict] = []
    generic: list[Verdict] = []
    author = OfflineAuthor()
    charter, criteria = strategy_of(company)
    for name in brief_names(company):
        brief = load_yaml(document(company, f"briefs/{name}"), name, Brief)
        scenario = (await author.draft(DraftOrder(brief=brief, charter=charter))).scenario
        foreign.append(await judge(scenario, *strategy_of(other)))
        ruling = await judge(scenario, charter, criteria)
        for _ in range(ROUNDS):
            if ruling.outcome is not Outcome.REVISE:
                break
            changes = tuple(
                ChangeRequest(by="alignment", text=text, criterion_id=which) for which, text in change_requests(ruling)
            )
            order = DraftOrder(brief=brief, charter=charter, previous=scenario, changes=changes)
            scenario = (await author.draft(order)).scenario
            ruling = await judge(scenario, charter, criteria)
        own.append(ruling)
        plain = (await author.draft(DraftOrder(brief=brief, charter=None))).scenario
        generic.append(await judge(plain, charter, criteria))
    return own, foreign, generic


@pytest.mark.parametrize(("company", "other"), [COMPANIES, COMPANIES[::-1]])
def test_own_drafts_come_out_aligned_and_others_do_not(company: str, other: str) -> None:
    own, foreign, generic = asyncio.run(chain(company, other))
    assert sum(ruling.outcome is Outcome.ALIGNED for ruling in own) >= 4
    for ruling in own:
        # The rest is a person's to settle, and it is little: never a failure of the machine, never an endless revision.
        assert ruling.outcome in (Outcome.ALIGNED, Outcome.REFER)
        assert sum(result.outcome is Outcome.REFER for result in ruling.results) <= 2
    assert not any(ruling.outcome is Outcome.ALIGNED for ruling in foreign)
    assert sum(bool(ruling.vetoes) for ruling in foreign) >= 4
    assert not any(ruling.outcome is Outcome.ALIGNED for ruling in generic)
    samples = [sample for ruling in own + foreign + generic for sample in ruling.samples]
    # Whatever the rules quote is there: no level is ever set aside for want of evidence.
    assert all(sample.status in (SampleStatus.VALID, SampleStatus.ABSTAINED) for sample in samples)
