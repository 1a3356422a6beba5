"""What each role's model was found fit for, who answers for an unfit one, and the gate before work begins.

A report counts for one fingerprint: model, parameters, prompt and suite. Whatever of these changes, the model stands as
not checked. Such a model plays, and the desks say so; one that was found unfit plays only where an admin allows it.
"""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Literal, NoReturn, get_args
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict

from agents.endpoints import Role
from agents.ensemble import Ensemble
from agents.failures import ROLE_NAMES, ModelUnfit, host_of
from agents.models import RoleModel
from approvals.people import Actor
from approvals.people import Role as PersonRole
from approvals.roles import in_person, require
from evidence.canonical import text_digest
from evidence.characters import keepable
from evidence.errors import Conflict, InvalidInput
from graphs.answering import Once, Reference, transact
from store.purpose import Purpose
from store.repositories.fitness import CheckRow
from store.unit_of_work import Store, UnitOfWork

if TYPE_CHECKING:
    from agents.conformance.report import Report

ROLES: tuple[Role, ...] = get_args(Role)
MAX_REASON = 1000
MAX_NAME = 200
KNOWN_FOR = 5.0  # seconds for which a process goes by what it read last, where work begins
KNOWN_IN_SCENE = 60.0  # and between two turns of a scene, which wait for no query

State = Literal["offline rules", "not checked", "pass", "provisional", "unfit"]


