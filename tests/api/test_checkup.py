from __future__ import annotations

from pathlib import Path

import pytest

from agents.build import EnsembleSettings, RoleSettings
from agents.endpoints import ModelSettings, Role
from api.application import opened
from api.checkup import Finding, check_everything, check_player
from api.identity import add_person
from api.settings import Settings, load_settings
from approvals.people import Role as Held
from store.database import Database, schema_revisions
from store.unit_of_work import UnitOfWork
from tests.company import BRIEF, SCENARIO
from tests.endpoint import Endpoint, Garbage, Json, Status, Text


def at(folder: Path, **values: object) -> Settings:
    database = f"sqlite:///{folder / 'conductor.db'}"
    return load_settings(_env_file=None, database_url=database, key_file=folder / "conductor.key", **values)


async def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.what: finding async for finding in check_everything(settings)}


async def test_looking_makes_nothing(tmp_path: Path) -> None:
    found = await findings(at(tmp_path))
    assert {finding.state for finding in found.values()} == {"ok"}
    assert list(tmp_path.iterdir()) == []


async def test_a_schema_that_is_not_there_yet_is_a_note(tmp_path: Path) -> None:
    settings = at(tmp_path)
    database = Database(settings.database_url.get_secret_value())
    async with database.transaction(writing=True):
        pass
    await database.close()
    assert (await findings(settings))["schema"].state == "note"
    async with opened(settings, bring_forward=False) as app:
        current, newest = schema_revisions(app.store.database)
        assert current == newest
    assert (await findings(settings))["schema"].state == "ok"


async def test_another_installations_key_is_found(tmp_path: Path) -> None:
    settings = at(tmp_path)
    async with opened(settings, bring_forward=False) as app:
        learner = await add_person(
            app.store, login="amir", name="Amir", password="a long password", roles=frozenset({Held.LEARNER})
        )
        async with app.store.write() as work:
            programme = await work.strategy.add_programme("P", round_budget=1)
            assert await work.practices.key_fits() is None
            version = await _version(work, programme, learner)
            await work.practices.start(
                programme_id=programme, version_id=version, digest="d", learner_id=learner, choices={}
            )
            assert await work.practices.key_fits() is True
    settings.key_file.write_text("ab" * 32)
    found = await findings(settings)
    assert found["key"].state == "wrong"
    assert "another installation's key" in found["key"].detail


async def _version(work: UnitOfWork, programme: str, person: str) -> str:
    brief = await work.design.add_brief(programme, person, BRIEF.model_dump(mode="json"))
    run_id = await work.design.add_run(programme, "design", "drafting", by=person, brief_id=brief)
    run = await work.design.run(run_id)
    version = await work.design.add_version(run, SCENARIO.content(), title="Two", notes="", unmet=(), provenance={})
    return version.id


def playing(endpoint: Endpoint) -> RoleSettings:
    model = ModelSettings(base_url=endpoint.url, model="scripted", timeout_seconds=5, max_retries=0)
    return RoleSettings(player="model", model=model)


@pytest.mark.parametrize("role", ["author", "alignment", "persona", "coach"])
async def test_every_model_is_really_asked(endpoint: Endpoint, role: Role) -> None:
    endpoint.queue(Text("Good morning.") if role == "persona" else Json({"ready": True, "word": "hello"}))
    found = await check_player(role, playing(endpoint))
    assert found.state == "ok", found
    assert "scripted" in found.detail
    assert [request.streams for request in endpoint.requests] == [role == "persona"]
    assert bool(endpoint.requests[0].schema) is (role != "persona")


@pytest.mark.parametrize(("answer", "word"), [(Status(401), "key"), (Garbage(), "")])
async def test_a_model_that_does_not_work_is_wrong_and_says_what_to_do(
    endpoint: Endpoint, answer: Status | Garbage, word: str
) -> None:
    endpoint.queue(answer, answer, answer)
    found = await check_player("coach", playing(endpoint))
    assert found.state == "wrong"
    assert found.todo
    assert word in (found.detail + found.todo).lower()


async def test_a_stopped_endpoint_is_found(tmp_path: Path) -> None:
    nowhere = ModelSettings(base_url="http://127.0.0.1:9/v1", model="none", max_retries=0, timeout_seconds=5)
    models = EnsembleSettings(persona=RoleSettings(player="model", model=nowhere))
    found = await findings(at(tmp_path, models=models))
    assert found["persona"].state == "wrong"
    assert found["coach"].state == "ok"
