from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from approvals.audit import first_break
from approvals.checkpoint import DecisionKind
from approvals.people import Actor, Role
from graphs import practising
from graphs.deciding import decide
from graphs.live import LiveTurns
from graphs.reviewing import waiting
from graphs.runtime import running
from store.purpose import Purpose
from tests.company import ensemble
from tests.conftest import open_store
from tests.releases.make import SAID

RELEASES = sorted(path.stem for path in Path(__file__).parent.glob("*.sql"))


def test_every_release_left_a_database() -> None:
    assert "0.1.0" in RELEASES


@pytest.mark.parametrize("release", RELEASES)
async def test_a_database_of_an_earlier_release_goes_on(release: str, tmp_path: Path) -> None:
    path = tmp_path / "conductor.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).parent / f"{release}.sql").read_text(encoding="utf-8"))
    store, players = open_store(f"sqlite:///{path}"), ensemble()
    async with store.read() as work:
        people = {p.login: p for p in await work.people.all(purpose=Purpose.ADMINISTRATION)}
        rows = await work.approvals.audit_rows()
        [signed] = await work.approvals.signed_scenarios()
    assert first_break((row.model_dump(exclude={"hash"}), row.hash) for row in rows) is None

    def actor(login: str) -> Actor:
        return Actor(person_id=people[login].id, roles=frozenset(Role(role) for role in people[login].roles))

    maria, amir = actor("maria"), actor("amir")
    async with store.read() as work:
        reader = {"reader": amir.person_id, "purpose": Purpose.OWN_PRACTICE}
        [practice] = await work.practices.mine(amir.person_id, **reader)  # type: ignore[arg-type]
        [turn] = await work.practices.turns(practice.id, **reader)  # type: ignore[arg-type]
    assert turn.learner_text == SAID
    assert practice.version_id == signed.id
    live = LiveTurns(store, players)
    async with running(store, players, executor_id="server"):
        [checkpoint] = await waiting(store, maria)
        done = await decide(
            store, maria, checkpoint.id, DecisionKind.APPROVE, seen=checkpoint.review_digest, players={}
        )
        assert done.status == "approved"
        spoken = await live.say(practice.id, amir.person_id, "And what would help you most this week?")
        assert spoken.task is not None
        await spoken.task
        await practising.finish(store, amir, practice.id)
    async with store.read() as work:
        assert len(await work.approvals.signed_scenarios()) == 2
        content = json.loads((await work.design.version(checkpoint.subject_id)).content)
    assert content["title"]
    await live.close()
    await store.close()
