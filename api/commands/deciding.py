"""What a person orders at a checkpoint: read and checked as a whole first, then done step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from api.figures import plain

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from approvals.checkpoint import Comment
    from graphs.reviewing import CriterionView, Review
    from store.records import CheckpointRow

NO_DATE = "none"
LEAST_SEEN = 12  # characters of a digest that stand for the whole
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Settlement:
    """A person's own level for a referred criterion."""

    criterion_id: str
    level: str
    quote: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Order:
    """What is to be done at one checkpoint. ``kind`` is a decision's, empty where nothing is decided.

    ``comments`` are (field, quote, text), ``agree`` and ``disagree`` as typed, ``resolve`` and ``unresolve`` numbers of
    comments as shown, ``due`` a day or "none".
    """

    kind: str = ""
    reason: str = ""
    comments: tuple[tuple[str, str, str], ...] = ()
    edits: Mapping[str, str] = field(default_factory=dict)
    settle: tuple[Settlement, ...] = ()
    agree: tuple[str, ...] = ()
    disagree: tuple[str, ...] = ()
    resolve: tuple[int, ...] = ()
    unresolve: tuple[int, ...] = ()
    note: str = ""
    claim: bool = False
    take_over: bool = False
    release: bool = False
    due: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        acts = (self.kind, self.settle, self.agree, self.disagree, self.resolve, self.unresolve, self.due)
        return not (any(acts) or self.claim or self.take_over or self.release)


async def carry_out(
    app: Application, who: Identity, shown: Review, order: Order, tell: Tell, *, seen: str = ""
) -> CheckpointRow:
    """Do what is ordered: claim, comments, levels, settlement, due date, then the decision, then giving the claim back.

    Every word is checked before anything is done, so that a slip leaves nothing half done. Each step then stands by
    itself.

    Args:
        app: the opened installation.
        who: is logged in.
        shown: the review that the person saw.
        order: what they want.
        tell: takes a sentence for each thing done.
        seen: the digest of an earlier look; that of ``shown`` where it is empty.

    Returns:
        The checkpoint as it stands then.

    Raises:
        InvalidInput: a word of the order does not fit what is shown.
        Conflict, NotAllowed, NotAuthenticated: as the services say.
    """
    from api.identity import fresh_login
    from graphs.claiming import claim, mark_comment, release, set_due
    from graphs.settling import agree, settle_criterion

    store, actor, at = app.store, who.actor, shown.checkpoint.id
    digest = whole_digest(seen, shown)
    comments = _comments(order)
    marks = [(_asked(shown, number), True) for number in order.resolve]
    marks += [(_asked(shown, number), False) for number in order.unresolve]
    levels = [(*_level(shown, each, agrees=True), True) for each in order.agree]
    levels += [(*_level(shown, each, agrees=False), False) for each in order.disagree]
    settled = [_settlement(shown, each) for each in order.settle]
    due = due_at(order.due) if order.due else None
    _check_edits(order, shown)
    if order.kind or settled:
        await fresh_login(store, who, minutes=app.settings.signing_minutes)

    row = shown.checkpoint
    if order.claim or order.take_over:
        row = await claim(store, actor, at, take_over=order.take_over)
        tell(f"Claimed for you until {row.claimed_until:%H:%M} UTC; colleagues cannot decide meanwhile.")
    for (number, asked), resolved in marks:
        await mark_comment(
            store, actor, at, asked.decision_id, asked.number, resolved=resolved, note=order.note.strip()
        )
        tell(f"Comment {number} is marked as {'resolved' if resolved else 'not resolved'}.")
    for criterion, own, agrees in levels:
        await agree(store, actor, at, criterion.criterion_id, agrees=agrees, level=own, seen=digest)
        said = "agree with" if agrees else "disagree with"
        tell(f"Noted: you {said} '{criterion.level}' for {criterion.criterion_id}{f' and say {own}' if own else ''}.")
    for each in settled:
        row = await settle_criterion(
            store, actor, at, each.criterion_id, level=each.level, quote=each.quote, reason=each.reason, seen=digest
        )
        digest = row.review_digest
        tell(f"Settled: {each.criterion_id} is {each.level}. The verdict was computed anew.")
    if order.due:
        row = await set_due(store, actor, at, due)
        tell("It has no due date now." if due is None else f"It is due on {due:%Y-%m-%d} now (end of the day, UTC).")
    if order.kind:
        row = await _decide(app, who, shown, order, comments, digest)
        tell(said_of(row))
    if order.release:
        row = await release(store, actor, at)
        tell("Given back: anybody can take it now.")
    return row


def whole_digest(seen: str, shown: Review) -> str:
    """The digest that was seen; its beginning is enough where it is that of what is shown."""
    if not seen or (len(seen) >= LEAST_SEEN and shown.review_digest.startswith(seen)):
        return shown.review_digest
    return seen


def due_at(typed: str) -> datetime | None:
    """The end of a day, in UTC; None for "none".

    Raises:
        InvalidInput: that is no day.
    """
    from api.days import day_typed, last_moment
    from evidence.errors import InvalidInput

    if typed.strip().lower() == NO_DATE:
        return None
    try:
        return last_moment(day_typed(typed, "due"))
    except InvalidInput as error:
        raise InvalidInput(
            f"'{typed}' is no day.", where="due", todo=f"Write it as 2027-01-31, or '{NO_DATE}' for no due date."
        ) from error


