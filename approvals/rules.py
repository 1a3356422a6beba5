"""May this person decide this, now? Every reason not to, in plain words."""

from __future__ import annotations

from approvals.checkpoint import Comment, DecisionKind, Edit, Subject, SubjectKind
from approvals.people import Actor, Role
from approvals.policies.policy import Policy
from approvals.roles import in_person
from approvals.subjects import rules_of
from evidence.errors import Conflict, InvalidInput, NotAllowed


def has_a_say(actor: Actor, policy: Policy) -> None:
    """Refuse an actor whom the policy gives no say, whatever the subject.

    Raises:
        NotAllowed: a token, or none of the policy's roles.
    """
    in_person(actor, to="decide at a checkpoint")
    if not _holds(actor, policy.roles):
        wanted = " or ".join(sorted(policy.roles))
        raise NotAllowed(f"Only a {wanted} can decide here.", todo=f"Ask a {wanted}, or an admin for the role.")


def may_decide(
    actor: Actor,
    subject: Subject,
    policy: Policy,
    kind: DecisionKind,
    *,
    reason: str,
    comments: tuple[Comment, ...],
    brief_writer: str | None = None,
    edits: tuple[Edit, ...] = (),
) -> None:
    """Refuse, with the reason, a decision that is not this actor's to make.

    An approval with edits signs nothing: it makes a new version, of which the editor is an author. So whoever has a
    say may give one, authors among them, and whatever the verdict.

    Raises:
        NotAllowed: a token, a missing role, an author approving their own text, or the brief's writer under a policy
            that wants two people.
        InvalidInput: a request for changes without a comment; an approval with edits without edits or of a promotion,
            or edits with any other decision; approving against `revise` or a veto, or withdrawing, without a reason.
        Conflict: the verdict is `errored` or `referred`, so there is nothing yet to approve against.
    """
    has_a_say(actor, policy)
    _fits(kind, comments, edits)
    if kind is DecisionKind.APPROVE_WITH_EDITS and subject.kind is SubjectKind.ROLLOUT:
        raise InvalidInput(
            "A promotion has no wording to change.", where="edits", todo="Reject it, and have it asked for again."
        )
    if kind is DecisionKind.WITHDRAW:
        _reasoned(reason, "Withdrawing needs a written reason.")
    if kind is DecisionKind.APPROVE:
        _may_approve(actor, subject, policy, reason, brief_writer)


def _fits(kind: DecisionKind, comments: tuple[Comment, ...], edits: tuple[Edit, ...]) -> None:
    if kind is DecisionKind.REQUEST_CHANGES and not comments:
        raise InvalidInput(
            "A request for changes needs at least one comment.", todo="Say what should change.", where="comments"
        )
    if kind is DecisionKind.APPROVE_WITH_EDITS and not edits:
        raise InvalidInput(
            "An approval with edits needs at least one edit.",
            todo="Change a field, or approve the text as it is.",
            where="edits",
        )
    if kind is not DecisionKind.APPROVE_WITH_EDITS and edits:
        raise InvalidInput(
            "Edits go with an approval with edits only; nothing was changed.",
            todo="Approve with edits, or take the edits out.",
            where="edits",
        )
    fields = [edit.field for edit in edits]
    twice = next((field for field in fields if fields.count(field) > 1), None)
    if twice is not None:
        raise InvalidInput(f"The field '{twice}' is edited twice.", todo="Give its new text once.", where="edits")


def _may_approve(actor: Actor, subject: Subject, policy: Policy, reason: str, brief_writer: str | None) -> None:
    if actor.person_id in subject.authors and subject.kind is SubjectKind.ROLLOUT:
        raise NotAllowed(
            "You asked for this promotion, or answered a finding that it speaks of, so you cannot sign it.",
            todo="Ask a colleague to review it.",
        )
    if actor.person_id in subject.authors:
        raise NotAllowed(
            "You wrote text that is in this version, so you cannot approve it.", todo="Ask a colleague to review it."
        )
    if brief_writer == actor.person_id and not policy.brief_writer_may_sign:
        raise NotAllowed(
            f"Under the policy '{policy.name}' the brief's writer cannot sign.", todo="Ask two colleagues to review it."
        )
    if subject.outcome == "errored":
        raise Conflict(
            "The judgement failed, so there is no verdict to approve against.", todo="Have it judged again first."
        )
    if subject.outcome == "refer":
        raise Conflict(
            "The judge referred at least one criterion to a person, and it is not settled.",
            todo="Settle the referred criteria with a level, a quote and a reason first.",
        )
    if subject.outcome == "revise" or subject.vetoes:
        _reasoned(
            reason,
            "The verdict speaks against this text; approving it needs a written reason and two people.",
            todo="Write why it should be used all the same.",
        )


