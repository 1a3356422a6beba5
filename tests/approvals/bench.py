"""The pure rules put together as the product does it, without a database: what the oracle is held against.

Every act gives an HTTP status and appends the audit rows of its effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from approvals.checkpoint import Comment, Decision, DecisionKind, Edit, Subject, SubjectKind
from approvals.people import Actor, Role
from approvals.policies import State
from approvals.policies.policy import Policy
from approvals.replay import CurrentState
from approvals.rules import has_a_say, may_claim, may_decide, may_revoke, may_settle, may_withdraw
from evidence.errors import ConductorError, Conflict, InvalidInput


@dataclass
class Checkpoint:
    subject: Subject
    policy: Policy
    shown: str
    work: str
    opened_for: str | None
    brief_writer: str | None
    referred: set[str]
    status: str = "pending"
    decisions: list[Decision] = field(default_factory=list)
    claimed_by: str | None = None


@dataclass
class Bench:
    people: dict[str, set[str]]
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    sign_offs: dict[str, dict[str, str]] = field(default_factory=dict)
    in_force: dict[tuple[str, str], str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def audit(self, actor: str, action: str, subject: str, **detail: Any) -> None:
        seq = len(self.rows) + 1
        row = {"seq": seq, "at": f"t{seq}", "actor": actor, "action": action, "subject": subject, "detail": detail}
        self.rows.append(row)

    def actor(self, person: str, by_token: bool = False) -> Actor:
        return Actor(person_id=person, roles=frozenset(Role(r) for r in self.people[person]), by_token=by_token)

    @staticmethod
    def status(act: Callable[[], None]) -> int:
        try:
            act()
        except ConductorError as error:
            assert error.detail
            assert error.todo
            return error.status
        return 200

    def open(self, name: str, checkpoint: Checkpoint, replaces: str | None = None) -> None:
        self.checkpoints[name] = checkpoint
        of = checkpoint.subject
        self.audit(
            "agents",
            "checkpoint opened",
            f"checkpoint/{name}",
            kind=of.kind.value,
            version=of.version_id,
            digest=of.digest,
            verdict=None,
            policy=f"{checkpoint.policy.name}/{checkpoint.policy.version}",
            review_digest=checkpoint.shown,
            risk=of.risk.value if of.risk else None,
            replaces=replaces,
        )

    def decide(
        self, person: str, name: str, kind: str, *, seen: str, reason: str, comments: int, edits: int, by_token: bool
    ) -> int:
        def act() -> None:
            actor, at, decides = self.actor(person, by_token), self.checkpoints[name], DecisionKind(kind)
            withdrawing = decides is DecisionKind.WITHDRAW
            if not withdrawing:
                has_a_say(actor, at.policy)
            self._open_and_seen(at, seen)
            if withdrawing:
                may_withdraw(actor, at.subject, opened_for=at.opened_for, reason=reason, policy=at.policy)
            else:
                may_claim(actor, at.policy, claimed_by=at.claimed_by, claim_expired=False)
                may_decide(
                    actor,
                    at.subject,
                    at.policy,
                    decides,
                    reason=reason,
                    comments=tuple(Comment(text=f"c{number}") for number in range(comments)),
                    brief_writer=at.brief_writer,
                    edits=tuple(Edit(field=f"f{number}", text="x") for number in range(edits)),
                )
                if any(each.person_id == person for each in at.decisions):
                    raise Conflict("You have already decided here.", todo="Wait.")
            roles = frozenset(self.people[person])
            at.decisions.append(Decision(person_id=person, kind=decides, roles=roles, reason=reason))
            state = at.policy.rule(at.subject, at.decisions).state
            at.status, at.claimed_by = state.value, None
            signed = f"s{len(self.sign_offs)}" if state is State.APPROVED else None
            self.audit(
                person,
                kind,
                f"checkpoint/{name}",
                digest=at.subject.digest,
                review_digest=seen,
                state=state.value,
                roles=sorted(roles),
                sign_off=signed,
                version=None,
            )
            if at.subject.kind is SubjectKind.SCENARIO and state in (State.APPROVED, State.REJECTED):
                for sign_off, each in self.sign_offs.items():
                    if each["work"] == at.work and each["status"] == "live":
                        self._revoke(person, sign_off, "finish")
            if signed:
                of = at.subject
                self.sign_offs[signed] = {
                    "version": of.version_id,
                    "digest": of.digest,
                    "kind": of.kind.value,
                    "work": at.work,
                    "status": "live",
                }

        return self.status(act)

    def settle(self, person: str, name: str, criterion: str, *, seen: str, reason: str, by_token: bool) -> int:
        def act() -> None:
            actor, at = self.actor(person, by_token), self.checkpoints[name]
            has_a_say(actor, at.policy)
            self._open_and_seen(at, seen)
            may_claim(actor, at.policy, claimed_by=at.claimed_by, claim_expired=False)
            may_settle(actor, at.subject, at.policy, reason=reason)
            if criterion not in at.referred:
                raise Conflict(f"{criterion} is not referred.", todo="Choose another.")
            at.referred.discard(criterion)
            at.shown += "+"
            outcome = "refer" if at.referred else "aligned"
            at.subject = at.subject.model_copy(update={"outcome": outcome})
            self.audit(
                person,
                "criterion settled",
                f"checkpoint/{name}",
                criterion=criterion,
                level="x",
                verdict="v",
                review_digest=at.shown,
            )

        return self.status(act)

    def claim(self, person: str, name: str, *, by_token: bool) -> int:
        def act() -> None:
            actor, at = self.actor(person, by_token), self.checkpoints[name]
            has_a_say(actor, at.policy)
            self._open_and_seen(at, at.shown)
            may_claim(actor, at.policy, claimed_by=at.claimed_by, claim_expired=False)
            at.claimed_by = person
            self.audit(person, "claimed", f"checkpoint/{name}", until="later")

        return self.status(act)

    def revoke(self, person: str, version: str, *, reason: str, practices: str, by_token: bool) -> int:
        def act() -> None:
            given = [name for name, each in self.sign_offs.items() if each["version"] == version]
            if practices not in ("finish", "stop"):
                raise InvalidInput("Finish or stop?", todo="Say one of them.")
            may_revoke(self.actor(person, by_token), SubjectKind(self.sign_offs[given[-1]]["kind"]), reason=reason)
            if self.sign_offs[given[-1]]["kind"] != "scenario" or self.sign_offs[given[-1]]["status"] != "live":
                raise Conflict("There is nothing to revoke.", todo="Nothing to do.")
            self._revoke(person, given[-1], practices)

        return self.status(act)

    def activate(self, name: str) -> None:
        at = self.checkpoints[name]
        self.put_in_force(at.subject.kind.value, at.subject.version_id, at.subject.digest, "code", genesis=False)

    def put_in_force(self, kind: str, version: str, digest: str, by: str, *, genesis: bool) -> None:
        self.in_force["p", kind] = version
        self.audit(by, f"{kind} in force", f"{kind}/{version}", digest=digest, genesis=genesis, programme="p")
        for name, at in self.checkpoints.items():
            if at.subject.kind is SubjectKind.SCENARIO and at.status == "pending":
                at.status = "superseded"
                self.audit("code", "checkpoint superseded", f"checkpoint/{name}", because=f"{kind} changed")

    def current(self) -> CurrentState:
        return CurrentState(
            checkpoints={name: at.status for name, at in self.checkpoints.items()},
            sign_offs={name: each["digest"] for name, each in self.sign_offs.items() if each["status"] == "live"},
            in_force=self.in_force,
        )

    def visible(self) -> set[str]:
        signed = (each for each in self.sign_offs.values() if each["status"] == "live" and each["kind"] == "scenario")
        return {each["version"] for each in signed}

    def _open_and_seen(self, at: Checkpoint, seen: str) -> None:
        if at.status != "pending":
            raise Conflict("It has ended.", todo="Look again.")
        if seen != at.shown:
            raise Conflict("You saw something else.", todo="Look again.")

    def _revoke(self, person: str, sign_off: str, practices: str) -> None:
        self.sign_offs[sign_off]["status"] = "revoked"
        digest = self.sign_offs[sign_off]["digest"]
        self.audit(person, "revoke", f"sign_off/{sign_off}", digest=digest, practices=practices)