class Allowed(BaseModel):
    """Who lets an unfit model play, since when, and why."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    name: str
    reason: str
    since: datetime


class Standing(BaseModel):
    """What is known of whoever plays a role in this installation.

    ``weaknesses`` are the suite's sentences on what went wrong, the gravest first. ``earlier`` is when a model was last
    checked for this role, where that was another model, or this one with other parameters, prompt or suite.
    """

    model_config = ConfigDict(frozen=True)

    role: Role
    state: State
    model: str = ""
    endpoint: str = ""
    fingerprint: str = ""
    suite: str = ""
    checked_at: datetime | None = None
    earlier: datetime | None = None
    weaknesses: tuple[str, ...] = ()
    allowed: Allowed | None = None

    @property
    def barred(self) -> bool:
        """Whether it may not play."""
        return self.state == "unfit" and self.allowed is None

    @property
    def called(self) -> str:
        """The role as people call it."""
        return ROLE_NAMES[self.role]


def model_of(ensemble: Ensemble, role: Role) -> RoleModel | None:
    """The language model that plays a role, or None where rules or something else play it."""
    found = getattr(getattr(ensemble, role), "model", None)
    return found if isinstance(found, RoleModel) else None


def name_of(model: RoleModel | None) -> str:
    """A model's name, at most as long as it is stored; a file's name where it has no other. Empty without a model."""
    if model is None:
        return ""
    settings = model.settings
    return (settings.model or (settings.gguf.stem if settings.gguf else ""))[:MAX_NAME]


async def standings(store: Store, ensemble: Ensemble) -> tuple[Standing, ...]:
    """What is known of every role, as it stands in the database now."""
    async with store.read() as work:
        return tuple([await _standing(work, role, model_of(ensemble, role)) for role in ROLES])


async def standing(store: Store, ensemble: Ensemble, role: Role) -> Standing:
    """What is known of one role; without a model no database is asked."""
    model = model_of(ensemble, role)
    if model is None:
        return Standing(role=role, state="offline rules")
    async with store.read() as work:
        return await _standing(work, role, model)


async def newest_report(store: Store, ensemble: Ensemble, role: Role) -> Report | None:
    """The newest report on the model that plays a role, exactly as it is set now; None where there is none."""
    model = model_of(ensemble, role)
    if model is None:
        return None
    async with store.read() as work:
        row = await work.fitness.newest(role, fingerprint_of(model))
    return None if row is None else _report(row)


async def store_report(store: Store, report: Report, *, by: str = "system") -> CheckRow:
    """Keep a report; it counts at once, and an override of the same fingerprint goes on standing.

    Args:
        store: where everything is kept.
        report: of a suite that was run to its end.
        by: the id of the person who had it run, where that is known.

    Raises:
        Conflict: the endpoint was not reached, which says nothing about the model.
    """
    if report.reach != "reached":
        raise Conflict(
            f"The {ROLE_NAMES[report.role]}'s language model could not be reached, so nothing is known about it.",
            todo="`conductor doctor` says what is wrong; then check it again. Nothing was stored.",
        )
    async with store.write() as work:
        row = await work.fitness.add_check(
            role=report.role,
            fingerprint=report.fingerprint,
            model=report.model[:MAX_NAME],
            suite=report.suite[:20],
            fitness=report.fitness.value,
            report=keepable(report.model_dump(mode="json")),
        )
        await work.approvals.audit(
            actor=by,
            action="model checked",
            subject=f"model/{row.role}",
            check=row.id,
            model=row.model,
            fingerprint=row.fingerprint,
            fitness=row.fitness,
        )
    _forget(store)
    return row


async def allow(
    store: Store, ensemble: Ensemble, actor: Actor, role: Role, reason: str, *, once: Once | None = None
) -> str:
    """Let an unfit model play a role under the admin's name, until somebody ends that or the model changes.

    Returns:
        The id of the override.

    Raises:
        NotAllowed: the actor is no admin, or is an API token.
        InvalidInput: there is no reason, or it is too long.
        Conflict: the role's model was not found unfit, or is allowed already.
    """
    _admin(actor)
    why = " ".join(reason.split())
    if not why or len(why) > MAX_REASON:
        raise InvalidInput(
            f"Letting an unfit model play needs a reason of 1 to {MAX_REASON} characters.",
            where="reason",
            todo="Say why it may play although it was found unfit; people read it beside your name.",
        )
    model = model_of(ensemble, role)

    async def effect(work: UnitOfWork) -> Reference:
        # Written before it is known whether it holds: of two admins at once the second waits here for the first.
        await work.approvals.audit(
            actor=actor.person_id,
            action="unfit model allowed",
            subject=f"model/{role}",
            model=name_of(model),
            fingerprint="" if model is None else fingerprint_of(model),
            reason=text_digest(why),  # its words stand beside the override, where they can be taken out
        )
        now = await _standing(work, role, model)
        if now.state != "unfit":
            _nothing_to_allow(now)
        if now.allowed is not None:
            raise Conflict(
                f"{now.allowed.name} allows this model already.", todo="End that first, if it should stand otherwise."
            )
        made = await work.fitness.add_override(
            role=role,
            fingerprint=now.fingerprint,
            model=now.model,
            person_id=actor.person_id,
            reason=why,
        )
        return Reference(id=made.id)

    made = await transact(store, once, Reference, effect)
    _forget(store)
    return str(made.id)


async def disallow(store: Store, ensemble: Ensemble, actor: Actor, role: Role) -> None:
    """End the override that stands for a role's model; nothing begins with it any more.

    Raises:
        NotAllowed: the actor is no admin, or is an API token.
        Conflict: none stands.
    """
    _admin(actor)
    model = model_of(ensemble, role)
    async with store.write() as work:
        found = None if model is None else await work.fitness.standing_override(role, fingerprint_of(model))
        if found is None or not await work.fitness.end_override(found.id, actor.person_id):
            raise Conflict(f"Nobody's word lets the {ROLE_NAMES[role]}'s model play.", todo="Nothing to end.")
        await work.approvals.audit(
            actor=actor.person_id,
            action="unfit model not allowed any more",
            subject=f"model/{role}",
            model=found.model,
            fingerprint=found.fingerprint,
        )
    _forget(store)


async def may_play(store: Store, ensemble: Ensemble, role: Role, *, known_for: float = KNOWN_FOR) -> None:
    """Refuse to begin work with a model that was found unfit for it, unless an admin allows it.

    Args:
        store: where reports and overrides are kept.
        ensemble: who plays.
        role: what is about to be played.
        known_for: seconds for which it is enough to know what this process read last.

    Raises:
        ModelUnfit: the model may not play this role.
    """
    model = model_of(ensemble, role)
    if model is None:
        return
    known, at = _known.setdefault(store, {}), monotonic()
    read, found = known.get((role, fingerprint_of(model)), (-1.0, None))
    if found is None or at - read > known_for:
        found = await standing(store, ensemble, role)
        known[role, found.fingerprint] = at, found
    if found.barred:
        raise unfit(found)


def unfit(found: Standing) -> ModelUnfit:
    """The refusal: what was found, and what can be done."""
    seen = f": {_within(found.weaknesses[0])}" if found.weaknesses else "."
    return ModelUnfit(
        f"The language model that plays the {found.called} ({found.model}) was found unfit for it{seen}",
        todo="An admin can choose another model, have it checked again, or allow this one by name; nothing is lost.",
        role=found.role,
    )


def fingerprint_of(model: RoleModel) -> str:
    """The SHA-256 under which a model's reports count."""
    found = _fingerprints.get(model)
    if found is None:
        from agents.conformance import fingerprint  # the probes' texts are read only where a model plays

        found = _fingerprints[model] = fingerprint(model)
    return found


