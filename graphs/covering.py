"""Which clauses of the charter in force are asked about and practised, and who cites a clause that is gone."""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor
from approvals.roles import STRATEGY_READERS, require
from store.records import ScenarioVersion
from store.unit_of_work import Store
from strategy.charter import Charter
from strategy.coverage import coverage
from strategy.criteria import CriteriaSet


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Practised(_View):
    """A signed scenario, and the checkpoint it was signed at."""

    version_id: str
    checkpoint_id: str
    title: str


class Covered(_View):
    """One clause: the criteria that cite it, and the signed scenarios with an objective that does."""

    id: str
    kind: str
    text: str
    criteria: tuple[str, ...]
    practised: int
    scenarios: tuple[Practised, ...]

    @property
    def gaps(self) -> int:
        """How many of the two are missing."""
        return (not self.criteria) + (not self.practised)


class Gone(_View):
    """A clause that is cited and is not in the charter; ``by`` is a criterion's id or a scenario's title."""

    clause_id: str
    by: str


class CoverageMap(_View):
    """The charter in force, clause by clause; those with most gaps come first, else in the charter's order.

    Attributes:
        charter: its version number.
        criteria: their version number; None where none are in force.
        signed: how many scenarios can be practised today.
        clauses: every clause.
        unasked: ids of clauses that no criterion cites.
        unpractised: ids of clauses that no signed scenario practises.
        gone: what is cited and no longer there.
    """

    programme_id: str
    title: str
    charter: int
    criteria: int | None
    signed: int
    clauses: tuple[Covered, ...]
    unasked: tuple[str, ...]
    unpractised: tuple[str, ...]
    gone: tuple[Gone, ...]


async def coverage_map(store: Store, actor: Actor, programme_id: str) -> CoverageMap:
    """Lay the criteria in force and the signed scenarios of a programme over its charter.

    Raises:
        NotAllowed: the actor may not read the strategy.
        NotFound: there is no such programme.
        Conflict: no charter is in force.
    """
    require(actor, *STRATEGY_READERS, to="read the strategy")
    async with store.read() as work:
        await work.strategy.programme(programme_id)
        charter_row = await work.strategy.in_force(programme_id, "charter")
        active = await work.strategy.active(programme_id, "criteria")
        criteria_row = None if active is None else await work.strategy.version(active.version_id)
        signed = await work.approvals.signed_scenarios(programme_id)
        places = {each.subject_id: each.checkpoint_id for each in await work.approvals.standing_sign_offs(programme_id)}
    charter = Charter.model_validate_json(charter_row.content)
    criteria = None if criteria_row is None else CriteriaSet.model_validate_json(criteria_row.content)
    cited = {each.id: _objectives_cite(each) for each in signed}
    found = coverage(charter, criteria, [(each.title, cited[each.id]) for each in signed])
    clauses = [
        Covered(
            id=each.clause.id,
            kind=each.clause.kind.value,
            text=each.clause.text,
            criteria=each.criterion_ids,
            practised=each.practised,
            scenarios=tuple(
                Practised(version_id=one.id, checkpoint_id=places.get(one.id, ""), title=one.title)
                for one in signed
                if each.clause.id in cited[one.id]
            ),
        )
        for each in found.clauses
    ]
    return CoverageMap(
        programme_id=programme_id,
        title=charter.title,
        charter=charter_row.number,
        criteria=None if criteria_row is None else criteria_row.number,
        signed=len(signed),
        clauses=tuple(sorted(clauses, key=lambda each: (-each.gaps, each.practised > 0))),
        unasked=tuple(each.id for each in found.unasked),
        unpractised=tuple(each.id for each in found.unpractised),
        gone=tuple(Gone(clause_id=clause_id, by=by) for clause_id, by in found.gone),
    )


def _objectives_cite(version: ScenarioVersion) -> frozenset[str]:
    """The clauses that learners practise in a scenario: those its objectives cite."""
    objectives = json.loads(version.content).get("objectives", ())
    return frozenset(str(clause_id) for each in objectives for clause_id in each.get("clause_ids", ()))
