"""Paraphrases for the judge's stress test: a passage of a text in other words, approved by a person who read both."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from approvals.roles import STRATEGY_READERS, in_person, require
from evidence.canonical import text_digest
from evidence.characters import keepable
from evidence.errors import Conflict, InvalidInput
from evidence.fields import text_fields
from graphs.answering import Once, transact
from graphs.scenes import shown
from graphs.studies.stress import judged_texts
from store.purpose import Purpose
from store.repositories.paraphrases import Paraphrase
from store.unit_of_work import Store, UnitOfWork

LONGEST, MOST_TEXTS = 2000, 60
LEAST_WORDS = 2  # of a passage: a single word may stand anywhere
APPROVERS = (Role.DESIGNER, Role.STRATEGIST)
_TO = "approve a paraphrase"


class Approved(BaseModel):
    """An approved paraphrase that counts, and in how many of the judged texts its passage stands today."""

    model_config = ConfigDict(frozen=True)

    id: str
    passage: str
    paraphrase: str
    approved_by: str
    name: str
    created_at: datetime
    stands_in: int


async def approve(
    store: Store,
    actor: Actor,
    programme_id: str,
    passage: str,
    paraphrase: str,
    *,
    read_both: bool,
    once: Once | None = None,
) -> Paraphrase:
    """Approve a passage in other words, as meaning the same.

    Args:
        store: where everything is kept.
        actor: a designer or a strategist, in person.
        programme_id: whose texts.
        passage: as it stands in the newest judged version of a piece of work.
        paraphrase: the same in other words.
        read_both: the person says that they have read both and that they mean the same.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotAllowed: the actor is neither, or is an API token.
        InvalidInput: one is missing, too long or the same as the other; the passage stands in no text; or nobody says
            that they have read both.
        Conflict: this paraphrase of this passage is approved already.
    """
    require(actor, *APPROVERS, to=_TO)
    in_person(actor, to=_TO)
    old, new = (_checked(text, where) for text, where in ((passage, "passage"), (paraphrase, "paraphrase")))
    if " ".join(old.split()).casefold() == " ".join(new.split()).casefold():
        raise InvalidInput("Both say the same words.", where="paraphrase", todo="Say it in other words.")
    if len(old.split()) < LEAST_WORDS:
        raise InvalidInput("One word is no passage.", where="passage", todo="Copy a sentence, or a part of one.")
    if not read_both:
        raise InvalidInput(
            "A paraphrase counts once a person has read both and found that they mean the same.",
            where="read_both",
            todo="Read both, and say so.",
        )

    async def effect(work: UnitOfWork) -> Paraphrase:
        await work.strategy.programme(programme_id)
        if not _stands_in(old, await _texts(work, programme_id)):
            raise InvalidInput(
                "This passage stands in no judged text of the programme.",
                where="passage",
                todo="Copy it from the text word for word, with its punctuation.",
            )
        there = await work.paraphrases.of_programme(programme_id)
        if any((each.passage, each.paraphrase) == (old, new) for each in there):
            raise Conflict("This paraphrase is approved already.", todo="Nothing to do.")
        made = await work.paraphrases.add(programme_id, old, new, by=actor.person_id)
        await work.approvals.audit(
            actor=actor.person_id,
            action="paraphrase approved",
            subject=f"paraphrase/{made.id}",
            passage=text_digest(old),
            paraphrase=text_digest(new),
        )
        return made

    return await transact(store, once, Paraphrase, effect)


async def end(store: Store, actor: Actor, paraphrase_id: str) -> None:
    """Let a paraphrase count no longer; studies that were planned with it keep it.

    Raises:
        NotAllowed: the actor is neither designer nor strategist, or is an API token.
        NotFound: there is none.
        Conflict: it was ended before.
    """
    require(actor, *APPROVERS, to="end a paraphrase")
    in_person(actor, to="end a paraphrase")
    async with store.write() as work:
        await work.paraphrases.paraphrase(paraphrase_id)
        if not await work.paraphrases.end(paraphrase_id):
            raise Conflict("This paraphrase was ended before.", todo="Nothing to do.")
        await work.approvals.audit(
            actor=actor.person_id, action="paraphrase ended", subject=f"paraphrase/{paraphrase_id}"
        )


async def approved(store: Store, actor: Actor, programme_id: str) -> list[Approved]:
    """A programme's paraphrases that count, oldest first.

    Raises:
        NotAllowed: the actor may not read the strategy.
        NotFound: there is no such programme.
    """
    require(actor, *STRATEGY_READERS, to="read paraphrases")
    async with store.read() as work:
        await work.strategy.programme(programme_id)
        found = await work.paraphrases.of_programme(programme_id)
        texts = await _texts(work, programme_id) if found else []
        names = await work.people.names(frozenset(each.approved_by for each in found), purpose=Purpose.ACCOUNTABILITY)
    return [
        Approved(
            **each.model_dump(include={"id", "passage", "paraphrase", "approved_by", "created_at"}),
            name=names.get(each.approved_by, ""),
            stands_in=_stands_in(each.passage, texts),
        )
        for each in found
    ]


async def _texts(work: UnitOfWork, programme_id: str) -> list[list[str]]:
    found = await judged_texts(work, programme_id, MOST_TEXTS)
    return [list(text_fields(shown(each.content)).values()) for each in found]


def _stands_in(passage: str, texts: list[list[str]]) -> int:
    return sum(any(passage in field for field in fields) for fields in texts)


def _checked(text: str, where: str) -> str:
    kept: str = keepable(text.replace("\r\n", "\n")).strip()
    if not kept:
        raise InvalidInput("This is empty.", where=where, todo="Write the words themselves.")
    if len(kept) > LONGEST:
        raise InvalidInput(f"It has more than {LONGEST} characters.", where=where, todo="Take a shorter passage.")
    return kept