_fingerprints: WeakKeyDictionary[RoleModel, str] = WeakKeyDictionary()
_known: WeakKeyDictionary[Store, dict[tuple[str, str], tuple[float, Standing]]] = WeakKeyDictionary()


def _forget(store: Store) -> None:
    _known.pop(store, None)


async def _standing(work: UnitOfWork, role: Role, model: RoleModel | None) -> Standing:
    if model is None:
        return Standing(role=role, state="offline rules")
    settings = model.settings
    who = Standing(
        role=role,
        state="not checked",
        model=name_of(model),
        endpoint="this machine" if settings.gguf else host_of(settings.base_url),
        fingerprint=fingerprint_of(model),
    )
    row = await work.fitness.newest(role, who.fingerprint)
    if row is None:
        return who.model_copy(update={"earlier": await work.fitness.last_checked(role)})
    report = _report(row)
    return who.model_copy(
        update={
            "state": report.fitness.value,
            "suite": report.suite,
            "checked_at": row.created_at,
            "weaknesses": weaknesses(report),
            "allowed": await _allowed(work, who) if report.fitness.value == "unfit" else None,
        }
    )


def _report(row: CheckRow) -> Report:
    from agents.conformance.report import Report  # with it comes the whole suite: only where a model was checked

    return Report.model_validate(row.report)


def weaknesses(report: Report) -> tuple[str, ...]:
    """What went wrong, in the suite's sentences: first what the role cannot do without; never what is only noted."""
    from agents.conformance.fitness import WEIGHTS, Weight
    from agents.conformance.report import Outcome

    severity = (Outcome.BAD, Outcome.WEAK, Outcome.NOT_ASKED)
    weights = WEIGHTS.get(report.role, {})
    found = []
    for finding in report.findings:
        weight = weights.get(finding.probe, Weight.IMPORTANT)
        not_shown = finding.outcome is Outcome.NOT_ASKED and weight is not Weight.ESSENTIAL
        if finding.outcome is not Outcome.GOOD and weight is not Weight.NOTED and not not_shown:
            found.append((weight is not Weight.ESSENTIAL, severity.index(finding.outcome), finding.detail))
    return tuple(detail for _, _, detail in sorted(found, key=lambda each: each[:2]))


async def _allowed(work: UnitOfWork, who: Standing) -> Allowed | None:
    found = await work.fitness.standing_override(who.role, who.fingerprint)
    if found is None:
        return None
    names = await work.people.names(frozenset({found.person_id}), purpose=Purpose.ACCOUNTABILITY)
    name = names.get(found.person_id, "somebody")
    return Allowed(person_id=found.person_id, name=name, reason=found.reason, since=found.created_at)


def _admin(actor: Actor) -> None:
    require(actor, PersonRole.ADMIN, to="let an unfit model play, or end that")
    in_person(actor, to="answer for a model")


def _nothing_to_allow(now: Standing) -> NoReturn:
    if now.state == "offline rules":
        raise Conflict(f"Offline rules play the {now.called}; there is no model to allow.", todo="Nothing to do.")
    if now.state == "not checked":
        raise Conflict(
            f"The {now.called}'s model has not been checked as it is set now, so it plays already.",
            todo=f"Check it first: conductor models check --role {now.role}",
        )
    raise Conflict(f"The {now.called}'s model was not found unfit; it plays already.", todo="Nothing to do.")


def _within(sentence: str) -> str:
    """A sentence as it goes on after a colon."""
    text = sentence.strip()
    small = text[:1].lower() + text[1:] if text[1:2].islower() else text
    return small if small.endswith((".", "!", "?")) else f"{small}."
