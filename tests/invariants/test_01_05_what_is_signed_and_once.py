"""Invariants 1 to 5: exactly which text is signed, and that a decision is one."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from approvals.checkpoint import Comment, DecisionKind, Edit
from approvals.people import Actor
from evidence.canonical import canonical_json, digest
from evidence.errors import ConductorError, Conflict, InvalidInput, NotSigned
from evidence.fields import text_fields, with_text
from evidence.ids import new_id
from graphs.answering import Once
from graphs.deciding import decide
from graphs.practising import begin
from practice.scenario import Scenario, Slot, Translation
from store import tables
from store.records import CheckpointRow
from store.unit_of_work import Store
from tests.company import SCENARIO, Company
from tests.conftest import open_store
from tests.desk import PLAYERS
from tests.invariants.present import canonical_digest
from tests.invariants.scene import Scene, touched, tries

KINDS = st.sampled_from(list(DecisionKind))
FULL = SCENARIO.model_copy(
    update={
        "slots": (Slot(key="day", values=("Friday", "Monday")),),
        "translations": (Translation(language="de", source_digest="0" * 64, texts={"setting": "Am Freitag."}),),
    }
)


@pytest.fixture
async def scene(store: Store, company: Company) -> Scene:
    return Scene(store, company)


class Quiet:
    """A desk that decides and brings nothing forward."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def decide(self, actor: Actor, checkpoint: CheckpointRow, kind: DecisionKind, **more: Any) -> CheckpointRow:
        seen = checkpoint.review_digest
        return await decide(self._store, actor, checkpoint.id, kind, seen=seen, players=PLAYERS, **more)


async def said(desk: Scene | Quiet, actor: Actor, checkpoint: CheckpointRow, kind: DecisionKind, **more: Any) -> str:
    """Decide with whatever the kind asks for; the status after it, or how it was refused."""
    extra: dict[str, Any] = {"reason": "It serves us."}
    if kind is DecisionKind.REQUEST_CHANGES:
        extra["comments"] = (Comment(field="setting", text="Warmer, please."),)
    if kind is DecisionKind.APPROVE_WITH_EDITS:
        extra["edits"] = (Edit(field="title", text=f"Edited {new_id()}"),)
    try:
        return (await desk.decide(actor, checkpoint, kind, **extra, **more)).status
    except ConductorError as error:
        return f"{error.status}: {error.detail}"


@tries(5)
@given(which=st.integers(0, 500))
async def test_invariant_01_learners_meet_only_what_has_a_live_approval_of_exactly_its_digest(
    scene: Scene, which: int
) -> None:
    """A version is visible to learners only with a live approval of exactly sha256(canonical JSON of the content).
    Content includes hidden persona state, covers, rubric, variation slots, short versions and translations.
    """
    checkpoint = await scene.waiting()
    version, learner = checkpoint.subject_id, scene.company.amir
    assert version not in await scene.signed()
    with pytest.raises(NotSigned):
        await begin(scene.store, learner, version)
    await scene.decide(scene.company.jonas, checkpoint)
    assert version in await scene.signed()
    await begin(scene.store, learner, version)
    async with scene.store.read() as work:
        stored = await work.design.version(version)
    assert stored.digest == (await scene.sign_off(checkpoint)).digest == canonical_digest(json.loads(stored.content))
    other = another_scenario(json.loads(stored.content), which)
    for values in ({"content": canonical_json(other).decode()}, {"digest": digest(other)}):
        async with scene.store.database.transaction(writing=True) as connection:
            await connection.execute(
                update(tables.scenario_versions).where(tables.scenario_versions.c.id == version).values(**values)
            )
        with pytest.raises(NotSigned):
            await begin(scene.store, learner, version)
    assert version not in await scene.signed()


def another_scenario(content: dict[str, Any], which: int) -> dict[str, Any]:
    """A scenario that differs in one leaf."""
    for leaf in range(which, which + 1000):
        _, other = touched(content, leaf)
        try:
            if Scenario.model_validate(other).digest() == digest(other) != digest(content):
                return dict(other)
        except ValueError:
            continue
    raise AssertionError("no leaf can be changed")


@tries(60)
@given(which=st.integers(0, 2000))
def test_invariant_01_the_digest_covers_every_leaf_of_the_content(which: int) -> None:
    """Content includes hidden persona state, covers, rubric, variation slots, short versions and translations."""
    before = FULL.content()
    path, after = touched(before, which)
    assert digest(after) != digest(before), path
    assert canonical_digest(before) == FULL.digest()
    fields = text_fields(before)
    for part in ("cover", "fact", "anchor", "slots[0].values", "short_version", "translations[0].texts", "voiced"):
        assert any(part in field for field in fields), part


@tries(6)
@given(which=st.integers(0, 500), tail=st.text(min_size=1, max_size=12))
async def test_invariant_02_any_changed_byte_is_a_new_digest_without_approvals(
    scene: Scene, which: int, tail: str
) -> None:
    """Any change of a byte is a new digest without approvals."""
    checkpoint, signed = await scene.signed_one()
    async with scene.store.read() as work:
        run, stored = await work.design.run(checkpoint.run_id), await work.design.version(checkpoint.subject_id)
    content = json.loads(stored.content)
    fields = sorted(text_fields(content))
    changed = with_text(content, fields[which % len(fields)], content["title"] + tail)
    async with scene.store.write() as work:
        other = await work.design.add_version(
            run, changed, title="Another", notes="", unmet=(), provenance={"player": "person"}
        )
        same = await work.design.add_version(
            run, content, title="The same words", notes="", unmet=(), provenance={"player": "person"}
        )
    assert other.digest != stored.digest == same.digest == signed.digest
    listed = await scene.signed()
    assert {other.id, same.id}.isdisjoint(listed), "not even the same words are signed as another version"
    with pytest.raises(NotSigned):
        await begin(scene.store, scene.company.amir, other.id)


