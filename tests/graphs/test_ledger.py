"""The bookkeeper: budgets are kept to the token, rows are never lost, and a reply usually waits for no database."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select

from agents.failures import BudgetSpent
from agents.metering import Account, Call, Reservation
from agents.provenance import Usage
from evidence.errors import Unavailable
from evidence.ids import new_id
from graphs import ledger
from graphs.budgeting import Amount
from graphs.ledger import Bookkeeper
from store import tables
from store.purpose import Purpose
from store.repositories.ledger import EVERYBODY, Period, Scope
from store.unit_of_work import Store
from tests.company import Company
from tests.conftest import open_store


def call(tokens: int = 10, **changes: Any) -> Call:
    """A reply that took this many tokens, at one millionth each."""
    usage = Usage(input_tokens=tokens, output_tokens=0, calls=1)
    made = Call("persona", "models.example", "m", "done", usage, counted=True, attempts=1, cost=tokens, seconds=0.1)
    return replace(made, **changes)


def practice(company: Company, who: str = "amir") -> Account:
    return Account("practice", new_id(), company.programme_id, getattr(company, who).person_id)


async def limit(
    store: Store, company: Company, scope: Scope, subject: str, period: Period = "day", **amounts: int
) -> None:
    named = {"tokens": None, "cost": None} | amounts
    async with store.write() as work:
        await work.ledger.set_budget(scope, subject, period, by=company.boss.person_id, **named)


async def rows(store: Store) -> list[Any]:
    async with store.database.transaction(writing=False) as connection:
        return list(await connection.execute(select(tables.model_calls).order_by(tables.model_calls.c.created_at)))


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Every statement that the database is told meanwhile."""
    told: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    engine = store.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", hear)


@pytest.fixture
async def books(store: Store) -> AsyncIterator[Bookkeeper]:
    made = Bookkeeper(store)
    yield made
    await made.aclose()


async def test_every_reply_becomes_a_row_whatever_became_of_it(
    store: Store, company: Company, books: Bookkeeper
) -> None:
    account = practice(company)
    for outcome in ("done", "model-slow", "cancelled"):
        held = await books.admit(account, "persona", tokens=100, cost=100)
        assert books.held(("person", company.amir.person_id)) == Amount(100, 100)
        books.record(held, call(outcome=outcome, first_token_seconds=0.05))
    await books.aclose()
    kept = await rows(store)
    assert [each.outcome for each in kept] == ["done", "model-slow", "cancelled"]
    first = kept[0]
    assert (first.work_kind, first.work_id, first.person_id) == ("practice", account.work_id, account.person_id)
    assert (first.role, first.input_tokens, first.cost, first.first_token_seconds) == ("persona", 10, 10, 0.05)
    async with store.read() as work:
        assert timedelta() <= work.now - first.created_at < timedelta(minutes=1)
    assert books.held(("person", company.amir.person_id)) == Amount()


async def test_replies_that_end_together_are_written_in_one_transaction(
    store: Store, company: Company, books: Bookkeeper
) -> None:
    held = [await books.admit(practice(company), "persona", tokens=1, cost=0) for _ in range(40)]
    with statements(store) as told:
        for each in held:
            books.record(each, call(1))
        await books.aclose()
    assert len([each for each in told if each.startswith("INSERT INTO model_calls")]) == 1
    assert len(await rows(store)) == 40


async def test_an_admitted_reply_usually_waits_for_no_database(
    store: Store, company: Company, books: Bookkeeper
) -> None:
    await limit(store, company, "person", EVERYBODY, tokens=1000)
    account = practice(company)
    books.record(await books.admit(account, "persona", tokens=10, cost=0), call(10))
    with statements(store) as told:
        held = await books.admit(account, "persona", tokens=10, cost=0)
    assert told == []
    books.record(held, call(10))
    old = Bookkeeper(
        store, fresh_seconds=-1
    )  # never quite fresh: far from the limit it is read behind the reply's back
    await old.admit(account, "persona", tokens=10, cost=0)
    with statements(store) as told:
        await old.admit(account, "persona", tokens=10, cost=0)
        assert told == []
        await asyncio.gather(*old._refreshing.values())
    assert told
    await old.aclose()


