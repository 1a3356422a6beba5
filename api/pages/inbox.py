"""The designer's inbox: what waits and whose it is, what can be confirmed as one list, what is signed and doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity, fresh_login
from api.pages import ruling
from api.pages.identity import Visitor, local, see
from api.pages.rendering import page
from api.pages.telling import percent
from api.policies import BARRED
from api.security import Opened
from api.wording import _, translations
from approvals.people import Role
from approvals.roles import require
from approvals.rollout import told as promotion_told
from evidence.errors import ConductorError, NotAuthenticated
from graphs.batching import confirm, confirmable
from graphs.inbox import Inbox, Signed, inbox
from graphs.revoking import SIGNED_WORK_CHANGED
from graphs.turns import Place

if TYPE_CHECKING:
    from store.records import SignOff
    from store.unit_of_work import UnitOfWork

router = APIRouter()

SAME_TEXT = "the same text"
MOST = 200  # lines of the list that are confirmed at once
MOST_REMINDERS = 3  # that stand one by one

ngettext = translations().ngettext


@dataclass(frozen=True)
class Doubtful:
    """Signed work about which something changed; ``run_id`` is empty where it is judged again already."""

    checkpoint_id: str
    title: str
    number: int
    suspended: bool
    because: tuple[str, ...]
    run_id: str
    again: str


@dataclass(frozen=True)
class Changed:
    """Signed work that is doubtful for the same reasons; ``ready``: how much of it is not judged again already."""

    told: str
    because: tuple[str, ...]
    suspended: bool
    lines: tuple[Doubtful, ...]
    ready: int


@dataclass(frozen=True)
class Told:
    """A notice in words: what it is about, where that is, and what there is to say of it."""

    title: str
    address: str
    said: str


@dataclass(frozen=True)
class Outcome:
    """What became of a line of the list."""

    title: str
    checkpoint_id: str
    problem: str


@router.get("/design")
async def desk(request: Request, app: Opened, who: Visitor, q: str = "") -> Response:
    """What waits for me, what agents are at, what has stopped, and what is signed."""
    return await _show(request, app, who, wanted=q)


@router.post("/design/batch")
async def confirm_here(request: Request, app: Opened, who: Visitor) -> Response:
    """Sign the ticked lines of the list, each on its own; the page says what became of every one."""
    require(who.actor, Role.DESIGNER, to="review")
    ticked = [str(value).partition(":") for value in (await request.form()).getlist("line")][:MOST]
    seen = {checkpoint_id: digest for checkpoint_id, _colon, digest in ticked}
    try:
        await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
        titles = {each.checkpoint_id: each.title for each in await confirmable(app.store, who.actor)}
        told = await confirm(app.store, who.actor, seen, players=app.players)
    except ConductorError as problem:
        return await _show(request, app, who, problem=problem, ticked=frozenset(seen))
    made = [Outcome(titles.get(each.checkpoint_id, ""), each.checkpoint_id, each.problem) for each in told]
    return await _show(request, app, who, outcomes=made)


@router.post("/notices/read")
async def read_here(request: Request, app: Opened, who: Visitor) -> Response:
    """Mark my notices as read, and go back."""
    back = local(str((await request.form()).get("next", "")))
    async with app.store.write() as work:
        await work.desk.read(who.actor.person_id)
    return see(back or "/")


async def notices(app: Application, who: Identity) -> list[Told]:
    """What this person has not read yet, newest first; many reminders are summed up in one line."""
    async with app.store.read() as work:
        unread = await work.desk.notices(who.actor.person_id, unread=True)
        due = dict.fromkeys(each.subject.partition("/")[2] for each in unread if each.kind == "checkpoint due")
        changed = [each.subject.partition("/")[2] for each in unread if each.kind == SIGNED_WORK_CHANGED]
        told = [said for each in changed if (said := await _changed(work, each)) is not None]
        return told + _summed([await _told(work, each) for each in due])


async def _show(
    request: Request,
    app: Application,
    who: Identity,
    *,
    wanted: str = "",
    problem: ConductorError | None = None,
    ticked: frozenset[str] | None = None,
    outcomes: list[Outcome] | None = None,
) -> Response:
    found = await inbox(app.store, who.actor, wanted=wanted)
    listed = await confirmable(app.store, who.actor)
    apart = {each.checkpoint_id for each in listed}
    lines = [each for each in found.waiting if each.checkpoint_id not in apart]
    same = [each.checkpoint_id for each in listed if each.because.startswith(SAME_TEXT)]  # ticked beforehand
    return page(
        request,
        "designer/inbox.html",
        status=200 if problem is None else problem.status,
        inbox=found,
        lines=lines,
        barred=BARRED,
        to_read=sum(each.turn.place in (Place.MINE, Place.FREE) for each in lines),
        listed=listed,
        ticked=frozenset(same) if ticked is None else ticked,
        outcomes=outcomes or [],
        doubtful=_grouped(await _doubtful(app, found.library)),
        notices=await notices(app, who),
        planted=await _planted(app, found),
        wanted=wanted,
        percent=percent,
        problem=problem,
        relogin=isinstance(problem, NotAuthenticated),
    )


async def _doubtful(app: Application, library: tuple[Signed, ...]) -> list[Doubtful]:
    """Signed work that changes made doubtful, suspended work first; ``library`` spares looking titles up again."""
    known = {each.checkpoint_id: (each.title, each.number) for each in library}
    made = []
    async with app.store.read() as work:
        for signed in reversed(await work.approvals.standing_sign_offs()):
            if not signed.stale and signed.suspended_at is None:
                continue
            title, number = known.get(signed.checkpoint_id) or await _title(work, signed)
            run = await work.design.run((await work.approvals.checkpoint(signed.checkpoint_id)).run_id)
            pending = await work.approvals.checkpoints(run_id=run.id, status="pending")
            again = f"/design/review/{pending[-1].id}" if pending else f"/design/runs/{run.id}"
            made.append(
                Doubtful(
                    signed.checkpoint_id,
                    title,
                    number,
                    signed.suspended_at is not None,
                    tuple(signed.stale or ()),
                    run.id if run.stage == "published" else "",
                    again,
                )
            )
    return sorted(made, key=lambda each: not each.suspended)


async def _title(work: UnitOfWork, signed: SignOff) -> tuple[str, int]:
    version = await work.design.version(signed.subject_id)
    return version.title, version.number


def _grouped(found: list[Doubtful]) -> list[Changed]:
    """The same reasons together, suspended work first; a hundred texts under one new charter are one thing to do."""
    groups: dict[tuple[bool, tuple[str, ...]], list[Doubtful]] = {}
    for each in found:
        groups.setdefault((each.suspended, each.because), []).append(each)
    return [
        Changed(_signed_texts(len(lines)), because, suspended, tuple(lines), sum(bool(each.run_id) for each in lines))
        for (suspended, because), lines in groups.items()
    ]


def _signed_texts(count: int) -> str:
    return ngettext("One signed text", "{n} signed texts", count).format(n=count)


async def _changed(work: UnitOfWork, programme_id: str) -> Told | None:
    """A programme's signed work that is doubtful today, as one line; None where nothing is any more."""
    standing = await work.approvals.standing_sign_offs(programme_id)
    doubtful = [each for each in standing if each.stale or each.suspended_at is not None]
    if not doubtful:
        return None
    because = " · ".join(dict.fromkeys(reason for each in doubtful for reason in each.stale or ()))
    said = _("may not fit any more: {because}.").format(because=because.rstrip("."))
    if paused := sum(each.suspended_at is not None for each in doubtful):
        said += " " + ngettext("One is paused.", "{n} are paused.", paused).format(n=paused)
    return Told(_signed_texts(len(doubtful)), "/design#changed", said)


