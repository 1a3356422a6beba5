"""The rules of approval written a second time, from the design's invariants alone, to hold the product against.

Nothing here is imported from ``approvals``: kinds, states and roles are plain strings. An action answers what must come
back and what must be true after; it has its effect in the oracle where it must succeed. Where several reasons refuse an
action at once, any of them is a right answer: see ``Expected.allows``.

Numbers in comments are those of the invariants in the design of approval checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

# Who must be found among the approvers, one seat for one person.
SEATS = {
    "one_reviewer": ("designer",),
    "two_person": ("designer", "designer"),
    "designer_and_strategist": ("designer", "strategist"),
    "low_risk_batch": ("designer",),
    "second_strategist": ("strategist",),
}
BARS_BRIEF_WRITER = {"two_person"}
LOW_RISK_ONLY = {"low_risk_batch"}
ENDINGS = {
    "approve_with_edits": "edited",
    "request_changes": "changes_requested",
    "reject": "rejected",
    "withdraw": "withdrawn",
}
REVOKERS = {kind: {"designer", "strategist", "admin"} for kind in ("scenario", "rollout")}
WITHOUT_WORDING = {"rollout"}  # kinds that nobody can edit: what is in them is what is so
USUAL = {"low": "low_risk_batch", "ordinary": "one_reviewer", "high": "designer_and_strategist"}  # of scenarios


@dataclass(frozen=True)
class Expected:
    """What must come back: ``status`` or, among refusals, any of ``also``; and the checkpoint's state after it."""

    status: int
    state: str = ""
    also: frozenset[int] = frozenset()

    def allows(self, status: int) -> bool:
        """Whether this answer is right; every success counts as 200."""
        return (200 if 200 <= status < 300 else status) in {self.status, *self.also}


@dataclass
class Waiting:
    """A checkpoint as the oracle knows it. ``shown`` is the review digest that is displayed now."""

    kind: str
    version: str
    digest: str
    shown: str
    policy: str
    authors: set[str]
    opened_for: str | None = None
    brief_writer: str | None = None
    outcome: str | None = None
    vetoed: bool = False
    referred: set[str] = field(default_factory=set)
    risk: str | None = None
    state: str = "pending"
    approvals: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    claimed_by: str | None = None
    claimed_until: float = float("inf")  # minutes
    ended_by: str | None = None
    under: tuple[str, str] = ("", "")  # charter and criteria it was judged by