@pytest.mark.parametrize("scope", get_args(Scope))
@pytest.mark.parametrize("period", get_args(Period))
@pytest.mark.parametrize("what", ["tokens", "cost"])
async def test_each_budget_that_applies_is_kept(
    store: Store, company: Company, books: Bookkeeper, scope: Scope, period: Period, what: str
) -> None:
    subject = company.programme_id if scope == "programme" else company.amir.person_id
    await limit(store, company, scope, subject, period, **{what: 25})
    account = practice(company)
    for _ in range(2):
        books.record(await books.admit(account, "persona", tokens=10, cost=10), call(10))
    with pytest.raises(BudgetSpent) as refused:
        await books.admit(account, "persona", tokens=10, cost=10)
    told = str(refused.value)
    assert ("programme" in told) is (scope == "programme")
    assert ("today" if period == "day" else "this month") in told
    assert "Your words are kept." in told
    assert "00:00 UTC" in told
    assert "admin" in told
    assert "25" not in refused.value.detail
    assert await books.admit(account, "persona", tokens=5, cost=5), "what still fits is let through"
    other = practice(company, "lena")
    if scope == "person":
        assert await books.admit(other, "persona", tokens=10, cost=10), "another person's budget is their own"
    elsewhere = Account("check", "-")
    assert await books.admit(elsewhere, "persona", tokens=10**6, cost=10**6)


async def test_what_was_spent_before_and_elsewhere_counts_and_a_raised_budget_holds_at_once(
    store: Store, company: Company, books: Bookkeeper
) -> None:
    await limit(store, company, "person", EVERYBODY, tokens=30)
    account = practice(company)
    other = Bookkeeper(store)
    other.record(await other.admit(account, "persona", tokens=20, cost=0), call(20))
    await other.aclose()
    with pytest.raises(BudgetSpent):
        await books.admit(account, "persona", tokens=20, cost=0)
    await limit(store, company, "person", EVERYBODY, tokens=40)
    assert await books.admit(account, "persona", tokens=20, cost=0), "nobody had to be told"
    await limit(store, company, "person", EVERYBODY, tokens=1)
    books.forget()
    with pytest.raises(BudgetSpent):
        await books.admit(account, "persona", tokens=1, cost=0)


async def test_the_words_for_a_piece_of_work_say_whose_budget_and_how_to_go_on(
    store: Store, company: Company, books: Bookkeeper
) -> None:
    await limit(store, company, "programme", company.programme_id, "month", tokens=1)
    account = Account("design", new_id(), company.programme_id, company.maria.person_id)
    with pytest.raises(BudgetSpent) as refused:
        await books.admit(account, "author", tokens=2, cost=0)
    assert refused.value.detail.startswith("The monthly budget of this programme")
    assert "nothing that is stored is paid for twice" in refused.value.todo
    assert "Your words" not in refused.value.todo
    assert (refused.value.status, refused.value.kind) == (429, "budget-spent")


async def test_together_they_never_hold_more_than_the_budget(
    store: Store, company: Company, books: Bookkeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ledger.PATIENCE, "practice", 0.0)
    await limit(store, company, "programme", company.programme_id, tokens=95)
    accounts = [practice(company, "amir" if n % 2 else "lena") for n in range(30)]
    done = await asyncio.gather(
        *(books.admit(each, "persona", tokens=10, cost=0) for each in accounts), return_exceptions=True
    )
    held = [each for each in done if isinstance(each, Reservation)]
    refused = [each for each in done if isinstance(each, BudgetSpent)]
    assert (len(held), len(refused)) == (9, 21)
    assert books.held(("programme", company.programme_id)) == Amount(90, 0)
    assert "beside those under way" in refused[0].detail


