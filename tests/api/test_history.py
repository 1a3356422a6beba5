"""The demo's ten weeks of history: made once by the real system, and looked at from every side."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.demo import COMPANY, LIED_ABOUT, example_people
from api.history import make_history, making, playing
from api.history.plan import Passage, weeks
from api.history.playing import Calendar
from api.settings import load_settings
from api.story.lying import INVENTED, planted
from approvals.audit import first_break
from approvals.people import Actor, Role
from evidence.canonical import digest
from evidence.errors import Conflict, InvalidInput, NotAllowed, NotFound
from evidence.fields import text_fields
from graphs.previewing import preview
from graphs.scenes import shown
from store import tables
from store.clock import Clock
from store.database import Database
from store.purpose import Purpose
from store.records import DecisionRow
from store.unit_of_work import Store
from store.vault import Vault, load_or_create_key
from tests.played import PASSWORDS, Made, history, settings_in

OWN = Purpose.OWN_PRACTICE


def ignore(_week: int, _of: int) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def made(shared: Path) -> Made:
    return history(shared)


@pytest.fixture
async def store(made: Made) -> AsyncIterator[Store]:
    database = Database(f"sqlite:///{made.path}")
    opened = Store(database, Vault(load_or_create_key(made.settings.key_file)))
    yield opened
    await opened.close()


@pytest.fixture
async def people(store: Store) -> dict[str, Actor]:
    async with store.read() as work:
        found = await work.people.all(purpose=Purpose.ADMINISTRATION)
    roles = {person.login: person.roles for person in example_people(COMPANY)}
    return {person.login: Actor(person_id=person.id, roles=roles[person.login]) for person in found}


@pytest.fixture
async def programme_id(store: Store) -> str:
    async with store.read() as work:
        [programme] = await work.strategy.programmes()
    return programme.id


async def decisions(store: Store) -> list[DecisionRow]:
    """Every decision, in order."""
    async with store.read() as work:
        found = [await work.approvals.decisions(each.id) for each in await work.approvals.checkpoints()]
    return sorted(itertools.chain.from_iterable(found), key=lambda decision: decision.id)


async def test_people_made_sixty_decisions_in_order_over_ten_weeks(store: Store, people: dict[str, Actor]) -> None:
    made = await decisions(store)
    assert len(made) == 60
    moments = [decision.created_at for decision in made]
    assert moments == sorted(moments)
    assert len({(moments[-1] - moment).days // 7 for moment in moments}) >= 9
    assert all(moment.weekday() < 5 for moment in moments)
    by = Counter(decision.person_id for decision in made)
    assert set(by) == {people[login].person_id for login in ("maria", "jonas", "ingrid", "tomasz")}
    assert min(by[people["maria"].person_id], by[people["jonas"].person_id]) >= 20


async def test_they_asked_for_changes_rejected_and_settled_what_was_referred(store: Store) -> None:
    kinds = Counter(decision.kind for decision in await decisions(store))
    assert kinds["request_changes"] >= 8
    assert kinds["reject"] >= 5
    async with store.read() as work:
        rows = [row for row in await work.approvals.audit_rows() if row.action == "criterion settled"]
        for row in rows:
            verdict = await work.design.verdict(row.detail["verdict"])
            assert verdict.content["settled"][row.detail["criterion"]]["reason"]
    assert len(rows) >= 3


async def test_comments_stand_beside_words_of_the_text_they_are_about(store: Store) -> None:
    quotes = []
    async with store.read() as work:
        for checkpoint in await work.approvals.checkpoints(status="changes_requested"):
            fields = text_fields(shown((await work.design.version(checkpoint.subject_id)).content))
            for decision in await work.approvals.decisions(checkpoint.id):
                quotes += [(comment["quote"], fields[comment["field"]]) for comment in decision.comments]
    assert len(quotes) >= 8
    assert all(quote and quote in text for quote, text in quotes)


async def test_nobody_approved_their_own_text(store: Store) -> None:
    async with store.read() as work:
        for checkpoint in await work.approvals.checkpoints(status="approved"):
            authors = await work.design.authors(checkpoint.subject_id)
            if checkpoint.subject_kind != "scenario":
                authors |= {(await work.strategy.version(checkpoint.subject_id)).author_id}
            assert not authors & {decision.person_id for decision in await work.approvals.decisions(checkpoint.id)}


async def test_what_was_signed_against_the_verdict_was_signed_by_two_with_reasons(store: Store) -> None:
    against = 0
    async with store.read() as work:
        for checkpoint in await work.approvals.checkpoints(status="approved"):
            if checkpoint.verdict_id is None or (await work.design.verdict(checkpoint.verdict_id)).outcome == "aligned":
                continue
            against += 1
            signed = await work.approvals.decisions(checkpoint.id)
            assert len({decision.person_id for decision in signed}) == 2
            assert all(decision.reason for decision in signed)
    assert against >= 1


async def test_every_signed_scenario_has_a_live_sign_off_of_exactly_its_text(store: Store, programme_id: str) -> None:
    async with store.read() as work:
        signed = await work.approvals.signed_scenarios(programme_id)
        published = [run for run in await work.design.runs(programme_id, limit=200) if run.stage == "published"]
        for version in signed:
            found = await work.approvals.live_sign_off(version.id, digest(json.loads(version.content)))
            assert found is not None
            assert found.players["persona"]["player"] == "offline"
    assert {version.run_id for version in signed} == {run.id for run in published}
    assert len(signed) >= 36


async def test_the_audit_chain_holds(store: Store) -> None:
    async with store.read() as work:
        rows = await work.approvals.audit_rows()
    chain = [(row.model_dump(exclude={"hash"}), row.hash) for row in rows]
    assert first_break(chain) is None
    assert [row.at for row in rows] == sorted(row.at for row in rows)


async def test_every_row_was_made_within_the_ten_weeks(made: Made, store: Store) -> None:
    dated = [table for table in tables.metadata.sorted_tables if "created_at" in table.c]
    moments = []
    async with store.database.transaction(writing=False) as connection:
        for table in dated:
            moments += list((await connection.execute(select(table.c.created_at))).scalars())
    assert len(moments) > 500
    assert min(moments) >= made.began - playing.LENGTH
    assert max(moments) <= made.ended
    assert min(moments) < made.began - timedelta(days=69)


async def test_the_clock_has_come_back_to_the_present(made: Made, store: Store) -> None:
    async with store.database.transaction(writing=False) as connection:
        mark = (await connection.execute(select(tables.clock.c.high_water))).scalar_one()
    assert made.began <= mark <= made.ended


async def test_a_second_strategist_put_new_weights_in_force_and_turned_others_down(
    store: Store, programme_id: str, people: dict[str, Actor]
) -> None:
    async with store.read() as work:
        in_force = await work.strategy.in_force(programme_id, "criteria")
        [accepted] = [c for c in await work.approvals.checkpoints(status="approved") if c.subject_kind == "criteria"]
        [refused] = [c for c in await work.approvals.checkpoints(status="rejected") if c.subject_kind == "criteria"]
        superseded = await work.approvals.checkpoints(status="superseded")
        [decision] = await work.approvals.decisions(accepted.id)
    assert accepted.subject_id == in_force.id != refused.subject_id
    assert (in_force.author_id, decision.person_id) == (people["ingrid"].person_id, people["tomasz"].person_id)
    assert json.loads(in_force.content)["pass_threshold"] == 0.75
    assert superseded, "what waited in that week was judged again"


async def test_designers_mostly_agree_with_the_judge_and_a_slider_flips_some(
    store: Store, programme_id: str, people: dict[str, Actor]
) -> None:
    now = await preview(store, people["ingrid"], programme_id)
    assert now.unlike == 0
    assert now.open_before == 0
    async with store.read() as work:
        decided = await work.approvals.decided_scenarios(programme_id)
    agreed = sum((each.outcome == "aligned") == (each.status == "approved") for each in decided)
    assert 0.7 <= agreed / len(decided) <= 0.9
    assert now.agreeing_before <= now.to_tune_on < len(decided), "some are kept for measuring"
    stricter = await preview(store, people["ingrid"], programme_id, pass_threshold=0.8)
    assert 2 <= len(stricter.flips) <= now.decided / 4


async def test_learners_practised_to_the_debrief_and_only_they_can_read_it(
    made: Made, store: Store, people: dict[str, Actor]
) -> None:
    statuses = Counter[str]()
    for login in ("amir", "lucy", "petra"):
        learner = people[login].person_id
        async with store.read() as work:
            mine = await work.practices.mine(learner, reader=learner, purpose=OWN)
            assert len(mine) >= 2
            statuses.update(practice.status for practice in mine)
            for practice in mine:
                turns = await work.practices.turns(practice.id, reader=learner, purpose=OWN)
                assert len(turns) >= 2
                assert (practice.debrief is not None) == (practice.status == "debriefed") == bool(practice.reflection)
        for other in set(people) - {login}:
            async with store.read() as work:
                with pytest.raises(NotAllowed):
                    await work.practices.mine(learner, reader=people[other].person_id, purpose=OWN)
                with pytest.raises(NotFound):
                    await work.practices.get(mine[0].id, reader=people[other].person_id, purpose=OWN)
    assert statuses["debriefed"] >= 6
    assert statuses["paused"] == 1
    stored = made.path.read_bytes()
    for week in weeks(COMPANY):
        for practice_plan in week.practices:
            assert all(line.encode() not in stored for line in (*practice_plan.lines, practice_plan.reflection) if line)


async def test_two_scenarios_wait_on_the_desk_and_nothing_in_the_queue(made: Made, store: Store) -> None:
    async with store.read() as work:
        waiting = await work.approvals.checkpoints(status="pending")
    assert len(waiting) == 2
    assert all(checkpoint.created_at > made.began for checkpoint in waiting)
    with sqlite3.connect(made.path) as connection:
        assert connection.execute("SELECT count(*) FROM workflow_status").fetchone() == (0,)


async def test_the_judge_invented_one_quote_and_the_record_says_that_it_was_planted(store: Store) -> None:
    async with store.read() as work:
        checkpoints = await work.approvals.checkpoints()
        rows = [await work.design.verdict(each.verdict_id) for each in checkpoints if each.verdict_id]
        waiting = [each.verdict_id for each in checkpoints if each.status == "pending"]
    [lied_to] = [row for row in rows if planted(row.content["samples"])]
    assert lied_to.id in waiting
    assert lied_to.outcome == "refer"
    assert planted(lied_to.content["samples"]) == {LIED_ABOUT}
    [referred] = [each for each in lied_to.content["results"] if each["outcome"] == "refer"]
    assert referred["criterion_id"] == LIED_ABOUT
    absent = [q["quote"] for s in lied_to.content["samples"] for q in s["evidence"] if q["status"] == "absent"]
    assert absent == [INVENTED]


async def test_a_later_start_changes_nothing(made: Made) -> None:
    before = made.path.read_bytes()
    told: list[int] = []
    assert not await make_history(made.settings, PASSWORDS, told=lambda week, _of: told.append(week))
    assert (made.path.read_bytes() == before, told) == (True, [])


def test_each_week_was_told_as_it_began(made: Made) -> None:
    assert made.told == [(week, 10) for week in range(1, 11)]


def test_nothing_is_left_beside_the_database(made: Made) -> None:
    assert sorted(path.name for path in made.path.parent.iterdir() if path.name.startswith("demo.db")) in (
        ["demo.db", "demo.db.lock"],
        ["demo.db", "demo.db-shm", "demo.db-wal", "demo.db.lock"],
    )


async def test_an_interrupted_history_is_begun_anew_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = weeks(COMPANY)[0]
    one = short.model_copy(update={"orders": short.orders[:1]})
    monkeypatch.setattr(making, "weeks", lambda _company: (one,))
    settings = settings_in(tmp_path)

    def stopping(week: int, _of: int) -> None:
        if week == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await make_history(settings, PASSWORDS, told=stopping)
    assert not (tmp_path / "demo.db").exists()
    assert (tmp_path / "demo.db.making").exists()
    assert await make_history(settings, PASSWORDS, told=ignore)
    assert not (tmp_path / "demo.db.making").exists()
    with sqlite3.connect(tmp_path / "demo.db") as connection:
        assert connection.execute("SELECT count(*) FROM decisions").fetchone() == (1,)


async def test_two_starts_at_once_do_not_make_it_twice(tmp_path: Path) -> None:
    with (
        making._alone(tmp_path / "demo.db.lock"),
        pytest.raises(Conflict, match="Another start is making the demo"),
    ):
        await make_history(settings_in(tmp_path), PASSWORDS, told=ignore)


async def test_a_database_that_is_no_file_has_no_history(tmp_path: Path) -> None:
    elsewhere = load_settings(
        _env_file=None, database_url="postgresql://nobody@127.0.0.1:1/none", key_file=tmp_path / "demo.key"
    )
    assert not await make_history(elsewhere, PASSWORDS, told=ignore)


def test_the_data_is_one_world_without_repetition() -> None:
    plan = weeks(COMPANY)
    orders = [order for week in plan for order in week.orders]
    roles = {person.login: person.roles for person in example_people(COMPANY)}
    assert len(orders) == 46
    for attribute in ("skill", "situation", "worry"):
        assert len({getattr(order.brief, attribute) for order in orders}) == len(orders)
    assert len({order.brief.audience for order in orders}) >= 12
    assert len({order.id for order in orders}) == len(orders)
    for order in orders:
        assert Role.DESIGNER in roles[order.by]
        for review in order.reviews:
            assert Role.DESIGNER in roles[review.by]
            assert review.by != order.by, "a colleague signs"
            assert review.day >= order.day
    for week in plan:
        for practice_plan in week.practices:
            assert Role.LEARNER in roles[practice_plan.by]


def test_a_sentence_that_is_gone_is_named() -> None:
    fields = {"exemplars[0]": "The price stays. It is 900 euros.", "setting": "It is 900 euros."}
    assert Passage(field="exemplars", about="EUROS").find(fields, "tiles") == ("exemplars[0]", "It is 900 euros.")
    with pytest.raises(InvalidInput, match="no sentence with 'noon'") as refused:
        Passage(field="exemplars", about="noon").find(fields, "tiles")
    assert refused.value.where == "tiles"


def test_the_calendar_only_moves_forward_and_never_past_the_present() -> None:
    clock = Clock(-playing.LENGTH)
    calendar = Calendar(clock, datetime.now(UTC))
    offsets = [clock.offset]
    for day, hour in itertools.product((0, 3, 2, 30, 49, 400), (9, 15)):
        calendar.reach(day, hour)
        offsets.append(clock.offset)
    assert offsets == sorted(offsets)
    assert offsets[-1] < timedelta()
    calendar.pass_minutes(10_000)
    assert clock.offset == timedelta()