def _summed(found: list[_Due]) -> list[Told]:
    """Reminders one by one, or where many still wait, the first of them and how many more."""
    waits = [each for each in found if each.waits]
    if len(waits) <= MOST_REMINDERS:
        return [each.told for each in found]
    first = min(waits, key=lambda each: (each.due is None, each.due))
    count = len(waits)
    day = first.due.strftime("%d %b %Y") if first.due else ""
    said = _("were to be decided, the first, “{title}”, by {day}.").format(title=first.told.title, day=day)
    return [Told(_("{n} texts").format(n=count), "/design#waiting", said)]


@dataclass(frozen=True)
class _Due:
    """A reminder of a checkpoint, and whether it still waits."""

    told: Told
    due: datetime | None
    waits: bool


async def _told(work: UnitOfWork, checkpoint_id: str) -> _Due:
    checkpoint = await work.approvals.checkpoint(checkpoint_id)
    waits = checkpoint.status == "pending"
    if not waits:
        said = _("was due; it is decided by now.")
    elif checkpoint.due_at:
        said = _("was to be decided by {day}.").format(day=checkpoint.due_at.strftime("%d %b %Y"))
    else:
        said = _("was due.")
    if checkpoint.subject_kind == "scenario":
        title, address = (await work.design.version(checkpoint.subject_id)).title, f"/design/review/{checkpoint_id}"
    elif checkpoint.subject_kind == "rollout":
        step = (await work.reach.step(checkpoint.subject_id)).content
        title, address = promotion_told(step)["title"], f"/strategy/review/{checkpoint_id}"
    else:
        version = await work.strategy.version(checkpoint.subject_id)
        title, address = f"{version.kind} {version.number}", f"/strategy/review/{checkpoint_id}"
    return _Due(Told(title, address, said), checkpoint.due_at, waits)


async def _planted(app: Application, found: Inbox) -> frozenset[str]:
    """The waiting checkpoints for which the demo made the judge invent a quote."""
    suspects = [each.checkpoint_id for each in found.waiting if each.struck]
    return frozenset([each for each in suspects if await ruling.lied_to(app, each)])