async def test_a_reply_waits_for_what_others_only_hold_back(store: Store, company: Company, books: Bookkeeper) -> None:
    await limit(store, company, "programme", company.programme_id, tokens=100)
    account = Account("design", new_id(), company.programme_id, company.maria.person_id)
    most = 0

    async def ask() -> None:
        nonlocal most
        held = await books.admit(account, "alignment", tokens=60, cost=0)
        most = max(most, books.held(("programme", company.programme_id)).tokens)
        await asyncio.sleep(0)
        books.record(held, call(8))

    await asyncio.gather(*(ask() for _ in range(5)))
    assert most == 60
    with pytest.raises(BudgetSpent):
        await books.admit(account, "alignment", tokens=61, cost=0)
    waiting = asyncio.create_task(ask())
    blocking = await books.admit(account, "alignment", tokens=30, cost=0)
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    books.record(blocking, call(0))
    assert books.held(("programme", company.programme_id)) == Amount()


async def test_days_and_months_begin_anew(store: Store, company: Company, books: Bookkeeper) -> None:
    now = datetime.now(UTC)
    store.clock.offset = datetime(2030, 1, 30, 12, tzinfo=UTC) - now
    await limit(store, company, "person", EVERYBODY, "day", tokens=30)
    await limit(store, company, "person", EVERYBODY, "month", tokens=45)
    account = practice(company)

    async def ask() -> None:
        books.record(await books.admit(account, "persona", tokens=20, cost=0), call(20))

    await ask()
    with pytest.raises(BudgetSpent, match=r"today.*31 January"):
        await ask()
    store.clock.offset += timedelta(days=1)
    await ask()
    with pytest.raises(BudgetSpent, match=r"this month.*1 February"):
        await ask()
    store.clock.offset += timedelta(days=1)
    await ask()
    await books.aclose()
    assert [each.created_at.day for each in await rows(store)] == [30, 31, 1]