@dataclass
class Oracle:
    """People, checkpoints, sign-offs, practices and strategy of one programme; ``now`` is in minutes."""

    people: dict[str, set[str]]
    waiting: dict[str, Waiting] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)  # version -> digest that is signed
    revoked: set[str] = field(default_factory=set)
    kinds: dict[str, str] = field(default_factory=dict)  # version -> kind of subject
    works: dict[str, str] = field(default_factory=dict)  # version -> the piece of work it belongs to
    in_force: dict[str, str] = field(default_factory=dict)  # charter | criteria -> version
    proposed: dict[str, tuple[str, str]] = field(default_factory=dict)  # version -> kind, author
    practices: dict[str, tuple[str, str]] = field(default_factory=dict)  # practice -> version, open | stopped
    answered: dict[tuple[str, str], tuple[Any, Expected]] = field(default_factory=dict)
    now: float = 0
    stale_rule: str = "flag"
    policies: dict[str, dict[str, str]] = field(default_factory=dict)
    signed_at: dict[str, str] = field(default_factory=dict)  # version -> the checkpoint of its newest sign-off
    judged_by: dict[str, tuple[str, str]] = field(default_factory=dict)  # signed version -> charter and criteria
    suspended: set[str] = field(default_factory=set)

    # What the product does by itself, told to the oracle.

    def open(self, checkpoint: str, waiting: Waiting, *, work: str = "", replaces: str | None = None) -> None:
        """A checkpoint opened; one that takes edits further has all authors of the text they were made in, and the
        editor (6).
        """
        if replaces is not None:
            before = self.waiting[replaces]
            assert before.state != "pending", "one piece of work waits once"
            if before.state == "edited":
                waiting.authors = waiting.authors | before.authors
        self.waiting[checkpoint] = waiting
        self.kinds[waiting.version] = waiting.kind
        self.works[waiting.version] = work or waiting.version

    def judged(self, checkpoint: str, *, outcome: str, vetoed: bool, shown: str) -> None:
        """The verdict was computed anew after a criterion was settled."""
        at = self.waiting[checkpoint]
        at.outcome, at.vetoed, at.shown = outcome, vetoed, shown

    def activate(self, checkpoint: str) -> tuple[str, ...]:
        """A signed strategy came into force; what was pending is superseded and judged again (8, 9)."""
        at = self.waiting[checkpoint]
        assert at.kind != "scenario"
        assert at.state == "approved"
        gone = self._put_in_force(at.kind, at.version)
        self.look_again()
        return gone

    def look_again(self) -> None:
        """What is signed is held against the strategy in force, and the programme's rule is followed (8, 17)."""
        today = (self.in_force.get("charter", ""), self.in_force.get("criteria", ""))
        doubtful = {version for version in self.visible(also_suspended=True) if self.judged_by[version] != today}
        self.suspended = doubtful if self.stale_rule == "suspend" else set()

    def policy_for(self, kind: str, risk: str) -> str:
        """Which policy guards a change of this risk."""
        usual = USUAL[risk] if kind == "scenario" else "second_strategist"
        return self.policies.get(kind, {}).get(risk, usual)

    # What people do.

    def decide(
        self,
        person: str,
        checkpoint: str,
        kind: str,
        *,
        seen: str,
        reason: str = "",
        comments: int = 0,
        edits: int = 0,
        fits: bool = True,
        by_token: bool = False,
    ) -> Expected:
        """Any decision; ``fits`` says whether comments and edits name fields and quotes that are there."""
        at = self.waiting.get(checkpoint)
        if at is None:
            return Expected(404, also=frozenset({403}))
        seats = set(SEATS[at.policy])
        roles = self.people[person]
        ordered = kind == "withdraw" and person == at.opened_for
        against = at.outcome == "revise" or at.vetoed
        refusals: dict[int, bool] = {403: by_token or not (roles & seats or ordered)}
        refusals[409] = at.state != "pending" or seen != at.shown  # 3, 4, 14
        if kind != "withdraw":
            # Decision 0007: a claim that still runs keeps colleagues from deciding, though not from withdrawing.
            refusals[409] |= self._claimed(at, person) or any(person == who for who, _ in at.approvals)
        refusals[422] = (
            not fits
            or (kind == "request_changes" and not comments)
            or (kind == "approve_with_edits" and at.kind in WITHOUT_WORDING)
            or (kind == "approve_with_edits") != bool(edits and kind != "withdraw")
            or (kind == "withdraw" and not reason.strip())
        )
        if kind == "approve":
            barred = at.policy in BARS_BRIEF_WRITER and person == at.brief_writer
            refusals[403] |= person in at.authors or barred  # 6
            refusals[409] |= at.outcome in ("refer", "errored")  # 11, 16
            refusals[422] |= against and not reason.strip()  # 11
        refused = self._refusal(refusals, at.state)
        if refused:
            return refused
        if kind == "approve":
            at.approvals.append((person, frozenset(roles)))  # 7: the roles of this moment
            at.claimed_by = None
            if self._filled(at, against):
                at.state, at.ended_by = "approved", person
                if at.kind == "scenario":
                    self._end_earlier(at.version)
                self.live[at.version] = at.digest  # 1
                self.judged_by[at.version], self.signed_at[at.version] = at.under, checkpoint
                self.revoked.discard(at.version)
                self._lets_go_on(at.version)
        else:
            at.state, at.ended_by = ENDINGS[kind], person
            if kind == "approve_with_edits":
                at.authors.add(person)  # 6: of what comes next
            if kind == "reject" and at.kind == "scenario":
                self._end_earlier(at.version)
        return Expected(200, at.state)

    def settle(
        self,
        person: str,
        checkpoint: str,
        criterion: str,
        *,
        seen: str,
        reason: str,
        known_level: bool = True,
        quote_found: bool = True,
        by_token: bool = False,
    ) -> Expected:
        """A person's own level for a referred criterion (11); tell the new verdict with ``judged``."""
        at = self.waiting.get(checkpoint)
        if at is None:
            return Expected(404, also=frozenset({403}))
        refusals = {
            403: by_token or not self.people[person] & set(SEATS[at.policy]),
            409: at.state != "pending" or seen != at.shown or self._claimed(at, person) or criterion not in at.referred,
            422: not reason.strip() or not known_level or not quote_found,
        }
        refused = self._refusal(refusals, at.state)
        if refused:
            return refused
        at.referred.discard(criterion)
        return Expected(200, "pending")

    def revoke(self, person: str, version: str, *, reason: str, practices: str, by_token: bool = False) -> Expected:
        """Take a sign-off back (10). Strategy in force is replaced, not revoked."""
        if version not in self.live and version not in self.revoked:
            return Expected(404, also=frozenset({403}))
        kind = self.kinds[version]
        allowed = REVOKERS.get(kind, {"strategist", "admin"})
        refusals = {
            403: by_token or not self.people[person] & allowed,
            409: version in self.revoked or kind != "scenario",
            422: not reason.strip() or practices not in ("finish", "stop"),
        }
        refused = self._refusal(refusals, "")
        if refused:
            return refused
        self._revoke(version, practices)
        return Expected(200)

    def claim(
        self,
        person: str,
        checkpoint: str,
        *,
        take_over: bool = False,
        by_token: bool = False,
        minutes: float = float("inf"),
    ) -> Expected:
        """Reserve a checkpoint for so many minutes, or until ``expire`` tells that the time is over."""
        at = self.waiting.get(checkpoint)
        if at is None:
            return Expected(404, also=frozenset({403}))
        refusals = {
            403: by_token or not self.people[person] & set(SEATS[at.policy]),
            409: at.state != "pending" or (self._claimed(at, person) and not take_over),
        }
        refused = self._refusal(refusals, at.state)
        if refused:
            return refused
        at.claimed_by, at.claimed_until = person, self.now + minutes
        return Expected(200, at.state)

    def release(self, person: str, checkpoint: str, *, by_token: bool = False) -> Expected:
        """Give one's own claim back, also one whose time is over."""
        return self.act_here(person, checkpoint, by_token=by_token, mine=True)

    def act_here(
        self,
        person: str,
        checkpoint: str,
        *,
        seen: str | None = None,
        fits: bool = True,
        by_token: bool = False,
        mine: bool = False,
    ) -> Expected:
        """What decides nothing: a due date, a mark on a comment, agreeing with the machine, giving a claim back."""
        at = self.waiting.get(checkpoint)
        if at is None:
            return Expected(404, also=frozenset({403}))
        refusals = {
            403: by_token or not self.people[person] & set(SEATS[at.policy]),
            409: at.state != "pending" or seen not in (None, at.shown) or (mine and at.claimed_by != person),
            422: not fits,
        }
        refused = self._refusal(refusals, at.state)
        if refused:
            return refused
        if mine:
            at.claimed_by = None
        return Expected(200, at.state)

    def change_rules(
        self,
        person: str,
        policies: dict[str, dict[str, str]],
        stale_rule: str,
        *,
        fits: bool = True,
        by_token: bool = False,
    ) -> Expected:
        """An admin says which policy guards what from now on, and what becomes of signed work that has changed."""
        refused = self._refusal({403: by_token or "admin" not in self.people[person], 422: not fits}, "")
        if refused:
            return refused
        self.policies, self.stale_rule = policies, stale_rule
        self.look_again()
        return Expected(200)

    def review_again(self, person: str, *, published: bool, by_token: bool = False) -> Expected:
        """Have work judged again; what is signed stays signed meanwhile (8)."""
        refused = self._refusal({403: by_token or "designer" not in self.people[person], 409: not published}, "")
        return refused or Expected(200)

    def expire(self, checkpoint: str) -> None:
        """The claim's time is over."""
        self.waiting[checkpoint].claimed_by = None

    def change_roles(self, by: str, person: str, roles: Iterable[str], *, by_token: bool = False) -> Expected:
        """An admin gives or takes roles; decisions made before stand as they are (7)."""
        if by_token or "admin" not in self.people[by]:
            return Expected(403)
        self.people[person] = set(roles)
        return Expected(200)

    def propose(self, person: str, kind: str, version: str) -> Expected:
        """A strategist proposes a charter or criteria set."""
        if "strategist" not in self.people[person]:
            return Expected(403)
        self.proposed[version] = (kind, person)
        return Expected(200)

    def accept(self, person: str, version: str, *, by_token: bool = False) -> Expected:
        """Ask for a proposal to be put in force: at once where it is the first (genesis), else by a checkpoint (9)."""
        if version not in self.proposed:
            return Expected(404, also=frozenset({403}))
        kind, _ = self.proposed[version]
        waits = any(each.version == version and each.state == "pending" for each in self.waiting.values())
        refusals = {
            403: by_token or "strategist" not in self.people[person],
            409: waits or self.in_force.get(kind) == version,
        }
        refused = self._refusal(refusals, "")
        if refused:
            return refused
        if kind not in self.in_force:
            self._put_in_force(kind, version)
            return Expected(200, "in force")
        return Expected(200, "pending")

    def practise(self, person: str, version: str, practice: str = "") -> Expected:
        """A learner begins: only on text with a live sign-off (1, 10)."""
        if "learner" not in self.people[person]:
            return Expected(403, also=frozenset({404, 409}))
        if version not in self.visible():
            return Expected(409, also=frozenset({404}))
        self.practices[practice] = (version, "open")
        return Expected(200)

    def repeat(self, person: str, key: str, body: Any, act: Callable[[], Expected]) -> Expected:
        """A request with an idempotency key (5): the first one acts; only an effect is remembered."""
        if (person, key) in self.answered:
            before, answer = self.answered[person, key]
            return answer if before == body else Expected(422)
        answer = act()
        if answer.status == 200:
            self.answered[person, key] = (body, answer)
        return answer

    # What must be true.

    def visible(self, *, also_suspended: bool = False) -> frozenset[str]:
        """The scenario versions that learners may meet, now."""
        signed = frozenset(version for version in self.live if self.kinds[version] == "scenario")
        return signed if also_suspended else signed - self.suspended

    def goes_on(self, practice: str) -> bool:
        """Whether an open practice may take another turn."""
        return self.practices[practice][1] == "open"

    def check(self) -> None:
        """What holds in every state, whatever was done."""
        for at in self.waiting.values():
            assert (at.state == "pending") is (at.ended_by is None)
            approvers = {person for person, _ in at.approvals}
            assert len(approvers) == len(at.approvals)
            assert not approvers & at.authors or at.state == "edited"
            if at.state == "approved":
                assert approvers, "no approver means no"
                assert len(approvers) >= (2 if at.outcome == "revise" or at.vetoed else 1)
                assert at.outcome not in ("refer", "errored")
        assert not set(self.live) & self.revoked
        for version, digest in self.live.items():
            assert any(
                a.version == version and a.digest == digest and a.state == "approved" for a in self.waiting.values()
            )

    def _filled(self, at: Waiting, against: bool) -> bool:
        seats = SEATS[at.policy]
        if against and len(seats) < 2:
            seats = seats * 2
        if at.policy in LOW_RISK_ONLY and at.risk != "low":
            return False
        return any(
            all(seat in roles for seat, (_, roles) in zip(seats, order, strict=True))
            for order in permutations(at.approvals, len(seats))
        )

    def _put_in_force(self, kind: str, version: str) -> tuple[str, ...]:
        self.in_force[kind] = version
        gone = tuple(name for name, at in self.waiting.items() if at.kind == "scenario" and at.state == "pending")
        for name in gone:
            self.waiting[name].state, self.waiting[name].ended_by = "superseded", "code"
        return gone

    def _claimed(self, at: Waiting, person: str) -> bool:
        """Whether a colleague is at it."""
        return at.claimed_by not in (None, person) and at.claimed_until > self.now

    def _lets_go_on(self, version: str) -> None:
        """Signed anew, the same text may be finished by those whom a revocation had stopped."""
        self.suspended.discard(version)
        for practice, (of, _) in self.practices.items():
            if of == version:
                self.practices[practice] = (of, "open")

    def _end_earlier(self, version: str) -> None:
        for other in list(self.live):
            if self.works[other] == self.works[version]:
                self._revoke(other, "finish")

    def _revoke(self, version: str, practices: str) -> None:
        del self.live[version]
        self.suspended.discard(version)
        self.revoked.add(version)
        if practices == "stop":
            for practice, (of, _) in self.practices.items():
                if of == version:
                    self.practices[practice] = (of, "stopped")

    @staticmethod
    def _refusal(refusals: dict[int, bool], state: str) -> Expected | None:
        statuses = [status for status, holds in refusals.items() if holds]
        return Expected(statuses[0], state, frozenset(statuses)) if statuses else None
