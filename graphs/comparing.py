"""Two versions of a charter or a criteria set side by side, as people choose them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor
from approvals.roles import STRATEGY_READERS, require
from evidence.difference import FieldDifference
from evidence.errors import Conflict, InvalidInput
from store.purpose import Purpose
from store.records import StrategyVersion
from store.unit_of_work import Store, UnitOfWork
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.versions import Comparison, compare_charters, compare_criteria, is_judged

Kind = Literal["charter", "criteria"]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Stamp(_View):
    """One of the two versions."""

    id: str
    number: int
    reason: str
    author: str
    in_force: bool


class Named(_View):
    """A clause or criterion by its id, and the words people know it by."""

    id: str
    text: str


class Change(_View):
    """A clause or criterion that both versions have; ``judged``: the judge is asked anew because of it.

    ``arithmetic`` are the differences that never reach the judge; for a clause there are none.
    """

    id: str
    text: str
    judged: bool
    differences: tuple[FieldDifference, ...]
    arithmetic: tuple[FieldDifference, ...]


class Compared(_View):
    """What leads from ``before`` to ``after``.

    Attributes:
        kind: charter or criteria.
        why: why ``before`` is this one: it was ``chosen``, is the ``parent``, the one ``in force``, or the one
            ``earlier`` in number.
        added, removed, moved: clauses or criteria.
        changed: clauses or criteria that differ, in the later order.
        whole: differences outside of the parts, such as thresholds; no judge is asked because of them.
        judged_anew: criteria that the judge is asked anew; for a charter, those in force that cite what changed.
        arithmetic: ids of criteria of which only weights and thresholds differ.
    """

    programme_id: str
    kind: Kind
    before: Stamp
    after: Stamp
    why: Literal["chosen", "parent", "in force", "earlier"]
    same: bool
    added: tuple[Named, ...]
    removed: tuple[Named, ...]
    moved: tuple[Named, ...]
    changed: tuple[Change, ...]
    whole: tuple[FieldDifference, ...]
    judged_anew: tuple[Named, ...]
    arithmetic: tuple[str, ...]


async def compare(store: Store, actor: Actor, version_id: str, other_id: str | None = None) -> Compared:
    """Compare a version with an earlier one.

    Args:
        store: where everything is kept.
        actor: anybody who may read the strategy.
        version_id: the later of the two.
        other_id: the earlier; where none is named, the version it was edited from, else the one in force, else the
            one that was stored before it.

    Raises:
        NotAllowed: the actor may not read the strategy.
        NotFound: there is no such version.
        InvalidInput: the two are of different kinds or programmes, or are the same version.
        Conflict: there is nothing to compare it with.
    """
    require(actor, *STRATEGY_READERS, to="read the strategy")
    async with store.read() as work:
        after = await work.strategy.version(version_id)
        before, why = await _other(work, after, other_id)
        active = await work.strategy.active(after.programme_id, after.kind)
        names = await work.people.names(frozenset({before.author_id, after.author_id}), purpose=Purpose.ACCOUNTABILITY)
        in_force = None if active is None else active.version_id
        criteria = await _criteria_in_force(work, after) if after.kind == "charter" else None
    old_words, new_words, found = _compared(before, after, criteria)
    asked = (
        new_words if after.kind == "criteria" else {c.id: c.question for c in (criteria.criteria if criteria else ())}
    )

    def stamp(version: StrategyVersion) -> Stamp:
        return Stamp(
            id=version.id,
            number=version.number,
            reason=version.reason,
            author=names.get(version.author_id, ""),
            in_force=version.id == in_force,
        )

    return Compared.model_validate(
        {
            "programme_id": after.programme_id,
            "kind": after.kind,
            "before": stamp(before),
            "after": stamp(after),
            "why": why,
            "same": found.same,
            "added": _named(found.added, new_words),
            "removed": _named(found.removed, old_words),
            "moved": _named(found.moved, new_words),
            "changed": [
                Change(
                    id=each.id,
                    text=new_words[each.id],
                    judged=each.judged,
                    differences=tuple(d for d in each.differences if after.kind == "charter" or is_judged(d.field)),
                    arithmetic=tuple(
                        d for d in each.differences if after.kind == "criteria" and not is_judged(d.field)
                    ),
                )
                for each in found.changed
            ],
            "whole": found.whole,
            "judged_anew": _named(found.judges_anew, asked),
            "arithmetic": found.arithmetic if after.kind == "criteria" else (),
        }
    )


def _compared(
    before: StrategyVersion, after: StrategyVersion, criteria: CriteriaSet | None
) -> tuple[dict[str, str], dict[str, str], Comparison]:
    """The words that the parts of both are known by, and what lies between the two."""
    if after.kind == "charter":
        old, new = (Charter.model_validate_json(each.content) for each in (before, after))
        words = [{clause.id: clause.text for clause in each.clauses} for each in (old, new)]
        return words[0], words[1], compare_charters(old, new, criteria)
    first, second = (CriteriaSet.model_validate_json(each.content) for each in (before, after))
    asked = [{criterion.id: criterion.question for criterion in each.criteria} for each in (first, second)]
    return asked[0], asked[1], compare_criteria(first, second)


async def _other(
    work: UnitOfWork, after: StrategyVersion, other_id: str | None
) -> tuple[StrategyVersion, Literal["chosen", "parent", "in force", "earlier"]]:
    if other_id is not None:
        other = await work.strategy.version(other_id)
        if other.id == after.id:
            raise InvalidInput("These are one and the same version.", where="with", todo="Name two versions.")
        if other.kind != after.kind:
            raise InvalidInput(
                f"One is a {_what(after)} and the other a {_what(other)}.",
                where="with",
                todo="Compare a charter with a charter, and criteria with criteria.",
            )
        if other.programme_id != after.programme_id:
            raise InvalidInput(
                "The other version belongs to another programme.",
                where="with",
                todo="Compare versions of one programme.",
            )
        return other, "chosen"
    if after.parent_id is not None:
        return await work.strategy.version(after.parent_id), "parent"
    active = await work.strategy.active(after.programme_id, after.kind)
    if active is not None and active.version_id != after.id:
        return await work.strategy.version(active.version_id), "in force"
    earlier = [each for each in await work.strategy.versions(after.programme_id, after.kind) if each.id < after.id]
    if not earlier:
        raise Conflict(
            f"There is no other {_what(after)} to compare version {after.number} with.",
            todo="Propose a change first, or name the other version.",
        )
    return earlier[0], "earlier"


def _what(version: StrategyVersion) -> str:
    return "criteria set" if version.kind == "criteria" else version.kind


async def _criteria_in_force(work: UnitOfWork, version: StrategyVersion) -> CriteriaSet | None:
    active = await work.strategy.active(version.programme_id, "criteria")
    if active is None:
        return None
    return CriteriaSet.model_validate_json((await work.strategy.version(active.version_id)).content)


def _named(ids: tuple[str, ...], words: dict[str, str]) -> list[Named]:
    return [Named(id=each, text=words.get(each, each)) for each in ids]
