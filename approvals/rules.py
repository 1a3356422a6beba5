"""May this person decide this, now? Every reason not to, in plain words."""

from __future__ import annotations

from approvals.checkpoint import Comment, DecisionKind, Subject
from approvals.people import Actor
from approvals.policies.policy import Policy
from evidence.errors import Conflict, InvalidInput, NotAllowed


def has_a_say(actor: Actor, policy: Policy) -> None:
    """Refuse an actor whom the policy gives no say, whatever the subject.

    Raises:
        NotAllowed: a token, or none of the policy's roles.
    """
    if actor.by_token:
        raise NotAllowed("An API token cannot decide at a checkpoint.", todo="Log in with your own name and password.")
    if not ({role.value for role in actor.roles} & policy.roles):
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
) -> None:
    """Refuse, with the reason, a decision that is not this actor's to make.

    Raises:
        NotAllowed: a token, a missing role, an author approving their own text, or the brief's writer under a policy
            that wants two people.
        InvalidInput: a request for changes without a comment; approving against `revise` or a veto without a reason.
        Conflict: the verdict is `errored` or `referred`, so there is nothing yet to approve against.
    """
    has_a_say(actor, policy)
    if kind is DecisionKind.REQUEST_CHANGES and not comments:
        raise InvalidInput(
            "A request for changes needs at least one comment.", todo="Say what should change.", where="comments"
        )
    if kind is not DecisionKind.APPROVE:
        return
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
    if (subject.outcome == "revise" or subject.vetoes) and not reason.strip():
        raise InvalidInput(
            "The verdict speaks against this text; approving it needs a written reason and two people.",
            todo="Write why it should be used all the same.",
            where="reason",
        )
