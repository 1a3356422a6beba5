from __future__ import annotations

import asyncio
from typing import Any

import pytest

from approvals.checkpoint import Comment, DecisionKind
from evidence.errors import Conflict, InvalidInput, ModelFailed, NotAllowed
from graphs.commissioning import order, retry
from graphs.deciding import decide
from graphs.reviewing import review, waiting
from graphs.settling import settle_criterion
from practice.brief import Brief
from store.unit_of_work import Store
from tests.company import BRIEF, Company, ScriptedAuthor, ScriptedJudge, ensemble
from tests.graphs.conftest import Playing, Settled

ENGLISH = frozenset({"en"})


async def ordered(store: Store, company: Company) -> str:
    return await order(store, company.maria, company.programme_id, BRIEF, languages=ENGLISH)


async def test_a_brief_becomes_a_checkpoint_and_a_sign_off(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    async with playing(ensemble()):
        run = await settled(await ordered(store, company))
        assert run.stage == "awaiting"
        [checkpoint] = await waiting(store, company.maria)
        seen = await review(store, company.maria, checkpoint.id)
        assert seen.verdict is not None
        assert seen.verdict["outcome"] == "aligned"
        assert seen.verdict["score"] == 1.0
        assert {criterion.criterion_id for criterion in seen.criteria} == {"asks", "plainness"}
        assert all(not quote.struck for criterion in seen.criteria for quote in criterion.quotes)
        done = await decide(
            store, company.maria, checkpoint.id, DecisionKind.APPROVE, seen=seen.review_digest, players={"persona": "x"}
        )
        assert done.status == "approved"
        async with store.read() as work:
            assert (await work.design.run(run.id)).stage == "published"
            [signed] = await work.approvals.signed_scenarios()
            assert signed.digest == checkpoint.digest
            events = [event.event for event in await work.design.events(run.id)]
        assert events[0] == "ordered"
        assert {"drafted", "judged", "scored", "waits for a person", "approve"} <= set(events)


async def test_a_weak_draft_is_sent_back_until_the_budget_is_spent(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    judge = ScriptedJudge(levels={"asks": ["absent", "absent", "absent", "absent", "absent"]})
    author = ScriptedAuthor()
    async with playing(ensemble(author=author, judge=judge)):
        run = await settled(await ordered(store, company))
        assert run.stage == "awaiting"
        assert run.rounds == 2
        assert len(author.orders) == 3
        assert [change.criterion_id for change in author.orders[1].changes] == ["asks"]
        [checkpoint] = await waiting(store, company.maria)
        seen = await review(store, company.maria, checkpoint.id)
        assert seen.verdict is not None
        assert seen.verdict["outcome"] == "revise"
        assert seen.previous_number == 2
        assert {each.field for each in seen.differences} == {"setting"}


async def test_a_draft_that_improves_stops_early(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    author = ScriptedAuthor()
    async with playing(ensemble(author=author, judge=ScriptedJudge(levels={"asks": ["absent", "practised"]}))):
        run = await settled(await ordered(store, company))
        assert (run.stage, run.rounds, len(author.orders)) == ("awaiting", 1, 2)


async def test_changes_go_back_to_the_author_with_the_comments(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    author = ScriptedAuthor()
    async with playing(ensemble(author=author)):
        run = await settled(await ordered(store, company))
        [first] = await waiting(store, company.jonas)
        comment = Comment(field="setting", quote="Friday, half past two", text="Make it Monday morning.")
        await decide(
            store,
            company.jonas,
            first.id,
            DecisionKind.REQUEST_CHANGES,
            seen=first.review_digest,
            comments=[comment],
            players={},
        )
        for _ in range(200):
            found = await waiting(store, company.jonas)
            if found and found[0].id != first.id:
                break
            await asyncio.sleep(0.05)
        [second] = found
        assert second.digest != first.digest
        assert author.orders[-1].changes[0].by == "designer"
        assert author.orders[-1].changes[0].quote == "Friday, half past two"
        done = await decide(store, company.jonas, second.id, DecisionKind.REJECT, seen=second.review_digest, players={})
        assert done.status == "rejected"
        assert (await settled(run.id)).stage == "rejected"
        async with store.read() as work:
            assert await work.approvals.signed_scenarios() == []


async def test_an_invented_quote_counts_for_nothing(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    judge = ScriptedJudge(quote="These words were never written.")
    async with playing(ensemble(judge=judge)):
        await settled(await ordered(store, company))
        [checkpoint] = await waiting(store, company.maria)
        seen = await review(store, company.maria, checkpoint.id)
        assert seen.verdict is not None
        assert seen.verdict["outcome"] == "refer"
        assert seen.verdict["score"] is None
        assert all(quote.struck for criterion in seen.criteria for quote in criterion.quotes)
        with pytest.raises(Conflict, match="referred"):
            await decide(store, company.maria, checkpoint.id, DecisionKind.APPROVE, seen=seen.review_digest, players={})


async def test_a_person_settles_what_the_judge_referred(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    async with playing(ensemble(judge=ScriptedJudge(levels={"asks": [None]}))):
        run = await settled(await ordered(store, company))
        [checkpoint] = await waiting(store, company.maria)
        settle: dict[str, Any] = {"level": "practised", "reason": "The goal says it.", "seen": checkpoint.review_digest}
        with pytest.raises(InvalidInput, match="quote"):
            await settle_criterion(store, company.maria, checkpoint.id, "asks", quote="not there", **settle)
        quote = "Ask what is behind the delay"
        after = await settle_criterion(store, company.maria, checkpoint.id, "asks", quote=quote, **settle)
        assert after.review_digest != checkpoint.review_digest
        with pytest.raises(Conflict, match="not what waits"):
            await decide(
                store, company.maria, checkpoint.id, DecisionKind.APPROVE, seen=checkpoint.review_digest, players={}
            )
        await decide(store, company.maria, checkpoint.id, DecisionKind.APPROVE, seen=after.review_digest, players={})
        assert (await settled(run.id)).stage == "published"


async def test_approving_against_the_verdict_takes_a_reason_and_two_people(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    async with playing(ensemble(judge=ScriptedJudge(levels={"asks": ["absent"]}))):
        run = await settled(await ordered(store, company))
        [checkpoint] = await waiting(store, company.maria)
        approve: dict[str, Any] = {"seen": checkpoint.review_digest, "players": {}}
        with pytest.raises(InvalidInput, match="reason"):
            await decide(store, company.maria, checkpoint.id, DecisionKind.APPROVE, **approve)
        first = await decide(
            store, company.maria, checkpoint.id, DecisionKind.APPROVE, reason="We need it on Monday.", **approve
        )
        assert first.status == "pending"
        with pytest.raises(Conflict, match="already decided"):
            await decide(store, company.maria, checkpoint.id, DecisionKind.APPROVE, reason="Once more.", **approve)
        second = await decide(store, company.jonas, checkpoint.id, DecisionKind.APPROVE, reason="I agree.", **approve)
        assert second.status == "approved"
        assert (await settled(run.id)).stage == "published"


async def test_one_of_many_racing_deciders_wins_and_the_others_hear_who(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    async with playing(ensemble()):
        await settled(await ordered(store, company))
        [checkpoint] = await waiting(store, company.maria)

        async def attempt(number: int) -> str:
            actor = company.maria if number % 2 else company.jonas
            kind = DecisionKind.APPROVE if number % 3 else DecisionKind.REJECT
            try:
                await decide(store, actor, checkpoint.id, kind, seen=checkpoint.review_digest, players={})
            except Conflict as conflict:
                assert conflict.extra["winner"] in {"Maria", "Jonas"}
                return "lost"
            return "won"

        outcomes = await asyncio.gather(*(attempt(number) for number in range(12)))
        assert outcomes.count("won") == 1
        async with store.read() as work:
            assert len(await work.approvals.decisions(checkpoint.id)) == 1
            rows = [row for row in await work.approvals.audit_rows() if row.subject == f"checkpoint/{checkpoint.id}"]
        assert [row.action in {"approve", "reject"} for row in rows].count(True) == 1


@pytest.mark.parametrize("who", ["amir", "sofia", "boss"])
async def test_only_a_designer_decides_on_a_scenario(
    store: Store, company: Company, playing: Playing, settled: Settled, who: str
) -> None:
    async with playing(ensemble()):
        await settled(await ordered(store, company))
        [checkpoint] = await waiting(store, company.maria)
        with pytest.raises(NotAllowed):
            await decide(
                store,
                getattr(company, who),
                checkpoint.id,
                DecisionKind.APPROVE,
                seen=checkpoint.review_digest,
                players={},
            )
        token = company.maria.model_copy(update={"by_token": True})
        with pytest.raises(NotAllowed, match="token"):
            await decide(store, token, checkpoint.id, DecisionKind.APPROVE, seen=checkpoint.review_digest, players={})
        async with store.read() as work:
            assert await work.approvals.decisions(checkpoint.id) == []


async def test_nobody_approves_text_they_wrote(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    async with playing(ensemble()):
        await settled(await ordered(store, company))
        [checkpoint] = await waiting(store, company.maria)
        async with store.write() as work:
            from sqlalchemy import insert

            from store import tables

            values = {"version_id": checkpoint.subject_id, "person_id": company.jonas.person_id}
            await work._connection.execute(insert(tables.version_authors).values(**values))
        with pytest.raises(NotAllowed, match="wrote text"):
            await decide(
                store, company.jonas, checkpoint.id, DecisionKind.APPROVE, seen=checkpoint.review_digest, players={}
            )


async def test_a_judge_that_fails_stops_the_work_and_it_can_be_tried_again(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    judge = ScriptedJudge(error=ModelFailed("The endpoint is down.", todo="Start it."))
    async with playing(ensemble(judge=judge)):
        run = await settled(await ordered(store, company))
        assert run.stage == "errored"
        assert run.error is not None
        assert "endpoint is down" in run.error["detail"]
        assert await waiting(store, company.maria) == []
        judge.error = None
        await retry(store, company.maria, run.id)
        assert (await settled(run.id)).stage == "awaiting"
        with pytest.raises(Conflict):
            await retry(store, company.maria, run.id)


async def test_the_same_question_is_not_asked_twice(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    judge = ScriptedJudge()
    async with playing(ensemble(judge=judge)):
        await settled(await ordered(store, company))
        asked = len(judge.asked)
        await settled(await ordered(store, company))
        assert len(judge.asked) == asked == 2


async def test_a_brief_in_a_language_that_is_not_offered_changes_nothing(store: Store, company: Company) -> None:
    brief = Brief.model_validate(BRIEF.model_dump() | {"language": "fr"})
    with pytest.raises(InvalidInput, match="not offered"):
        await order(store, company.maria, company.programme_id, brief, languages=ENGLISH)
    async with store.read() as work:
        assert await work.design.runs() == []


async def test_what_the_author_can_mend_is_mended_before_a_person_settles_the_rest(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    judge = ScriptedJudge(levels={"asks": ["absent", "practised"], "plainness": [None]})
    author = ScriptedAuthor()
    async with playing(ensemble(author=author, judge=judge)):
        run = await settled(await ordered(store, company))
        assert (run.stage, run.rounds, len(author.orders)) == ("awaiting", 1, 2)
        [checkpoint] = await waiting(store, company.maria)
        seen = await review(store, company.maria, checkpoint.id)
        assert {c.criterion_id: c.outcome for c in seen.criteria} == {"asks": "aligned", "plainness": "refer"}
