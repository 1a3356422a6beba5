"""What notices say and where they lead: one place for pages, terminal and e-mail. See ``graphs.messages.kinds``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from api.wording import _
from approvals.rollout import told as promotion_told
from evidence.errors import NotFound

if TYPE_CHECKING:
    from store.records import Notice
    from store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class NoticeWords:
    """A kind of notice: what it says, and where it leads; ``{id}`` stands for what its subject names."""

    said: str
    address: str


WORDS: Mapping[str, NoticeWords] = {
    "checkpoint due": NoticeWords(_("A decision was due."), "/design/review/{id}"),
    "criteria review due": NoticeWords(
        _("The criteria in force are provisional, and their review is due."), "/strategy/versions/{id}"
    ),
    "drift due": NoticeWords(_("It is time to see whether the judge drifts."), "/strategy/drift"),
    "signed work changed": NoticeWords(_("Signed work may not fit any more."), "/design#changed"),
    "study done": NoticeWords(_("A study is done."), "/strategy/studies/{id}"),
    "study stopped": NoticeWords(_("A study has stopped and can go on."), "/strategy/studies/{id}"),
    "invited": NoticeWords(_("You are asked to try to break a scenario before it goes further."), "/reach/asked/{id}"),
    "finding reported": NoticeWords(_("A skeptic has found something."), "/reach/rollouts/{id}"),
    "finding answered": NoticeWords(_("What you found is answered."), "/reach/asked/{id}"),
    "promotion waits": NoticeWords(_("A step of a rollout waits for a signature."), "/strategy/review/{id}"),
    "promotion ended": NoticeWords(_("The step that you asked for is decided."), "/reach/rollouts/{id}"),
    "contest answered": NoticeWords(_("A line that you contested is answered."), "/practice/contested"),
    "assigned": NoticeWords(_("There is something for you to practise."), "/practice"),
    "due": NoticeWords(_("What was suggested for you to practise is due soon."), "/practice"),
    "pilot invitation": NoticeWords(_("You are invited to a pilot; you may say no."), "/transfer/pilots/{id}"),
    "check-in due": NoticeWords(_("A few questions wait for you, if you like."), "/transfer/check-ins/{id}"),
    "plan due": NoticeWords(_("You had planned something: did it happen?"), "/transfer/plans/{id}"),
}
SOMETHING = NoticeWords(_("Something has changed."), "/")  # of a kind that this release does not know

AT_STRATEGY = frozenset({"study done", "study stopped", "criteria review due", "drift due"})  # told at that desk, too
_STRATEGY = frozenset({"charter", "criteria"})


@dataclass(frozen=True)
class Line:
    """A notice as people read it; ``about`` names what it is about, where that can be named."""

    id: str
    said: str
    about: str
    address: str
    at: datetime
    unread: bool


def told(kind: str, subject: str) -> tuple[str, str]:
    """What a notice says, and the address it leads to."""
    words = WORDS.get(kind, SOMETHING)
    return words.said, words.address.format(id=subject.partition("/")[2])


def at_strategy(kind: str, subject: str) -> tuple[str, str] | None:
    """As ``told``; None where it is not for the strategist's desk."""
    return told(kind, subject) if kind in AT_STRATEGY else None


async def line(work: UnitOfWork, notice: Notice) -> Line:
    """A notice in words; what waits at a checkpoint is named, because whoever is told of it may read it."""
    said, address = told(notice.kind, notice.subject)
    what, _slash, about_id = notice.subject.partition("/")
    about = ""
    if what == "checkpoint":
        about, address = await _at_checkpoint(work, about_id, address)
    return Line(notice.id, said, about, address, notice.created_at, notice.read_at is None)


async def _at_checkpoint(work: UnitOfWork, checkpoint_id: str, address: str) -> tuple[str, str]:
    try:
        checkpoint = await work.approvals.checkpoint(checkpoint_id)
        if checkpoint.subject_kind == "scenario":
            return (await work.design.version(checkpoint.subject_id)).title, address
        if checkpoint.subject_kind == "rollout":
            step = (await work.reach.step(checkpoint.subject_id)).content
            return promotion_told(step)["title"], f"/strategy/review/{checkpoint_id}"
        if checkpoint.subject_kind in _STRATEGY:
            version = await work.strategy.version(checkpoint.subject_id)
            return f"{version.kind} {version.number}", f"/strategy/review/{checkpoint_id}"
    except NotFound:
        return "", "/"
    return "", address
