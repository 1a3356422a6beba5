"""What the audit rows alone tell: the present state of every checkpoint and sign-off, and rows that cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from approvals.checkpoint import CheckpointStatus, Decision, DecisionKind, RiskClass, Subject, SubjectKind
from approvals.policies import policy_named, policy_names
from approvals.policies.policy import State
from approvals.replayed import (
    CurrentState,
    Impossible,
    Replayed,
    ReplayedCheckpoint,
    ReplayedRollout,
    ReplayedSignOff,
    differences,
)

__all__ = ["CurrentState", "Impossible", "Replayed", "differences", "replay"]

NOBODY = frozenset({"agents", "code", "system"})  # actors that are no person
# What the row that opens a checkpoint tells of it.
_TOLD = ("digest", "kind", "version", "policy", "risk", "review_digest", "outcome")
_STATES = {
    DecisionKind.APPROVE: (State.PENDING, State.APPROVED),
    DecisionKind.APPROVE_WITH_EDITS: (State.EDITED,),
    DecisionKind.REQUEST_CHANGES: (State.CHANGES_REQUESTED,),
    DecisionKind.REJECT: (State.REJECTED,),
    DecisionKind.WITHDRAW: (State.WITHDRAWN,),
}


def replay(rows: Iterable[Mapping[str, Any]]) -> Replayed:
    """Play the log through from its first row.

    A row about a checkpoint that is not there, or has ended, changes nothing; a row that is wrong in itself (an agent
    approves, the policy's people are missing) is told as it stands, and listed.

    Args:
        rows: in order: seq, at, actor, action, subject, detail. Unknown actions are passed over, and so is what older
            rows do not say.

    Returns:
        The state, and every row that is impossible where it stands. Whether numbers and hashes hold is for
        ``approvals.audit.first_break`` to say.
    """
    log = _Log()
    for row in rows:
        log.play(row)
    return Replayed(
        checkpoints=log.checkpoints,
        sign_offs=log.sign_offs,
        in_force=log.in_force,
        rollouts=log.rollouts,
        unnamed=tuple(log.unnamed),
        unplaced=tuple(log.unplaced),
        impossible=tuple(log.impossible),
    )


class _Log:
    def __init__(self) -> None:
        self.checkpoints: dict[str, ReplayedCheckpoint] = {}
        self.sign_offs: dict[str, ReplayedSignOff] = {}
        self.in_force: dict[tuple[str, str], str] = {}
        self.rollouts: dict[str, ReplayedRollout] = {}
        self.unnamed: list[str] = []
        self.unplaced: list[tuple[str, str]] = []
        self.impossible: list[Impossible] = []
        self._seq = 0
        self._actor = ""
        self._acts: dict[str, Callable[[str, Mapping[str, Any]], None]] = {
            "checkpoint opened": self._opened,
            "criterion settled": self._settled,
            "checkpoint superseded": self._superseded,
            "claimed": self._claimed,
            "released": self._released,
            "due changed": self._due,
            "revoke": self._revoked,
            "suspended": self._suspended,
            "resumed": self._resumed,
            "charter in force": self._in_force,
            "criteria in force": self._in_force,
            "rollout planned": self._planned,
            "rollout suspended": self._braked,
            "rollout promoted": self._promoted,
        }

    def play(self, row: Mapping[str, Any]) -> None:
        seq, action, subject, detail = (row.get(name) for name in ("seq", "action", "subject", "detail"))
        before, self._seq = self._seq, seq if isinstance(seq, int) else self._seq + 1
        self._actor = str(row.get("actor", ""))
        if not isinstance(action, str) or not isinstance(subject, str) or not isinstance(detail or {}, Mapping):
            self._odd("this is no audit row")
            return
        if self._seq <= before:
            self._odd(f"it stands after row {before}")
        _, _, name = subject.partition("/")
        if action in set(DecisionKind):
            self._decided(DecisionKind(action), name, detail or {})
        elif action in self._acts:
            self._acts[action](
                name if action not in ("charter in force", "criteria in force") else subject, detail or {}
            )

    def _odd(self, why: str) -> None:
        self.impossible.append(Impossible(seq=self._seq, why=why))

    def _by_a_person(self, what: str) -> None:
        if self._actor in NOBODY or not self._actor:
            self._odd(f"{what} by {self._actor or 'nobody'}, who is no person")

    def _pending(self, name: str) -> ReplayedCheckpoint | None:
        found = self.checkpoints.get(name)
        if found is None:
            self._odd(f"checkpoint {name} was never opened")
        elif found.status != CheckpointStatus.PENDING:
            self._odd(f"checkpoint {name} had ended already: {found.status.replace('_', ' ')}")
            return None
        return found

    def _set(self, name: str, **values: Any) -> None:
        self.checkpoints[name] = self.checkpoints[name].model_copy(update=values)

    def _opened(self, name: str, detail: Mapping[str, Any]) -> None:
        if name in self.checkpoints:
            self._odd(f"checkpoint {name} was opened before")
            return
        replaced = _text(detail, "replaces")
        if replaced is not None and replaced not in self.checkpoints:
            self._odd(f"it replaces checkpoint {replaced}, which was never opened")
        elif replaced is not None and self.checkpoints[replaced].status == CheckpointStatus.PENDING:
            self._odd(f"it replaces checkpoint {replaced}, which still waits")
        told: dict[str, Any] = {key: _text(detail, key) for key in _TOLD} | {"vetoed": detail.get("vetoed") is True}
        self.checkpoints[name] = ReplayedCheckpoint(status=CheckpointStatus.PENDING.value, **told)

    def _decided(self, kind: DecisionKind, name: str, detail: Mapping[str, Any]) -> None:
        found = self._pending(name)
        if found is None:
            return
        what = kind.value.replace("_", " ")
        self._by_a_person(what)
        for key, stands in (("digest", found.digest), ("review_digest", found.review_digest)):
            given = _text(detail, key)
            if given is not None and stands is not None and given != stands:
                self._odd(f"{what} of another {key.replace('_', ' ')} than the one that waited")
        if any(person == self._actor for person, _, _ in found.decisions) and kind is not DecisionKind.WITHDRAW:
            self._odd(f"{self._actor} had decided here before")
        roles = detail.get("roles")
        held = tuple(str(role) for role in roles) if isinstance(roles, list | tuple) else None
        said = (self._actor, kind.value, held)
        usual = _STATES[kind]
        state = _text(detail, "state") or usual[-1].value
        if state not in [each.value for each in usual]:
            self._odd(f"{what} cannot lead to '{state}'")
        found = found.model_copy(update={"decisions": (*found.decisions, said), "status": state})
        self.checkpoints[name] = found
        self._had_the_people(found, kind)
        sign_off = _text(detail, "sign_off")
        if state == State.APPROVED:
            self._signed(name, found, sign_off, recorded="sign_off" in detail)
        elif sign_off is not None:
            self._odd(f"a sign-off without an approval: {state.replace('_', ' ')}")

    def _had_the_people(self, found: ReplayedCheckpoint, kind: DecisionKind) -> None:
        """Hold the decisions against the policy as far as the log says enough and the policy is still the same."""
        name, _, version = (found.policy or "").partition("/")
        if name not in policy_names() or version != str(policy_named(name).version):
            return
        policy = policy_named(name)
        roles = found.decisions[-1][2]
        if kind is not DecisionKind.WITHDRAW and roles is not None and not policy.roles & set(roles):
            self._odd(f"{self._actor} held none of the roles that decide under '{name}'")
        subject = Subject(
            kind=SubjectKind(found.kind) if found.kind in set(SubjectKind) else SubjectKind.SCENARIO,
            version_id=found.version or "",
            digest=found.digest or "",
            outcome=found.outcome,
            vetoes=("a veto",) if found.vetoed else (),
            risk=RiskClass(found.risk) if found.risk in set(RiskClass) else RiskClass.LOW,  # unknown is not wrong
        )
        decisions = [
            Decision(person_id=person, kind=DecisionKind(said), roles=policy.roles if held is None else frozenset(held))
            for person, said, held in found.decisions
            if person not in NOBODY
        ]
        if found.status == State.APPROVED and policy.rule(subject, decisions).state is not State.APPROVED:
            self._odd(f"approved without the people that '{name}' asks for")

    def _signed(self, name: str, found: ReplayedCheckpoint, sign_off: str | None, *, recorded: bool) -> None:
        if sign_off is None:
            if recorded:
                self._odd("approved without a sign-off")
            else:
                self.unnamed.append(name)
        elif sign_off in self.sign_offs:
            self._odd(f"sign-off {sign_off} was given before")
        else:
            self.sign_offs[sign_off] = ReplayedSignOff(digest=found.digest, checkpoint=name)

    def _settled(self, name: str, detail: Mapping[str, Any]) -> None:
        self._by_a_person("a criterion settled")
        if self._pending(name):
            self._set(
                name,
                review_digest=_text(detail, "review_digest"),
                outcome=_text(detail, "outcome"),
                vetoed=detail.get("vetoed") is True,
            )

    def _superseded(self, name: str, detail: Mapping[str, Any]) -> None:
        if self._pending(name):
            self._set(name, status=CheckpointStatus.SUPERSEDED.value)

    def _claimed(self, name: str, detail: Mapping[str, Any]) -> None:
        self._by_a_person("claimed")
        if self._pending(name):
            self._set(name, claimed_by=self._actor)

    def _released(self, name: str, detail: Mapping[str, Any]) -> None:
        if self._pending(name):
            self._set(name, claimed_by=None)

    def _due(self, name: str, detail: Mapping[str, Any]) -> None:
        if self._pending(name):
            self._set(name, due=_text(detail, "due"))

    def _sign_off(self, name: str, detail: Mapping[str, Any]) -> ReplayedSignOff | None:
        """The sign-off of this id; one that an early row gave without an id is known by its digest."""
        given = _text(detail, "digest")
        if name not in self.sign_offs:
            same = (each for each in self.unnamed if given is None or self.checkpoints[each].digest in (None, given))
            checkpoint = next(same, None)
            if checkpoint is None:
                self._odd(f"sign-off {name} was never given")
                return None
            self.unnamed.remove(checkpoint)
            digest = self.checkpoints[checkpoint].digest
            self.sign_offs[name] = ReplayedSignOff(digest=digest or given, checkpoint=checkpoint)
        found = self.sign_offs[name]
        if given is not None and found.digest is not None and given != found.digest:
            self._odd(f"sign-off {name} was given for another digest")
        return found

    def _turn(self, name: str, detail: Mapping[str, Any], to: str, *, out_of: tuple[str, ...]) -> None:
        found = self._sign_off(name, detail)
        if found is not None and found.status not in out_of:
            self._odd(f"sign-off {name} was {found.status}, so it cannot become {to}")
        elif found is not None:
            self.sign_offs[name] = found.model_copy(update={"status": to})

    def _revoked(self, name: str, detail: Mapping[str, Any]) -> None:
        self._by_a_person("a sign-off revoked")
        if detail.get("practices") not in (None, "finish", "stop"):
            self._odd(f"practices can finish or stop, not '{detail['practices']}'")
        self._turn(name, detail, "revoked", out_of=("live", "suspended"))

    def _suspended(self, name: str, detail: Mapping[str, Any]) -> None:
        self._turn(name, detail, "suspended", out_of=("live",))

    def _resumed(self, name: str, detail: Mapping[str, Any]) -> None:
        self._turn(name, detail, "live", out_of=("suspended",))

    def _in_force(self, subject: str, detail: Mapping[str, Any]) -> None:
        kind, _, version = subject.partition("/")
        programme, digest = _text(detail, "programme"), _text(detail, "digest")
        genesis = detail.get("genesis")
        if genesis is True and programme is not None and (programme, kind) in self.in_force:
            self._odd(f"a {kind} was in force already, so this is no genesis")
        if genesis is False and not self._approved(kind, version, digest):
            self._odd(f"{kind} {version} came into force without a live sign-off")
        if programme is None:
            self.unplaced.append((kind, version))
        else:
            self.in_force[programme, kind] = version

    def _planned(self, name: str, detail: Mapping[str, Any]) -> None:
        if name in self.rollouts:
            self._odd(f"rollout {name} was planned before")
        self.rollouts[name] = ReplayedRollout()

    def _rollout(self, name: str) -> ReplayedRollout | None:
        if name not in self.rollouts:
            self._odd(f"rollout {name} was never planned")
        return self.rollouts.get(name)

    def _braked(self, name: str, detail: Mapping[str, Any]) -> None:
        self._by_a_person("a rollout suspended")
        found = self._rollout(name)
        if found is not None and found.suspended:
            self._odd(f"rollout {name} was suspended already")
        elif found is not None:
            self.rollouts[name] = found.model_copy(update={"suspended": True})

    def _promoted(self, name: str, detail: Mapping[str, Any]) -> None:
        self._by_a_person("a rollout promoted")
        found, stage = self._rollout(name), _text(detail, "stage")
        if found is None or stage is None:
            return
        if not self._approved("rollout", _text(detail, "step") or "", _text(detail, "digest")):
            self._odd(f"rollout {name} was promoted without a live sign-off")
        lifted = detail.get("lifted") is True
        if found.suspended is not lifted:
            self._odd(f"rollout {name} was {'' if found.suspended else 'not '}suspended when it was promoted")
        self.rollouts[name] = ReplayedRollout(stage=stage)

    def _approved(self, kind: str, version: str, digest: str | None) -> bool:
        gone = {each.checkpoint for each in self.sign_offs.values() if each.status != "live"}
        return any(
            each.status == CheckpointStatus.APPROVED
            and name not in gone
            and each.kind in (None, kind)
            and each.version in (None, version)
            and (digest is None or each.digest in (None, digest))
            for name, each in self.checkpoints.items()
        )


def _text(detail: Mapping[str, Any], key: str) -> str | None:
    value = detail.get(key)
    return None if value is None else str(value)
