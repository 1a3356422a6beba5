"""Invariants 12, 13, 16, 17 and 18: what is recorded, all of it or nothing, and what can be shown to others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from approvals.audit import GENESIS, examine, first_break, row_hash
from approvals.checkpoint import Comment, DecisionKind, Edit
from approvals.passport import verify
from evidence.errors import InvalidInput, NotSigned
from evidence.ids import new_id
from graphs.batching import review_again
from graphs.claiming import claim
from graphs.commissioning import order, retry
from graphs.deciding import decide
from graphs.governing import Rules, set_rules
from graphs.passports import passport_of
from graphs.practising import begin
from graphs.proposing import accept, propose
from graphs.replaying import compare
from graphs.revoking import note_changes, revoke
from graphs.scenes import shown
from graphs.sealing import chain_of, seal_head
from graphs.settling import settle_criterion
from practice.brief import Brief
from store.outbox import Outbox
from store.repositories.approvals import Approvals
from store.repositories.design import Design
from store.unit_of_work import Store
from tests.company import CRITERIA, Company
from tests.conftest import open_store
from tests.desk import PLAYERS
from tests.graphs.signing import signing_key
from tests.invariants.acts import QUOTE
from tests.invariants.house import ALIGNED, UNSURE, MarkedJudge, brief
from tests.invariants.scene import MARKS, Scene, held_back, holding, touched, tries

KEY = signing_key()


@pytest.fixture
async def scene(store: Store, company: Company) -> Scene:
    return Scene(store, company)


class BrokenOff(Exception):
    """The power went."""


async def everything(scene: Scene) -> dict[str, int]:
    """Rows of every table, and jobs in the queue."""
    jobs = "workflow_status" if scene.store.database.is_sqlite else "dbos.workflow_status"
    async with scene.store.database.transaction(writing=False) as connection:
        queued = (await connection.execute(text(f"SELECT count(*) FROM {jobs}"))).scalar_one()
    return {**await scene.rows(), "jobs": int(queued)}


BESIDE = ("order", "propose", "accept", "again")
ACTS = ("approve", "approve_with_edits", "request_changes", "reject", "withdraw", "revoke", "settle", "claim", *BESIDE)
STEPS: tuple[tuple[type, str], ...] = (
    (Approvals, "change"),
    (Approvals, "add_decision"),
    (Approvals, "sign_off"),
    (Approvals, "audit"),
    (Approvals, "revoke"),
    (Design, "trace"),
    (Design, "redirect"),
    (Outbox, "enqueue"),
)


async def act_of(scene: Scene, what: str) -> Callable[[], Awaitable[Any]]:
    """Something that one person can do once, made ready."""
    company, store = scene.company, scene.store
    if what in set(DecisionKind):
        at = await scene.waiting(company.maria)
        extra: dict[str, Any] = {"reason": "It serves us.", "seen": at.review_digest, "players": PLAYERS}
        if what == "request_changes":
            extra["comments"] = (Comment(field="setting", text="Warmer, please."),)
        if what == "approve_with_edits":
            extra["edits"] = (Edit(field="title", text=f"Edited {new_id()}"),)
        return lambda: decide(store, company.jonas, at.id, DecisionKind(what), **extra)
    if what in ("revoke", "again"):
        checkpoint, signed = await scene.signed_one()
        if what == "again":
            return lambda: review_again(store, company.maria, [checkpoint.run_id])
        return lambda: revoke(store, company.maria, signed.id, reason="It is public now.")
    if what == "settle":
        at = await scene.waiting(company.maria, ALIGNED | {"asks": UNSURE})
        said: dict[str, Any] = {"level": "named", "quote": QUOTE, "reason": "I read it so.", "seen": at.review_digest}
        return lambda: settle_criterion(store, company.jonas, at.id, "asks", **said)
    if what == "claim":
        at = await scene.waiting(company.maria)
        return lambda: claim(store, company.jonas, at.id)
    if what == "order":
        wanted = Brief.model_validate(brief(ALIGNED, 1))
        languages = frozenset({"en"})
        return lambda: order(store, company.maria, company.programme_id, wanted, languages=languages)
    document = CRITERIA.model_copy(update={"title": new_id()})
    if what == "propose":
        return lambda: propose(store, company.sofia, company.programme_id, document, reason="It is time.")
    version = await propose(store, company.sofia, company.programme_id, document, reason="It is time.")
    return lambda: accept(store, company.ravi, version.id)


@tries(16)
@given(what=st.sampled_from(ACTS), step=st.sampled_from(STEPS), after=st.booleans())
async def test_invariant_12_an_act_commits_whole_or_not_at_all(
    scene: Scene, what: str, step: tuple[type, str], after: bool
) -> None:
    """Decision, audit row and the enqueued job commit together or not at all."""
    act = await act_of(scene, what)
    before = await everything(scene)
    owner, name = step
    method, broke = getattr(owner, name), False

    async def breaks(*arguments: Any, **options: Any) -> Any:
        nonlocal broke
        broke = True
        if after:
            await method(*arguments, **options)
        raise BrokenOff

    setattr(owner, name, breaks)
    try:
        if await _breaks(act):
            assert broke
            assert await everything(scene) == before
            setattr(owner, name, method)
            await act()  # and nothing of the first attempt stands in the way
    finally:
        setattr(owner, name, method)
    now = await everything(scene)
    grown = {table for table, count in now.items() if count > before[table]}
    assert ("audit" in grown) is (what != "accept")
    assert ("decisions" in grown) is (what in set(DecisionKind))
    assert ("jobs" in grown) is (what not in ("revoke", "settle", "claim", "propose"))
    assert ("sign_offs" in grown) is (what == "approve")


async def _breaks(act: Callable[[], Awaitable[Any]]) -> bool:
    try:
        await act()
    except BrokenOff:
        return True
    return False


@pytest.mark.parametrize("door", [(Approvals, "audit"), (Design, "redirect"), (Outbox, "enqueue")])
async def test_invariant_12_nobody_sees_a_part_of_a_decision(scene: Scene, door: tuple[type, str]) -> None:
    """Decision, audit row and job become visible at one moment, to whoever reads beside them."""
    checkpoint = await scene.waiting(scene.company.maria)
    beside = Scene(open_store(scene.store.database.address), scene.company)
    before = await everything(beside)
    async with held_back(*door) as pause:
        deciding = asyncio.create_task(scene.decide(scene.company.jonas, checkpoint))
        await pause.reached.wait()
        assert await everything(beside) == before
        assert await beside.signed() == []
        pause.go.set()
        await deciding
    after = await everything(beside)
    await beside.store.close()
    for table in ("decisions", "sign_offs", "audit", "jobs"):
        assert after[table] == before[table] + 1


async def history(scene: Scene) -> None:
    """A little of everything that is recorded."""
    company = scene.company
    checkpoint, signed = await scene.signed_one()
    await revoke(scene.store, company.maria, signed.id, reason="It is public now.")
    at = await scene.waiting(company.maria)
    await claim(scene.store, company.jonas, at.id)
    edits = (Edit(field="title", text="Another title"),)
    await scene.decide(company.jonas, at, DecisionKind.APPROVE_WITH_EDITS, edits=edits)
    await scene.waiting(company.maria, ALIGNED | {"asks": UNSURE})
    await scene.decide(company.ravi, await scene.proposed(CRITERIA.model_copy(update={"title": "Another"})))
    await review_again(scene.store, company.maria, [checkpoint.run_id])


async def test_invariant_13_the_log_is_one_chain_and_replaying_it_gives_the_present(scene: Scene) -> None:
    """The audit log is one hash chain; editing, deleting, reordering or truncating any row fails verification against
    an exported head, and replaying it reproduces the current state. Rows hold opaque ids only.
    """
    await history(scene)
    await seal_head(scene.store, KEY)
    compared = await compare(scene.store)
    assert compared.agrees, (compared.differences, compared.impossible)
    assert compared.rows > 15
    async with scene.store.read() as work:
        rows, head = chain_of(await work.approvals.audit_rows()), await work.approvals.audit_head()
    assert examine(rows, exported=[head]) is None
    said = json.dumps([row for row, _ in rows])
    for name in ("Maria", "maria", "Jonas", "Nora", "public now", "Another title"):
        assert name not in said

    @given(
        how=st.sampled_from(["edit", "delete", "swap", "truncate", "renumber", "rewrite"]),
        which=st.integers(0, 10_000),
        leaf=st.integers(0, 100),
    )
    @tries(150)
    def any_change_is_found(how: str, which: int, leaf: int) -> None:
        broken = [(json.loads(json.dumps(row)), stored) for row, stored in rows]
        at = which % len(broken)
        if how == "edit":
            _, other = touched(broken[at][0], leaf)
            broken[at] = (other, broken[at][1])
        elif how == "delete":
            del broken[at]
        elif how == "swap":
            other_place = (at + 1 + leaf % (len(broken) - 1)) % len(broken)
            broken[at], broken[other_place] = broken[other_place], broken[at]
        elif how == "truncate":
            del broken[at:]
        elif how == "renumber":
            broken[at] = ({**broken[at][0], "seq": len(broken) + 1}, broken[at][1])
        else:  # written anew from there on, every hash right
            broken = rewritten(broken, at, leaf)
        assert first_break(broken, head) is not None

    any_change_is_found()


def rewritten(rows: list[tuple[dict[str, Any], str]], at: int, leaf: int) -> list[tuple[dict[str, Any], str]]:
    _, other = touched({name: value for name, value in rows[at][0].items() if name != "seq"}, leaf)
    changed = [*rows[:at], ({**other, "seq": rows[at][0]["seq"]}, ""), *rows[at + 1 :]]
    previous, told = rows[at - 1][1] if at else GENESIS, changed[:at]
    for row, _ in changed[at:]:
        previous = row_hash(previous, row)
        told.append((row, previous))
    return told


FORGERIES = {
    "a checkpoint": "UPDATE approval_checkpoints SET status = 'rejected' WHERE status = 'approved'",
    "a sign-off's digest": "UPDATE sign_offs SET digest = replace(digest, '0', '1') WHERE subject_kind = 'scenario'",
    "a revocation": "UPDATE sign_offs SET revoked_at = NULL WHERE revoked_at IS NOT NULL",
    "what is in force": "UPDATE activations SET version_id = (SELECT version_id FROM activations other "
    "WHERE other.kind = activations.kind AND other.retired_at IS NOT NULL) "
    "WHERE kind = 'criteria' AND retired_at IS NULL",
}


@pytest.mark.parametrize("what", FORGERIES)
async def test_invariant_13_what_is_changed_beside_the_log_differs_from_it(scene: Scene, what: str) -> None:
    """Replaying the log reproduces the current state, so a state that was changed by hand does not agree with it."""
    await scene.signed_one()
    await history(scene)
    async with scene.store.database.transaction(writing=True) as connection:
        changed = await connection.execute(text(FORGERIES[what]))
        assert changed.rowcount > 0
    assert not (await compare(scene.store)).agrees


async def test_invariant_13_racing_writers_make_one_chain(scene: Scene) -> None:
    """Lock the checkpoint, then the head: whoever writes at the same moment, the rows are one chain."""
    waiting = [await scene.waiting(scene.company.maria) for _ in range(4)]
    other = open_store(scene.store.database.address)
    await asyncio.gather(
        *(claim((scene.store, other)[n % 2], scene.company.jonas, each.id) for n, each in enumerate(waiting)),
        *(act() for act in [await act_of(scene, "order"), await act_of(scene, "propose")]),
    )
    await other.close()
    async with scene.store.read() as work:
        rows, head = chain_of(await work.approvals.audit_rows()), await work.approvals.audit_head()
    assert examine(rows, exported=[head]) is None
    assert (await compare(scene.store)).agrees


BREAK = {
    "policy": "UPDATE approval_checkpoints SET policy = 'gone/1'",
    "log": "ALTER TABLE audit RENAME TO audit_gone",
    "head": "DELETE FROM audit_head",
}
MEND = {
    "policy": "UPDATE approval_checkpoints SET policy = 'one_reviewer/1'",
    "log": "ALTER TABLE audit_gone RENAME TO audit",
    "head": "INSERT INTO audit_head (id, seq, hash) VALUES (1, {seq}, '{hash}')",
}


@tries(5)
@given(
    part=st.sampled_from(sorted(BREAK)),
    kind=st.sampled_from(list(DecisionKind)),
    signed_before=st.booleans(),
)
async def test_invariant_16_nothing_publishes_without_policy_or_log(
    scene: Scene, part: str, kind: DecisionKind, signed_before: bool
) -> None:
    """When the policy or the audit log is unavailable, nothing publishes."""
    company, store = scene.company, scene.store
    if signed_before:
        await scene.signed_one()
    at = await scene.waiting(company.maria)
    sent: dict[str, Any] = {"seen": at.review_digest, "players": PLAYERS, "reason": "It serves us."}
    if kind is DecisionKind.REQUEST_CHANGES:
        sent["comments"] = (Comment(field="setting", text="Warmer, please."),)
    if kind is DecisionKind.APPROVE_WITH_EDITS:
        sent["edits"] = (Edit(field="title", text=f"Edited {new_id()}"),)
    before, listed = await everything(scene), await scene.signed()
    async with store.read() as work:
        seq, hash_ = await work.approvals.audit_head()
    async with store.database.transaction(writing=True) as connection:
        await connection.execute(text(BREAK[part]))
    try:
        with pytest.raises(Exception):  # noqa: B017, PT011 - what a broken database says is its own affair
            await decide(store, company.jonas, at.id, kind, **sent)
        assert await scene.signed() == listed
        assert (await scene.at(at.id)).status == "pending"
        with pytest.raises(NotSigned):
            await begin(store, company.amir, at.subject_id)
    finally:
        async with store.database.transaction(writing=True) as connection:
            await connection.execute(text(MEND[part].format(seq=seq, hash=hash_)))
    assert await everything(scene) == before
    await decide(store, company.jonas, at.id, kind, **sent)
    assert (await compare(store)).agrees


@tries(3)
@given(levels=MARKS, mends=st.booleans())
async def test_invariant_16_nothing_publishes_without_a_judge(
    scene: Scene, levels: dict[str, str], mends: bool
) -> None:
    """When the judge is unavailable, nothing publishes: a judgement that failed opens no checkpoint."""
    company, judge = scene.company, scene.players.alignment
    assert isinstance(judge, MarkedJudge)
    judge.failing = True
    wanted = Brief.model_validate(brief(levels, len(await scene.audited())))
    run_id = await order(scene.store, company.maria, company.programme_id, wanted, languages=frozenset({"en"}))
    await scene.runtime.bring_forward(run_id)
    listed = await scene.signed()
    assert (await scene.run(run_id)).stage == "errored"
    async with scene.store.read() as work:
        assert await work.approvals.checkpoints(run_id=run_id) == []
        [version] = await work.design.versions(run_id)
    assert version.id not in listed
    judge.failing = not mends
    await retry(scene.store, company.maria, run_id)
    await scene.runtime.bring_forward(run_id)
    assert (await scene.run(run_id)).stage == ("awaiting" if mends else "errored")
    judge.failing = False


async def test_invariant_16_a_programme_whose_policies_cannot_be_read_opens_no_checkpoint(scene: Scene) -> None:
    """When the policy is unavailable, nothing publishes: not even a checkpoint opens."""
    company, store = scene.company, scene.store
    async with store.write() as work:
        await work.strategy.change_programme(company.programme_id, policies={"scenario": {"ordinary": "gone"}})
    wanted = Brief.model_validate(brief(ALIGNED, 1))
    run_id = await order(store, company.maria, company.programme_id, wanted, languages=frozenset({"en"}))
    await scene.runtime.bring_forward(run_id)
    assert (await scene.run(run_id)).stage == "errored"
    async with store.read() as work:
        assert await work.approvals.checkpoints(run_id=run_id) == []
    with pytest.raises(InvalidInput):
        await set_rules(store, company.boss, company.programme_id, Rules(policies={"scenario": {"low": "gone"}}))


PART = st.sampled_from(["player", "model", "prompt", "alignment", "nothing", "gone"])


@tries(5)
@given(part=PART, rule=st.sampled_from(["keep", "flag", "suspend"]))
async def test_invariant_17_a_sign_off_records_who_plays_and_a_change_follows_the_rule(
    scene: Scene, part: str, rule: str
) -> None:
    """The sign-off records persona player, model and prompt digests; a later change of these follows keep | flag |
    suspend.
    """
    company, store = scene.company, scene.store
    rules = Rules.model_validate({"stale_rule": rule})
    await set_rules(store, company.boss, company.programme_id, rules)
    checkpoint, signed = await scene.signed_one()
    assert signed.players == PLAYERS
    other: dict[str, Any] = json.loads(json.dumps(PLAYERS))
    if part == "alignment":
        other["alignment"] = "f" * 64
    elif part == "gone":
        del other["persona"]
    elif part != "nothing":
        other["persona"][part] = "f" * 64
    await note_changes(store, other)
    async with store.read() as work:
        noted = await work.approvals.sign_off_by_id(signed.id)
    changed = part != "nothing"
    assert bool(noted.stale) is (changed and rule != "keep")
    suspended = changed and rule == "suspend"
    assert (noted.suspended_at is not None) is suspended
    assert (checkpoint.subject_id in await scene.signed()) is not suspended
    if suspended:
        with pytest.raises(NotSigned):
            await begin(store, company.amir, checkpoint.subject_id)
    else:
        await begin(store, company.amir, checkpoint.subject_id)
    await note_changes(store, PLAYERS)
    assert checkpoint.subject_id in await scene.signed(), "a change that is undone is forgotten"
    assert noted.players == PLAYERS, "what was recorded stays as it was recorded"
    assert (await compare(store)).agrees


@pytest.mark.parametrize("against", [False, True])
async def test_invariant_18_a_passport_verifies_offline_and_no_changed_one_does(scene: Scene, against: bool) -> None:
    """A published scenario exports as a passport: content, verdict, sign-offs, audit excerpt, Ed25519 signature;
    verifiable offline.
    """
    company = scene.company
    levels = ALIGNED | ({"asks": "absent"} if against else {})
    at = await scene.waiting(holding(company.sofia, "designer"), levels)
    with pytest.raises(NotSigned):
        await passport_of(scene.store, KEY, company.maria, at.subject_id)
    for actor in (company.jonas, company.maria) if against else (company.jonas,):
        at = await scene.decide(actor, at, reason="It serves us.")
    document = await passport_of(scene.store, KEY, company.maria, at.subject_id)
    written = json.dumps(document)

    def findings(given_: dict[str, Any], keys: Any) -> list[str]:
        return verify(given_, keys, texts=lambda content: shown(json.dumps(content)))

    assert findings(json.loads(written), KEY.trusted) == []
    assert findings(json.loads(written), signing_key(2).trusted) != []
    approvers = {each["person_id"] for each in document["approval"]["decisions"]}
    assert company.jonas.person_id in approvers
    assert len(approvers) == (2 if against else 1)

    @given(which=st.integers(0, 100_000))
    @tries(120)
    def any_change_is_found(which: int) -> None:
        path, other = touched(json.loads(written), which)
        assert findings(other, KEY.trusted) != [], path

    any_change_is_found()
    signed = await scene.sign_off(at)
    await revoke(scene.store, company.maria, signed.id, reason="It is public now.")
    with pytest.raises(NotSigned):
        await passport_of(scene.store, KEY, company.maria, at.subject_id)
