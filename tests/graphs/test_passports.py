"""Passports of real sign-offs: they verify elsewhere, and none is made of what is not signed or does not hold."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from approvals.passport import Passport, read, rows_shown, verify, written
from evidence.errors import Conflict, NotAllowed, NotFound, NotSigned
from graphs.passports import passport_of
from graphs.revoking import revoke
from graphs.scenes import shown
from graphs.sealing import seal_head
from store.unit_of_work import Store
from tests.company import Company, ScriptedJudge, ensemble
from tests.graphs.signing import approve_all, signed_scenario, signing_key, waiting_scenario

KEY = signing_key()
ONE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the others are tried on both databases


def findings(document: dict[str, object]) -> list[str]:
    again = read(written(document))
    return verify(again, KEY.trusted, texts=lambda content: shown(json.dumps(content)))


async def test_a_signed_scenario_has_a_passport_that_verifies(store: Store, company: Company) -> None:
    checkpoint = await signed_scenario(store, company)
    document = await passport_of(store, KEY, company.maria, checkpoint.id)
    assert findings(document) == []
    again = await passport_of(store, KEY, company.boss, checkpoint.subject_id)
    assert again["scenario"] == document["scenario"]
    signers = {each["name"]: each["person_id"] for each in document["approval"]["decisions"]}
    assert signers["Jonas"] == company.jonas.person_id
    passport = Passport.model_validate(document)
    assert {row["subject"].partition("/")[2] for row in rows_shown(passport)} == {checkpoint.id}
    assert "raw" not in document["verdict"]["content"]["samples"][0]
    assert document["approval"]["players"]["persona"]["player"] == "offline"


async def test_the_excerpt_leads_over_foreign_rows_to_a_later_head(store: Store, company: Company) -> None:
    checkpoint = await waiting_scenario(store, company)
    async with store.write() as work:
        for number in range(3):
            await work.approvals.audit(actor="x", action="something else", subject="secret/1", number=number)
    await signed_scenario(store, company)
    await approve_all(store, company, checkpoint)
    await seal_head(store, KEY)
    document = await passport_of(store, KEY, company.sofia, checkpoint.id)
    assert findings(document) == []
    assert sum("digest" in entry for entry in document["audit"]["entries"]) > 3
    assert "something else" not in json.dumps(document), "rows about other things go in as digests alone"


@ONE
async def test_rows_of_the_first_release_go_in_whole(store: Store, company: Company) -> None:
    from evidence.canonical import digest

    checkpoint = await signed_scenario(store, company)
    async with store.read() as work:
        rows = await work.approvals.audit_rows()
    previous = "0" * 64
    for row in rows:  # as release 0.1 would have written them
        previous = digest({"previous": previous, "row": row.model_dump(exclude={"hash"})})
        async with store.database.transaction(writing=True) as connection:
            await connection.execute(
                text("UPDATE audit SET hash = :hash WHERE seq = :seq"), {"hash": previous, "seq": row.seq}
            )
            await connection.execute(text("UPDATE audit_head SET hash = :hash"), {"hash": previous})
    document = await passport_of(store, KEY, company.sofia, checkpoint.id)
    assert findings(document) == []
    assert all("row" in entry for entry in document["audit"]["entries"])


@ONE
async def test_a_changed_key_makes_a_head_of_its_own(store: Store, company: Company) -> None:
    checkpoint = await signed_scenario(store, company)
    await seal_head(store, signing_key(2))
    assert findings(await passport_of(store, KEY, company.maria, checkpoint.id)) == []


@ONE
async def test_what_is_not_signed_has_no_passport(store: Store, company: Company) -> None:
    checkpoint = await waiting_scenario(store, company)
    with pytest.raises(NotSigned, match="Nobody has signed"):
        await passport_of(store, KEY, company.maria, checkpoint.subject_id)
    with pytest.raises(NotFound):
        await passport_of(store, KEY, company.maria, "nonsense")
    with pytest.raises(NotAllowed):
        await passport_of(store, KEY, company.amir, checkpoint.subject_id)


async def test_a_revoked_sign_off_has_no_passport(store: Store, company: Company) -> None:
    checkpoint = await signed_scenario(store, company)
    async with store.read() as work:
        [sign_off] = await work.approvals.sign_offs(checkpoint_id=checkpoint.id)
    await revoke(store, company.maria, sign_off.id, reason="It reads harsher than we meant.")
    with pytest.raises(NotSigned, match="revoked on"):
        await passport_of(store, KEY, company.maria, checkpoint.id)


@ONE
async def test_a_suspended_sign_off_has_no_passport(store: Store, company: Company) -> None:
    checkpoint = await signed_scenario(store, company)
    async with store.write() as work:
        [sign_off] = await work.approvals.sign_offs(checkpoint_id=checkpoint.id)
        await work.approvals.mark_stale(sign_off.id, ["another persona plays"], suspended=True)
    with pytest.raises(NotSigned, match="another persona plays"):
        await passport_of(store, KEY, company.maria, checkpoint.id)


async def test_altered_text_has_no_passport(store: Store, company: Company) -> None:
    checkpoint = await signed_scenario(store, company)
    async with store.database.transaction(writing=True) as connection:
        await connection.execute(text("UPDATE scenario_versions SET content = replace(content, 'Nora', 'Dora')"))
    with pytest.raises(NotSigned, match="not the text that was signed"):
        await passport_of(store, KEY, company.maria, checkpoint.id)


@ONE
async def test_an_altered_decision_has_no_passport(store: Store, company: Company) -> None:
    checkpoint = await signed_scenario(store, company)
    async with store.database.transaction(writing=True) as connection:
        await connection.execute(
            text("UPDATE decisions SET person_id = :other WHERE checkpoint_id = :checkpoint"),
            {"other": company.maria.person_id, "checkpoint": checkpoint.id},
        )
    with pytest.raises(Conflict, match="does not stand in the audit excerpt"):
        await passport_of(store, KEY, company.maria, checkpoint.id)


async def test_signed_against_the_verdict_it_shows_both_reasons(store: Store, company: Company) -> None:
    judge = ScriptedJudge(levels={"asks": ["absent"]})
    checkpoint = await waiting_scenario(store, company, ensemble(judge=judge))
    await approve_all(store, company, checkpoint, reason="It trains something else we need.")
    document = await passport_of(store, KEY, company.maria, checkpoint.id)
    assert findings(document) == []
    assert len(document["approval"]["decisions"]) >= 2
    assert document["verdict"]["content"]["outcome"] == "revise"
    document["approval"]["decisions"].pop(0)
    assert any("do not approve it" in finding for finding in findings(document))