async def test_rows_wait_while_the_database_is_away_and_are_counted_meanwhile(
    store: Store, company: Company, books: Bookkeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await limit(store, company, "person", EVERYBODY, tokens=30)
    put, tries = books._put, 0

    async def away(batch: Any) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise Unavailable("The database does not answer.")
        await put(batch)

    monkeypatch.setattr(books, "_put", away)
    account = practice(company)
    books.record(await books.admit(account, "persona", tokens=20, cost=0), call(20))
    books.forget()
    with pytest.raises(BudgetSpent):
        await books.admit(account, "persona", tokens=20, cost=0)
    await books.aclose()
    assert tries == 4
    assert len(await rows(store)) == 1


async def test_what_cannot_be_stored_is_left_out_and_keeps_nothing_else_out(
    store: Store, company: Company, books: Bookkeeper, caplog: pytest.LogCaptureFixture
) -> None:
    gone = Account("practice", new_id(), company.programme_id, new_id())  # somebody who is not there
    huge = Usage(input_tokens=10**12, output_tokens=-5, cached_tokens=10**13, calls=1)
    for account, made in ((practice(company), call(1)), (gone, call(2)), (practice(company), call(usage=huge))):
        books.record(await books.admit(account, "persona", tokens=1, cost=0), made)
    await books.aclose()
    kept = await rows(store)
    assert sorted(each.input_tokens for each in kept) == [1, 2**31 - 1]
    assert all(each.output_tokens >= 0 and each.cached_tokens <= each.input_tokens for each in kept)
    assert "cannot be entered" in caplog.text
    assert str(gone.person_id) not in caplog.text


async def test_a_transaction_whose_end_nobody_heard_is_repeated_without_harm(
    store: Store, company: Company, books: Bookkeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, tries = books._put, 0

    async def unheard(batch: Any) -> None:
        nonlocal tries
        tries += 1
        await put(batch)
        if tries == 1:
            raise Unavailable("The database does not answer.")

    monkeypatch.setattr(books, "_put", unheard)
    books.record(await books.admit(practice(company), "persona", tokens=1, cost=0), call(1))
    await books.aclose()
    assert tries == 2
    assert len(await rows(store)) == 1


async def test_an_end_without_a_database_says_what_is_lost(
    store: Store, company: Company, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    books = Bookkeeper(store)

    async def away(batch: Any) -> None:
        raise Unavailable("The database does not answer.")

    monkeypatch.setattr(books, "_put", away)
    books.record(await books.admit(practice(company), "persona", tokens=1, cost=0), call(7))
    await books.aclose(patience=0.05)
    assert "lacks 1 replies (7 tokens)" in caplog.text
    assert company.amir.person_id not in caplog.text


def test_nothing_is_raised_where_no_loop_runs_any_more(sqlite_url: str) -> None:
    async def begin() -> tuple[Bookkeeper, Reservation]:
        books = Bookkeeper(store)
        return books, await books.admit(Account("check", "-"), "persona", tokens=1, cost=0)

    store = open_store(sqlite_url)
    books, held = asyncio.run(begin())
    books.record(held, call(1))
    asyncio.run(store.close())


_SMALL = st.integers(0, 40)
_ACTS = st.lists(
    st.tuples(st.sampled_from(["ask", "ask", "end", "fail", "cancel", "cancel waiting", "forget", "settle"]), _SMALL),
    max_size=25,
)


@pytest.fixture(scope="module")
def bench(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Store]]:
    """A store that is opened once for all examples, and the loop it lives in."""
    place = tmp_path_factory.mktemp("bench") / "conductor.db"
    shutil.copy(sqlite_template, place)
    with asyncio.Runner() as runner:

        async def opened() -> Store:
            return open_store(f"sqlite:///{place}")

        store = runner.run(opened())
        yield runner, store
        runner.run(store.close())


@given(acts=_ACTS, budget=st.integers(1, 120))
@settings(max_examples=40)
def test_whatever_happens_nothing_stays_held_and_the_sums_are_those_of_the_rows(
    bench: tuple[asyncio.Runner, Store], acts: list[tuple[str, int]], budget: int
) -> None:
    runner, store = bench
    runner.run(_live(store, acts, budget))


async def _live(store: Store, acts: list[tuple[str, int]], budget: int) -> None:
    async with store.write() as work:
        programme = await work.strategy.add_programme(f"p-{new_id()}", round_budget=1)
        person = await work.people.add(login=new_id(), name="x", password_hash="x", roles=frozenset())
    async with store.database.transaction(writing=True) as connection:
        moment = datetime.now(UTC)
        values = {"subject_id": programme, "period": "day", "tokens": budget, "set_by": person, "updated_at": moment}
        await connection.execute(insert(tables.budgets).values(scope="programme", **values))
    books = Bookkeeper(store)
    account = Account("design", "w", programme, person)
    waiting: list[asyncio.Task[Reservation]] = []
    recorded = 0
    for act, size in acts:
        if act == "ask":
            waiting.append(asyncio.create_task(books.admit(account, "author", tokens=size, cost=0)))
        elif act == "cancel waiting" and waiting:
            waiting[size % len(waiting)].cancel()
        elif act == "forget":
            books.forget()
        elif act == "settle":
            await asyncio.sleep(0.001)
        else:
            held = [each for each in waiting if each.done() and not each.cancelled() and each.exception() is None]
            if held:
                chosen = held[size % len(held)]
                waiting.remove(chosen)
                outcome = {"end": "done", "fail": "model-slow"}.get(act, "cancelled")
                spent = min(size, chosen.result().tokens)
                books.record(chosen.result(), call(spent, outcome=outcome))
                recorded += spent
        assert recorded + books.held(("programme", programme)).tokens <= budget
        await asyncio.sleep(0)
    for _ in range(200):
        for each in [each for each in waiting if each.done()]:
            waiting.remove(each)
            if not each.cancelled() and each.exception() is None:
                books.record(each.result(), call(each.result().tokens))
                recorded += each.result().tokens
        if not waiting:
            break
        await asyncio.sleep(0.002)
    assert not waiting
    assert recorded <= budget
    for subject in (("programme", programme), ("person", person)):
        assert books.held(subject) == Amount()
    await books.aclose()
    beginning = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    async with store.read() as work:
        spent_now = await work.ledger.spent("programme", programme, {"day": beginning}, purpose=Purpose.BUDGET)
    assert spent_now["day"].tokens == recorded