def may_settle(actor: Actor, subject: Subject, policy: Policy, *, reason: str) -> None:
    """Refuse a settlement of a referred criterion that is not this actor's to make.

    Raises:
        NotAllowed: a token, or none of the policy's roles.
        Conflict: nothing is referred.
        InvalidInput: no reason.
    """
    has_a_say(actor, policy)
    if subject.outcome != "refer":
        raise Conflict("Nothing here is referred to a person.", todo="Decide on the text as it was judged.")
    _reasoned(reason, "A settled criterion needs a reason.", todo="Say why in a sentence.")


def may_withdraw(
    actor: Actor, subject: Subject, *, opened_for: str | None, reason: str, policy: Policy | None = None
) -> None:
    """Refuse to take a subject away before it is decided.

    Args:
        actor: who wants to.
        subject: what waits.
        opened_for: the person who ordered or proposed it, whatever roles they hold now; None where nobody did.
        reason: as written.
        policy: that of the checkpoint; where it is not given, the roles that review this kind have a say.

    Raises:
        NotAllowed: a token, or neither the person it was opened for nor anyone with a say.
        InvalidInput: no reason.
    """
    in_person(actor, to="withdraw anything")
    roles = rules_of(subject.kind).roles if policy is None else policy.roles
    if actor.person_id != opened_for and not _holds(actor, roles):
        wanted = " or ".join(sorted(roles))
        raise NotAllowed(
            f"Only whoever ordered or proposed this, or a {wanted}, can withdraw it.",
            todo=f"Ask one of them, or a {wanted}.",
        )
    _reasoned(reason, "Withdrawing needs a written reason.")


def may_revoke(actor: Actor, kind: SubjectKind, *, reason: str) -> None:
    """Refuse to take a sign-off back.

    Anyone whose role can sign this kind under some policy may: a brake should be within reach of many hands.

    Raises:
        NotAllowed: a token, or neither such a role nor an admin.
        InvalidInput: no reason.
    """
    in_person(actor, to="revoke a sign-off")
    rules = rules_of(kind)
    if not _holds(actor, rules.signers | {Role.ADMIN.value}):
        wanted = " or ".join(sorted(rules.signers))
        raise NotAllowed(
            f"Only a {wanted} or an admin can revoke the sign-off of a {rules.label}.", todo=f"Ask a {wanted}."
        )
    _reasoned(reason, "Revoking a sign-off needs a written reason.")


def may_claim(
    actor: Actor, policy: Policy, *, claimed_by: str | None, claim_expired: bool, told: str = "Somebody else has it."
) -> None:
    """Refuse to claim, decide or settle while somebody else's claim holds; whoever takes it over may.

    Args:
        actor: who wants to.
        policy: that of the checkpoint.
        claimed_by: the id of whoever claimed it last, or None.
        claim_expired: whether that claim has ended.
        told: who has it and until when, in words.

    Raises:
        NotAllowed: a token, or none of the policy's roles.
        Conflict: somebody else has claimed it, and the claim still holds.
    """
    has_a_say(actor, policy)
    if claimed_by is not None and claimed_by != actor.person_id and not claim_expired:
        raise Conflict(told, todo="Ask them, wait, or take the claim over.", claimed_by=claimed_by)


def _holds(actor: Actor, roles: frozenset[str]) -> bool:
    return any(role.value in roles for role in actor.roles)


def _reasoned(reason: str, detail: str, *, todo: str = "Say why in a sentence.") -> None:
    if not reason.strip():
        raise InvalidInput(detail, todo=todo, where="reason")
