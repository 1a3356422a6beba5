"""A company with a signed scenario, and learners in the middle of their practices, made before anything is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.author import Draft, DraftOrder
from approvals.people import Role
from benchmarks.streams import SAID, STORED_TURNS, reply
from practice.detectors import load_pack, observe
from practice.reveal import advance, note_reply, start
from practice.scenario import Scenario
from store.database import Database, migrate
from store.purpose import Purpose
from store.unit_of_work import Store, UnitOfWork
from store.vault import Vault
from tests.company import OFFLINE, ensemble, found
from tests.graphs.signing import signed_scenario
from tests.practice.scenarios import OVERLOAD

KEY = b"k" * 32
_CLAUSES = ("ask-first", "plain")
_STORED = 10_000_000  # numbers of replies that no measured turn will have


@dataclass(frozen=True)
class Learner:
    """Somebody who can log in, and their practices, one for each case."""

    login: str
    practices: tuple[str, ...]


class _Author:
    async def draft(self, order: DraftOrder) -> Draft:
        objectives = tuple(each.model_copy(update={"clause_ids": _CLAUSES}) for each in OVERLOAD.objectives)
        scenario = OVERLOAD.model_copy(update={"clause_ids": _CLAUSES, "objectives": objectives})
        return Draft(scenario=scenario, provenance=OFFLINE)


async def founded(
    folder: Path, *, learners: int, cases: Sequence[int], stored: Sequence[int] | None = None
) -> list[Learner]:
    """Make it in ``folder / "conductor.db"``, with its key beside it.

    Args:
        folder: an empty one.
        learners: how many there are.
        cases: for each case, how many of the learners take part in it.
        stored: for each case, how many turns its practices have; STORED_TURNS where nothing is said.
    """
    (folder / "key").write_text(KEY.hex() + "\n", encoding="ascii")
    database = Database(f"sqlite:///{folder / 'conductor.db'}")
    migrate(database)
    store = Store(database, Vault(KEY))
    company = await found(store)
    signed = await signed_scenario(store, company, ensemble(author=_Author()))
    async with store.write() as work:
        version = await work.design.version(signed.subject_id)
        amir = await work.people.credentials("amir")
        assert amir is not None
        lengths = stored or [STORED_TURNS] * len(cases)
        turns = _turns(Scenario.model_validate_json(version.content), max(lengths))
        made = []
        for number in range(learners):
            login = f"learner-{number}"
            roles = frozenset({Role.LEARNER.value})
            person = await work.people.add(login=login, name=login, password_hash=amir[1], roles=roles)
            begun = {"programme_id": version.programme_id, "version_id": version.id, "digest": signed.digest}
            practices = [
                await _practice(work, person, begun, turns[:length]) if number < taking_part else ""
                for taking_part, length in zip(cases, lengths, strict=True)
            ]
            made.append(Learner(login, tuple(practices)))
    await store.close()
    return made


async def _practice(work: UnitOfWork, person: str, begun: dict[str, str], turns: list[dict[str, Any]]) -> str:
    practice_id = await work.practices.start(**begun, learner_id=person, choices={})
    for number, turn in enumerate(turns, 1):
        about: dict[str, Any] = {"attempt": 1, "status": "complete", "provenance": OFFLINE.model_dump()}
        own: dict[str, Any] = {"reader": person, "purpose": Purpose.PLAY_SCENE}
        await work.practices.add_turn(practice_id, number=number, **turn, **about, **own)
    return practice_id


def _turns(scenario: Scenario, count: int) -> list[dict[str, Any]]:
    """What was said before, by the rules of the scene, but for the one that it ends after forty turns."""
    state, previous, turns = start(scenario.persona), scenario.opening_line, []
    for number in range(count):
        said, answer = SAID[number % len(SAID)], "".join(reply(_STORED + number)).strip()
        seen = observe(said, pack=load_pack(scenario.language), previous=previous)
        step = advance(
            state, scenario.persona, said, seen, previous=previous, language=scenario.language, max_turns=count + 1
        )
        if step.ending is not None:
            raise RuntimeError(f"the scene ended before it was measured: {step.ending}")
        state, previous = note_reply(step.state, scenario.persona, answer), answer
        observed = {
            "observations": [each.model_dump(mode="json") for each in seen],
            "opened": [
                {"concern": each.concern_id, "behaviour": each.behaviour, "quote": each.quote, "topic": each.topic}
                for each in step.reasons
            ],
            "overruled": [],
            "ending": None,
        }
        turns.append(
            {"learner_text": said, "reply": answer, "observed": observed, "state": state.model_dump(mode="json")}
        )
    return turns
