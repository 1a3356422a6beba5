"""What language models were asked and what it cost, and the budgets. Sums only; nobody reads another person's.

Practice is summed over people, and never over fewer than ``FEWEST``: a sum over one or two would tell who practised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from evidence.errors import NotAllowed
from store import tables
from store.purpose import Purpose
from store.records import Record
from store.repositories.repository import Repository

Scope = Literal["programme", "person"]
Period = Literal["day", "month"]
By = Literal["role", "programme", "model", "work", "day"]

EVERYBODY = ""  # whose budget holds for every person who has none of their own
FEWEST = 3

_calls = tables.model_calls
_NOT_FAILURES = ("done", "cancelled")
_RUNS = ("design", "tuning")
_SUMS = (
    func.count().label("calls"),
    func.coalesce(func.sum(case((_calls.c.outcome.not_in(_NOT_FAILURES), 1), else_=0)), 0).label("failed"),
    *(
        func.coalesce(func.sum(_calls.c[name]), 0).label(name)
        for name in ("input_tokens", "cached_tokens", "output_tokens", "cost", "seconds")
    ),
)

_APPEND = {
    name: statement.on_conflict_do_nothing(index_elements=[_calls.c.id])
    for name, statement in (("sqlite", sqlite.insert(_calls)), ("postgresql", postgresql.insert(_calls)))
}


@dataclass(frozen=True)
class Entry:
    """One row of the ledger: a reply that was asked for. ``cost`` is in millionths of the currency."""

    id: str
    role: str
    endpoint: str
    model: str
    programme_id: str | None
    person_id: str | None
    work_kind: str
    work_id: str
    outcome: str
    attempts: int
    counted: bool
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: int
    seconds: float
    first_token_seconds: float | None
    created_at: datetime


class Used(Record):
    """Sums over replies. Cached tokens are part of the input tokens; ``cost`` is in millionths of the currency."""

    calls: int = 0
    failed: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Everything that counts towards a budget of tokens."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Used) -> Used:
        """Both together."""
        return Used(**{name: getattr(self, name) + getattr(other, name) for name in Used.model_fields})


class Table(Record):
    """Sums by key, the largest first.

    ``few`` sums the practice of keys that too few people share to be shown apart. ``withheld`` says that some practice
    is left out altogether, because fewer than ``FEWEST`` people practised at all.
    """

    lines: dict[str, Used]
    few: Used | None
    withheld: bool


class Budget(Record):
    """What may be spent in a period; None is no limit. ``cost`` is in millionths of the currency."""

    scope: Scope
    subject_id: str
    period: Period
    tokens: int | None
    cost: int | None
    set_by: str
    updated_at: datetime


class Ledger(Repository):
    """The ledger of replies, append-only, and the budgets."""

    async def append(self, entries: Sequence[Entry]) -> None:
        """Append rows; one whose id is there already is there once, so that a doubtful transaction can be repeated."""
        await self._connection.execute(_APPEND[self._connection.dialect.name], [vars(each) for each in entries])

    async def used(self, by: By, since: datetime, until: datetime) -> Table:
        """Sums by role, programme, model, kind of work or day (UTC), over ``since <= moment < until``."""
        between = and_(_calls.c.created_at >= since, _calls.c.created_at < until)
        practised = _calls.c.work_kind == "practice"
        key = self._key(by).label("key")
        people = func.count(_calls.c.person_id.distinct()).label("people")
        lines: dict[str, Used] = {}
        for row in await self._connection.execute(select(key, *_SUMS).where(between, ~practised).group_by("key")):
            lines[row.key] = Used.model_validate(row)
        cells = {
            row.key: (row.people, Used.model_validate(row))
            for row in await self._connection.execute(
                select(key, people, *_SUMS).where(between, practised).group_by("key")
            )
        }
        apart = [name for name, (count, _) in cells.items() if count < FEWEST]
        withheld = False
        if apart:
            among = select(people).where(between, practised, self._key(by).in_(apart))
            if (await self._connection.execute(among)).scalar_one() < FEWEST:
                # What is left out could be had by subtraction, so the smallest line that is shown goes with it.
                enough = sorted((count, name) for name, (count, _) in cells.items() if name not in apart)
                withheld = not enough
                apart += [name for _, name in enough[:1]]
        few = Used()
        for name, (_, sums) in cells.items():
            if name in apart:
                few = few + sums
            else:
                lines[name] = lines.get(name, Used()) + sums
        order = sorted(lines, reverse=True) if by == "day" else sorted(lines, key=lambda name: _weight(lines[name]))
        return Table(
            lines={name: lines[name] for name in order},
            few=few if apart and not withheld else None,
            withheld=withheld,
        )

    async def of_run(self, run_id: str) -> Used:
        """What one piece of design or tuning work took so far; nothing for a practice."""
        query = select(*_SUMS).where(_calls.c.work_id == run_id, _calls.c.work_kind.in_(_RUNS))
        return Used.model_validate((await self._connection.execute(query)).one())

    async def mine(
        self, person_id: str, since: Mapping[Period, datetime], *, reader: str, purpose: Purpose
    ) -> dict[Period, Used]:
        """What a person used since the beginning of each period, for that person only.

        Raises:
            NotAllowed: somebody else asks, or for another purpose.
        """
        if purpose is not Purpose.OWN_PRACTICE or reader != person_id:
            raise NotAllowed("What a person used is for that person only.")
        return await self._since(_calls.c.person_id == person_id, since)

    async def spent(
        self, scope: Scope, subject_id: str, since: Mapping[Period, datetime], *, purpose: Purpose
    ) -> dict[Period, Used]:
        """What a programme or a person used since the beginning of each period; for code that keeps a budget.

        Raises:
            NotAllowed: it is asked for another purpose.
        """
        if purpose is not Purpose.BUDGET:
            raise NotAllowed(f"What was used cannot be read for the purpose '{purpose.value}'.")
        column = _calls.c.programme_id if scope == "programme" else _calls.c.person_id
        return await self._since(column == subject_id, since)

    async def _since(self, whose: ColumnElement[bool], since: Mapping[Period, datetime]) -> dict[Period, Used]:
        if not since:
            return {}
        found: dict[Period, Used] = {}
        for period, begin in since.items():
            query = select(*_SUMS).where(whose, _calls.c.created_at >= begin)
            found[period] = Used.model_validate((await self._connection.execute(query)).one())
        return found

    async def budgets(self) -> list[Budget]:
        """Every budget: programmes first, then persons."""
        table = tables.budgets
        order = (table.c.scope.desc(), table.c.subject_id, table.c.period)
        return await self._all(select(table).order_by(*order), Budget)

    async def budgets_for(self, scope: Scope, subject_id: str) -> list[Budget]:
        """The budgets that apply: for a person their own, and everybody's for a period in which they have none."""
        table = tables.budgets
        wanted = [table.c.subject_id == subject_id]
        if scope == "person":
            wanted.append(table.c.subject_id == EVERYBODY)
        # Everybody's comes first, so that one's own replaces it.
        query = select(table).where(table.c.scope == scope, or_(*wanted)).order_by(table.c.subject_id)
        return list({each.period: each for each in await self._all(query, Budget)}.values())

    async def budget(self, scope: Scope, subject_id: str, period: Period) -> Budget | None:
        """One budget as it was set, or None."""
        return await self._one(select(tables.budgets).where(_named(scope, subject_id, period)), Budget)

    async def set_budget(
        self, scope: Scope, subject_id: str, period: Period, *, tokens: int | None, cost: int | None, by: str
    ) -> None:
        """Set a budget, in place of the one that is there."""
        values: dict[str, Any] = {"tokens": tokens, "cost": cost, "set_by": by, "updated_at": self._now}
        changed = await self._connection.execute(
            update(tables.budgets).where(_named(scope, subject_id, period)).values(**values)
        )
        if not changed.rowcount:
            names = {"scope": scope, "subject_id": subject_id, "period": period}
            await self._connection.execute(insert(tables.budgets).values(**names, **values))

    async def remove_budget(self, scope: Scope, subject_id: str, period: Period) -> bool:
        """Take a budget away; gives whether there was one."""
        gone = await self._connection.execute(delete(tables.budgets).where(_named(scope, subject_id, period)))
        return bool(gone.rowcount)

    def _key(self, by: By) -> ColumnElement[Any]:
        if by == "day":
            if self._connection.dialect.name == "sqlite":
                return func.date(_calls.c.created_at)
            # Literals, not parameters: PostgreSQL groups only by what is word for word the same.
            utc = func.timezone(literal_column("'UTC'"), _calls.c.created_at)
            return func.to_char(utc, literal_column("'YYYY-MM-DD'"))
        if by == "programme":
            return func.coalesce(_calls.c.programme_id, literal_column("''"))
        return {"role": _calls.c.role, "model": _calls.c.model, "work": _calls.c.work_kind}[by]


def _named(scope: Scope, subject_id: str, period: Period) -> ColumnElement[bool]:
    table = tables.budgets
    return and_(table.c.scope == scope, table.c.subject_id == subject_id, table.c.period == period)


def _weight(used: Used) -> tuple[int, int, int]:
    return -used.cost, -used.tokens, -used.calls