@tries(5)
@given(kinds=st.lists(KINDS, min_size=2, max_size=5))
async def test_invariant_03_a_checkpoint_reaches_one_terminal_decision_ever(
    scene: Scene, kinds: list[DecisionKind]
) -> None:
    """A checkpoint reaches one terminal decision, ever (a partial unique index says so too)."""
    checkpoint = await scene.waiting(scene.company.sofia.model_copy(update={"roles": scene.company.maria.roles}))
    ended = ""
    for number, kind in enumerate(kinds):
        actor = (scene.company.maria, scene.company.jonas)[number % 2]
        answer = await said(scene, actor, checkpoint, kind)
        ended = ended or answer
        assert number == 0 or (answer.startswith("409: ") and "has already decided here" in answer)
        assert (await scene.at(checkpoint.id)).status == ended
    async with scene.store.read() as work:
        decisions = await work.approvals.decisions(checkpoint.id)
    assert [each.terminal for each in decisions] == [True]
    with pytest.raises(IntegrityError):
        async with scene.store.database.engine.begin() as connection:
            again = decisions[0].model_dump() | {"id": new_id()}
            await connection.execute(insert(tables.decisions).values(**again))


@tries(5)
@given(kinds=st.lists(KINDS, min_size=2, max_size=4), apart=st.booleans())
async def test_invariant_04_of_two_who_decide_at_once_one_loses_and_hears_who_won(
    scene: Scene, kinds: list[DecisionKind], apart: bool
) -> None:
    """The loser of two concurrent decisions gets 409, the winner's name, and has no effect."""
    company = scene.company
    people = [company.maria, company.jonas, company.ravi, company.sofia]
    people = [person.model_copy(update={"roles": company.maria.roles}) for person in people]
    checkpoint = await scene.waiting(company.boss.model_copy(update={"roles": company.maria.roles}))
    before = await scene.rows()
    other = open_store(scene.store.database.address) if apart else scene.store  # a process of its own has its own store
    desks = [Quiet(scene.store), Quiet(other)]
    answers = await asyncio.gather(
        *(said(desks[number % 2], people[number], checkpoint, kind) for number, kind in enumerate(kinds))
    )
    if apart:
        await other.close()
    winners = [number for number, answer in enumerate(answers) if not answer.startswith("4")]
    assert len(winners) == 1, answers
    names = ["Maria", "Jonas", "Ravi", "Sofia"]
    for number, answer in enumerate(answers):
        if number != winners[0]:
            assert answer.startswith(f"409: {names[winners[0]]} has already decided here")
    after = await scene.rows()
    assert after["decisions"] - before["decisions"] == 1
    assert after["audit"] - before["audit"] == 1
    assert (await scene.at(checkpoint.id)).status == answers[winners[0]]
    async with scene.store.read() as work:
        [decision] = await work.approvals.decisions(checkpoint.id)
    assert decision.person_id == people[winners[0]].person_id


@tries(5)
@given(kind=KINDS, times=st.integers(2, 4), at_once=st.booleans(), other=st.booleans())
async def test_invariant_05_the_same_key_and_body_is_answered_alike_and_another_body_refused(
    scene: Scene, kind: DecisionKind, times: int, at_once: bool, other: bool
) -> None:
    """Same idempotency key and body: the same answer. Same key, other body: 422."""
    checkpoint = await scene.waiting(scene.company.maria)
    jonas = scene.company.jonas
    before = await scene.rows()
    once = Once(person_id=jonas.person_id, key=new_id(), request_digest="a" * 64)
    body: dict[str, Any] = {"once": once}
    quiet = Quiet(scene.store)
    if at_once:
        answers = await asyncio.gather(*(said(quiet, jonas, checkpoint, kind, **body) for _ in range(times)))
    else:
        answers = [await said(quiet, jonas, checkpoint, kind, **body) for _ in range(times)]
    assert len(set(answers)) == 1
    assert not answers[0].startswith("4")
    after = await scene.rows()
    assert after["decisions"] - before["decisions"] == 1
    assert after["answered_requests"] - before["answered_requests"] == 1
    if other:
        changed = Once(person_id=jonas.person_id, key=once.key, request_digest="b" * 64)
        with pytest.raises(InvalidInput, match="another request"):
            await quiet.decide(jonas, checkpoint, kind, reason="another", once=changed)
        assert await scene.rows() == after
    somebody_else = Once(person_id=scene.company.maria.person_id, key=once.key, request_digest="a" * 64)
    with pytest.raises(Conflict, match="Jonas has already decided"):
        await quiet.decide(scene.company.maria, checkpoint, DecisionKind.REJECT, once=somebody_else)


async def test_invariant_05_a_key_that_is_taken_by_a_failure_is_free_again(scene: Scene) -> None:
    """Same idempotency key and body: the same answer; what was refused had no effect and keeps no answer."""
    checkpoint = await scene.waiting(scene.company.maria)
    once = Once(person_id=scene.company.jonas.person_id, key="k", request_digest="a" * 64)
    before = await scene.rows()
    for _ in range(2):
        with pytest.raises(Conflict):
            await scene.decide(scene.company.jonas, checkpoint, seen="0" * 64, once=once)
    assert await scene.rows() == before
    assert (await scene.decide(scene.company.jonas, checkpoint, once=once)).status == "approved"