def criterion_named(shown: Review, name: str) -> CriterionView:
    """The criterion of this id; blanks may stand for underscores.

    Raises:
        InvalidInput: the verdict has none of that name.
    """
    from evidence.errors import InvalidInput
    from evidence.plain_messages import did_you_mean

    wanted = key_of(name)
    known = [each.criterion_id for each in shown.criteria]
    for each in shown.criteria:
        if each.criterion_id == wanted:
            return each
    if not known:
        raise InvalidInput("There is no verdict here.", where=wanted, todo="Charters and criteria are not judged.")
    raise InvalidInput(
        f"The verdict has no criterion '{wanted}'.{did_you_mean(wanted, known)}", todo=f"There are: {', '.join(known)}."
    )


def key_of(words: str) -> str:
    """A key as it is stored: blanks stand for underscores."""
    return "_".join(words.split())


def said_of(row: CheckpointRow) -> str:
    """What a decision led to, in a sentence."""
    scenario = row.subject_kind == "scenario"
    match row.status:
        case "approved" if row.subject_kind == "rollout":
            return "Signed: it reaches these people now."
        case "approved":
            return "Signed: learners can practise exactly this text now." if scenario else "Signed."
        case "edited":
            return "Your wording is a new version. It is looked at again, and somebody else signs it."
        case "changes_requested":
            return "Sent back with your words."
        case "rejected":
            return "Rejected; this work is over."
        case "withdrawn":
            return "Withdrawn. An earlier sign-off, where there is one, still stands."
        case "pending":
            return "Your approval is recorded. The policy wants another person before it counts."
        case other:
            return plain(other).capitalize() + "."


async def _decide(
    app: Application, who: Identity, shown: Review, order: Order, comments: list[Comment], seen: str
) -> CheckpointRow:
    from approvals.checkpoint import DecisionKind, Edit
    from graphs.deciding import decide

    return await decide(
        app.store,
        who.actor,
        shown.checkpoint.id,
        DecisionKind(order.kind),
        seen=seen,
        reason=order.reason,
        comments=comments,
        edits=[Edit(field=name, text=text) for name, text in order.edits.items()],
        players=app.players,
    )


def _comments(order: Order) -> list[Comment]:
    from pydantic import ValidationError

    from approvals.checkpoint import Comment
    from evidence.errors import InvalidInput

    if order.kind != "request_changes":
        return []
    if not any(text.strip() for _, _, text in order.comments):
        raise InvalidInput("A request for changes needs words.", where="comments", todo="Say what should change.")
    try:
        return [Comment(field=name, quote=quote, text=text) for name, quote, text in order.comments]
    except ValidationError as error:
        raise InvalidInput(
            "A comment has at most 4,000 characters and its quote 2,000.", where="comments", todo="Shorten it."
        ) from error


def _check_edits(order: Order, shown: Review) -> None:
    from api.commands.edits import check_fields
    from evidence.errors import InvalidInput

    check_fields(order.edits, shown.source)
    for name, text in order.edits.items():
        if len(text) > 20_000:
            raise InvalidInput("The text is too long.", where=name, todo="It has at most 20,000 characters.")


def _asked(shown: Review, number: int) -> tuple[int, Any]:
    from evidence.errors import InvalidInput

    if not 1 <= number <= len(shown.asked):
        count = len(shown.asked)
        there = f"They are numbered 1 to {count}." if count else "Nothing was asked in earlier rounds."
        raise InvalidInput(f"There is no comment {number}.", where="--resolve", todo=there)
    return number, shown.asked[number - 1]


def _level(shown: Review, typed: str, *, agrees: bool) -> tuple[CriterionView, str | None]:
    """The criterion, and the person's own level where they named one."""
    from evidence.errors import InvalidInput

    name, _, level = typed.partition("=")
    criterion = criterion_named(shown, name)
    own = key_of(level)
    if agrees and own:
        raise InvalidInput("Who agrees has the same level.", where=typed, todo="Leave the level out.")
    return criterion, _known_level(criterion, own) if own else None


def _settlement(shown: Review, wanted: Settlement) -> Settlement:
    from evidence.errors import Conflict, InvalidInput

    criterion = criterion_named(shown, wanted.criterion_id)
    if criterion.outcome != "refer":
        referred = [each.criterion_id for each in shown.criteria if each.outcome == "refer"]
        raise Conflict(
            f"'{criterion.criterion_id}' is not referred to a person.",
            todo=f"Referred: {', '.join(referred) or 'none'}.",
        )
    if not wanted.reason.strip():
        raise InvalidInput("A settled criterion needs a reason.", where="reason", todo="Say why in a sentence.")
    level = _known_level(criterion, key_of(wanted.level))
    return Settlement(criterion.criterion_id, level, wanted.quote, wanted.reason)


def _known_level(criterion: CriterionView, level: str) -> str:
    from evidence.errors import InvalidInput
    from evidence.plain_messages import did_you_mean

    if level not in criterion.levels:
        raise InvalidInput(
            f"'{criterion.criterion_id}' has no level '{level}'.{did_you_mean(level, criterion.levels)}",
            where="level",
            todo=f"Use one of: {', '.join(criterion.levels)}.",
        )
    return level
